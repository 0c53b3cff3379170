package org.ktsn.api.binder;

import java.util.List;
import java.util.Map;
import org.ktsn.api.pod.MacAddress;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Programs the node's virtual switch. What is asked for is desired state: it is brought about at
 * once and again whenever the switch comes back from a restart. Any thread but the planner's.
 */
@ProviderType
public interface SwitchBinder {
  /** Returns the bridge's name. */
  String bridge();

  /**
   * Adds a pod's veth end to the bridge and waits until the switch has it. From the first frame on
   * the port takes only what the pod may send: frames from its MAC address, and of IPv4 and ARP
   * only those that claim no other address than the pod's. Asked for again, it changes what may be
   * sent.
   *
   * @param addresses the pod's IP addresses, with or without a prefix length; it may also send from
   *     the IPv6 address of the link that its interface makes of the MAC address
   * @throws SwitchException if the switch refuses it or does not answer in time
   */
  void addPodPort(String interfaceName, MacAddress mac, List<String> addresses);

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

  /**
   * Returns how many frames the switch has dropped because the pod may not send them, by the name
   * of the pod's port; without those of which the switch can't tell at the moment. Asks the switch.
   */
  Map<String, Long> droppedFrames();

  /**
   * Returns what is programmed on the switch and what it has counted. Asks the switch.
   *
   * @throws SwitchException if it is away
   */
  default SwitchProgram program() {
    return SwitchProgram.NONE;
  }
}
