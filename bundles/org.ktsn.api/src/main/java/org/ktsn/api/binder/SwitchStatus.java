package org.ktsn.api.binder;

import java.util.List;

/**
 * A snapshot of the bridge.
 *
 * @param connected whether the switch answers
 * @param version the switch's version, empty while it is away
 * @param bridge the bridge's name
 * @param ports its ports
 */
public record SwitchStatus(
    boolean connected, String version, String bridge, List<SwitchPort> ports) {
  /** Copies the list. */
  public SwitchStatus {
    ports = List.copyOf(ports);
  }

  /**
   * One port of the bridge.
   *
   * @param name its name
   * @param type the switch's word for what it is, for instance {@code dpdkvhostuserclient}
   * @param number its OpenFlow number, -1 if the switch could not open it
   * @param linkUp whether the link is up
   * @param error why it could not be opened, empty if it is fine
   * @param pinned the addresses pinned to it
   */
  public record SwitchPort(
      String name, String type, int number, boolean linkUp, String error, List<String> pinned) {
    /** Copies the list. */
    public SwitchPort {
      pinned = List.copyOf(pinned);
    }
  }
}
