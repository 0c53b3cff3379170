package org.ktsn.dataplane;

import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;

/**
 * A port whose link is said to be another than the port knows of.
 *
 * @param port the port
 * @param model the link that is planned for
 */
record RatedPort(Port port, PortModel model) implements Port {
  @Override
  public String name() {
    return port.name();
  }

  @Override
  public long handle() {
    return port.handle();
  }

  @Override
  public PortStatus status() {
    return port.status();
  }
}
