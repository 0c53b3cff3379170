package org.ktsn.api.binder;

import org.ktsn.api.pod.MacAddress;

/**
 * Programs the node's virtual switch. What is asked for is desired state: it is brought about at
 * once and again whenever the switch comes back from a restart. Any thread but the planner's.
 */
public interface SwitchBinder {
  /** Returns the bridge's name. */
  String bridge();

  /**
   * Adds a pod's veth end to the bridge and waits until the switch has it.
   *
   * @throws SwitchException if the switch refuses it or does not answer in time
   */
  void addPodPort(String interfaceName);

  /** Removes a pod's port; nothing happens if there is none. */
  void removePodPort(String interfaceName);

  /**
   * Pins an address to a port: frames to it leave there, whatever the switch learns.
   *
   * @throws SwitchException if the switch refuses it or does not answer in time
   */
  void pin(MacAddress mac, String interfaceName);

  /** Removes a pinned address; nothing happens if there is none. */
  void unpin(MacAddress mac);

  /** Returns what the switch has, for people. */
  SwitchStatus status();
}
