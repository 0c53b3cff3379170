package org.ktsn.stack.udp;

import java.util.Arrays;
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
  private static final int LIMITED_BROADCAST = 0xffff_ffff;

  private final Interface attachment;
  private final int[] addresses;
  private final NextHops nextHops;
  private final NeighbourTable neighbours;

  private PodNetwork(
      Interface attachment, int[] addresses, NextHops nextHops, NeighbourTable neighbours) {
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
      Interface attachment, List<Integer> addresses, NextHops nextHops, NeighbourTable neighbours) {
    return new PodNetwork(
        attachment,
        addresses.stream().mapToInt(Integer::intValue).sorted().distinct().toArray(),
        nextHops,
        neighbours);
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
  boolean owns(int address) {
    return Arrays.binarySearch(addresses, address) >= 0;
  }

  /** Returns how many addresses the interface has. */
  int addressCount() {
    return addresses.length;
  }

  /**
   * Checks the way that a pod names: {@link #NO_ROUTE}, or a value for {@link #isNeighbour}, {@link
   * #isProven}, {@link #nextHop} and {@link #fixedMac}. A neighbour is either the destination
   * itself, for which any program of the pod could have its kernel ask on the link
   * (SO_BINDTODEVICE), or what the interface's routes lead to.
   */
  long route(int destination, int nextHop) {
    if (!attachment.usable() || isNowhere(destination) || isNowhere(nextHop)) {
      return NO_ROUTE;
    }
    boolean broadcast = nextHop == LIMITED_BROADCAST || nextHops.isBroadcast(nextHop);
    if (broadcast || nextHop >>> 28 == 0xe) {
      // No gateway is one of these.
      if (nextHop != destination) {
        return NO_ROUTE;
      }
      return ROUTE_FIXED | (broadcast ? BROADCAST_MAC : MULTICAST_MAC | (nextHop & 0x7f_ffff));
    }
    boolean proven = nextHop == destination || leadsTo(nextHop);
    return ROUTE_NEIGHBOUR | (proven ? 0 : ROUTE_UNPROVEN) | (nextHop & 0xffff_ffffL);
  }

  private boolean isNowhere(int address) {
    return address == 0 || address >>> 24 == 127 || owns(address);
  }

  /** Tells whether the interface's routes lead to a neighbour. */
  boolean leadsTo(int nextHop) {
    return attachment.usable() && nextHops.contains(nextHop);
  }

  /** Tells whether a route's neighbour is on the interface's link, as far as it was read. */
  static boolean isProven(long route) {
    return (route & ROUTE_UNPROVEN) == 0;
  }

  /** Tells whether a route leads to a neighbour; otherwise {@link #fixedMac} is the destination. */
  static boolean isNeighbour(long route) {
    return (route & ROUTE_NEIGHBOUR) != 0;
  }

  /** Returns the next hop's address, of a route to a neighbour. */
  static int nextHop(long route) {
    return (int) route;
  }

  /** Returns the destination MAC of a route that needs no neighbour. */
  static long fixedMac(long route) {
    return route & BROADCAST_MAC;
  }

  /** Returns a neighbour's entry, see {@link NeighbourTable}. */
  long neighbour(int address) {
    return neighbours.find(address);
  }
}
