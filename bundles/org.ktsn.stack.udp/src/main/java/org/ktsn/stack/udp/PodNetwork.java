package org.ktsn.stack.udp;

import java.util.List;
import org.ktsn.api.pod.MacAddress;

/**
 * What a pod's kernel knows of the network, as of one moment. Immutable: the mirror publishes it,
 * the planner reads it. No method that the planner calls allocates.
 */
final class PodNetwork {
  /** The network of a pod that is not attached, or whose namespace is gone. */
  static final PodNetwork GONE =
      of(Interface.MISSING, List.of(), NextHops.NONE, NeighbourTable.EMPTY);

  /** The destination can't be reached through the pod's interface. */
  static final long NO_ROUTE = 0L;

  /** A destination that needs no neighbour: {@link #ROUTE_FIXED} with the MAC address. */
  private static final long ROUTE_FIXED = 1L << 62;

  private static final long ROUTE_NEIGHBOUR = 1L << 61;

  /** A neighbour that no route leads to, as far as the routes were read. */
  private static final long ROUTE_UNPROVEN = 1L << 60;

  private static final long BROADCAST_MAC = 0xffff_ffff_ffffL;
  private static final long MULTICAST_MAC = 0x0100_5e00_0000L;

  /** RFC 2464 7. */
  private static final long IPV6_MULTICAST_MAC = 0x3333_0000_0000L;

  private static final long LIMITED_BROADCAST = IpAddress.lowOf(0xffff_ffff);

  private final Interface attachment;
  private final IpAddress[] addresses;
  private final NextHops nextHops;
  private final NeighbourTable neighbours;

  private PodNetwork(
      Interface attachment, IpAddress[] addresses, NextHops nextHops, NeighbourTable neighbours) {
    this.attachment = attachment;
    this.addresses = addresses;
    this.nextHops = nextHops;
    this.neighbours = neighbours;
  }

  /**
   * Makes one.
   *
   * @param attachment the pod's interface
   * @param addresses the interface's own addresses
   * @param nextHops what the interface leads to
   * @param neighbours the interface's neighbours
   */
  static PodNetwork of(
      Interface attachment,
      List<IpAddress> addresses,
      NextHops nextHops,
      NeighbourTable neighbours) {
    return new PodNetwork(
        attachment, addresses.stream().distinct().toArray(IpAddress[]::new), nextHops, neighbours);
  }

  /** Returns the same network with other neighbours. */
  PodNetwork with(NeighbourTable changed) {
    return new PodNetwork(attachment, addresses, nextHops, changed);
  }

  /**
   * A pod's time-sensitive interface.
   *
   * @param index its index in the pod's namespace; 0 if there is none
   * @param usable whether it is up and has a carrier
   * @param mac its address
   * @param mtu its MTU in octets
   */
  record Interface(int index, boolean usable, MacAddress mac, int mtu) {
    /** There is no interface of that name. */
    static final Interface MISSING = new Interface(0, false, new MacAddress(0), 0);
  }

  Interface attachment() {
    return attachment;
  }

  /** Tells whether an address is one of the interface's own. */
  boolean owns(long high, long low) {
    for (IpAddress own : addresses) {
      if (own.low() == low && own.high() == high) {
        return true;
      }
    }
    return false;
  }

  /** Returns how many addresses the interface has. */
  int addressCount() {
    return addresses.length;
  }

  /**
   * Checks the way that a pod names: {@link #NO_ROUTE}, or a value for {@link #isNeighbour}, {@link
   * #isProven} and {@link #fixedMac}. A neighbour is what the interface's routes lead to, and in
   * IPv4 also the destination itself, for which any program of the pod could have its kernel ask on
   * the link (SO_BINDTODEVICE).
   *
   * @param high the first half of the destination's {@link IpAddress}
   * @param low the second half
   * @param hopHigh the first half of the neighbour's, of the same family
   * @param hopLow the second half
   */
  long route(long high, long low, long hopHigh, long hopLow) {
    if (!attachment.usable() || isNowhere(high, low) || isNowhere(hopHigh, hopLow)) {
      return NO_ROUTE;
    }
    boolean ipv4 = IpAddress.isIpv4(hopHigh, hopLow);
    boolean itself = hopHigh == high && hopLow == low;
    long mac = ipv4 ? ipv4GroupMac(hopHigh, hopLow) : ipv6GroupMac(hopHigh, hopLow);
    if (mac != 0) {
      // No gateway is one of these.
      return itself ? ROUTE_FIXED | mac : NO_ROUTE;
    }
    boolean proven = (ipv4 && itself) || nextHops.contains(hopHigh, hopLow);
    return ROUTE_NEIGHBOUR | (proven ? 0 : ROUTE_UNPROVEN);
  }

  /** Returns the MAC address of a broadcast or multicast address; 0 for any other. */
  private long ipv4GroupMac(long high, long low) {
    if (low == LIMITED_BROADCAST || nextHops.isBroadcast(high, low)) {
      return BROADCAST_MAC;
    }
    return (int) low >>> 28 == 0xe ? MULTICAST_MAC | (low & 0x7f_ffff) : 0;
  }

  private static long ipv6GroupMac(long high, long low) {
    return high >>> 56 == 0xff ? IPV6_MULTICAST_MAC | (low & 0xffff_ffffL) : 0;
  }

  /** Tells whether nobody has an address on the link, or the pod itself. */
  private boolean isNowhere(long high, long low) {
    boolean local =
        IpAddress.isIpv4(high, low)
            ? (int) low == 0 || (int) low >>> 24 == 127
            : (high == 0 && low >>> 1 == 0) || isInterfaceLocal(high);
    return local || owns(high, low);
  }

  /** Tells whether a group's scope is less than the link (RFC 4291 2.7). */
  private static boolean isInterfaceLocal(long high) {
    return high >>> 56 == 0xff && (high >>> 48 & 0xf) <= 1;
  }

  /** Tells whether the interface's routes lead to a neighbour. */
  boolean leadsTo(IpAddress nextHop) {
    return attachment.usable() && nextHops.contains(nextHop.high(), nextHop.low());
  }

  /** Tells whether a route's neighbour is on the interface's link, as far as it was read. */
  static boolean isProven(long route) {
    return (route & ROUTE_UNPROVEN) == 0;
  }

  /** Tells whether a route leads to a neighbour; otherwise {@link #fixedMac} is the destination. */
  static boolean isNeighbour(long route) {
    return (route & ROUTE_NEIGHBOUR) != 0;
  }

  /** Returns the destination MAC of a route that needs no neighbour. */
  static long fixedMac(long route) {
    return route & BROADCAST_MAC;
  }

  /** Returns a neighbour's entry, see {@link NeighbourTable}. */
  long neighbour(long high, long low) {
    return neighbours.find(high, low);
  }
}
