package org.ktsn.dataplane;

import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;

/**
 * A port as the planner knows it: what it said of itself when it was offered, and the link that is
 * planned for. So the planner never runs a port's code.
 *
 * @param port the port itself
 * @param name its name
 * @param handle where its native part is
 * @param model the link that is planned for, perhaps another one than the port knows of
 */
record RatedPort(Port port, String name, long handle, PortModel model) implements Port {
  /** Asks the port what it is. */
  RatedPort(Port port, PortModel model) {
    this(port, port.name(), port.handle(), model);
  }

  /**
   * Asks the port what it is. Control threads only: it may throw, or not come back.
   *
   * @throws IllegalStateException if it is not what a port is
   */
  static RatedPort of(Port port) {
    PortModel model = port.model();
    RatedPort rated = new RatedPort(port, model);
    if (rated.name == null || model == null || rated.handle == 0) {
      throw new IllegalStateException(
          "it says that its name is "
              + rated.name
              + ", its handle "
              + rated.handle
              + " and its link "
              + model);
    }
    return rated;
  }

  /** Returns the same port, planned for as another link. */
  RatedPort with(PortModel link) {
    return link.equals(model) ? this : new RatedPort(port, name, handle, link);
  }

  @Override
  public PortStatus status() {
    return port.status();
  }
}
