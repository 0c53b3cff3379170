package org.ktsn.stack.udp;

import java.util.List;
import java.util.OptionalLong;

/**
 * One message of the kernel, read out of its bytes.
 *
 * @param sequence the sequence number of the request that it answers or that caused it
 * @param partOfDump whether it is one of several that answer a dump request
 * @param interrupted whether the kernel says that what it dumps changed meanwhile
 * @param content what it says
 */
record RouteMessage(int sequence, boolean partOfDump, boolean interrupted, Content content) {

  /** What a message says. */
  sealed interface Content {}

  /** The end of a dump; {@code errno} is 0 if it went well. */
  record Done(int errno) implements Content {}

  /** A request was refused, or acknowledged if {@code errno} is 0. */
  record Refused(int errno) implements Content {}

  /** An interface; {@code mac} is there if it has a 48-bit address. */
  record Link(boolean removed, int index, int flags, String name, OptionalLong mac, int mtu)
      implements Content {}

  /** An address of an interface. */
  record Address(boolean removed, int index, IpAddress address, int prefixLength)
      implements Content {}

  /**
   * A route; {@code metric} is unsigned, {@code prefixLength} is at most that of the destination's
   * family.
   */
  record Route(
      boolean removed,
      int table,
      int type,
      IpAddress destination,
      int prefixLength,
      int tos,
      int flags,
      int metric,
      List<Hop> hops)
      implements Content {}

  /**
   * One way of a route; {@code gateway} is {@link IpAddress#NONE} if there is none, {@code
   * sameFamily} is false if the gateway is an address of another family.
   */
  record Hop(int index, IpAddress gateway, int flags, boolean sameFamily) {}

  /** A rule: the kernel follows it, here it only says that routes may be others now. */
  record Rule(boolean removed) implements Content {}

  /** A neighbour; {@code mac} is there if it has a 48-bit address. */
  record Neighbour(
      boolean removed, int index, int flags, int state, IpAddress address, OptionalLong mac)
      implements Content {}

  /** Something else. */
  record Other(int type) implements Content {}
}
