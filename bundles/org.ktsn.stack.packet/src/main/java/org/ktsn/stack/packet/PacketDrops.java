package org.ktsn.stack.packet;

import org.ktsn.api.frame.DropReason;

/** Why frames of packet sockets are dropped, beside the reasons of all stacks. */
final class PacketDrops {
  /** The source MAC is not the pod's. */
  static final DropReason FORGED_SOURCE =
      DropReason.of(
          "packet_forged_source",
          "its source MAC address is not the pod's",
          "have the program write its interface's address into the frame");

  /** The protocol is not allowed. */
  static final DropReason REFUSED_TYPE =
      DropReason.of(
          "packet_refused_type",
          "its ethertype is not allowed, or it is ARP or neighbour discovery",
          "see ethertypes of org.ktsn.stack.packet; leave address resolution to the kernel");

  /** A destination that no bridge forwards to (IEEE 802.1Q-2022 8.6.3). */
  static final DropReason RESERVED_DESTINATION =
      DropReason.of(
          "packet_reserved_destination",
          "its destination is 01:80:c2:00:00:00 to 0f, which no bridge forwards",
          "send to another group address");

  private PacketDrops() {}
}
