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
  static final PodNetwork GONE = of(Interface.MISSING, List.of(), List.of(), NeighbourTable.EMPTY);

  /** The destination can't be reached through the pod's interface. */
  static final long NO_ROUTE = 0L;

  /** A destination that needs no neighbour: {@link #ROUTE_FIXED} with the MAC address. */
  private static final long ROUTE_FIXED = 1L << 62;

  private static final long ROUTE_NEIGHBOUR = 1L << 61;
  private static final long BROADCAST_MAC = 0xffff_ffff_ffffL;
  private static final long MULTICAST_MAC = 0x0100_5e00_0000L;
  private static final int LIMITED_BROADCAST = 0xffff_ffff;

  private final Interface attachment;
  private final int[] addresses;
  private final RouteTable[] tables;
  private final NeighbourTable neighbours;

  private PodNetwork(
      Interface attachment, int[] addresses, RouteTable[] tables, NeighbourTable neighbours) {
    this.attachment = attachment;
    this.addresses = addresses;
    this.tables = tables;
    this.neighbours = neighbours;
  }

  /**
   * Makes one.
   *
   * @param attachment the pod's interface
   * @param addresses the interface's own addresses
   * @param tables the routing tables, in the order in which they are asked
   * @param neighbours the interface's neighbours
   */
  static PodNetwork of(
      Interface attachment,
      List<Integer> addresses,
      List<RouteTable> tables,
      NeighbourTable neighbours) {
    return new PodNetwork(
        attachment,
        addresses.stream().mapToInt(Integer::intValue).sorted().distinct().toArray(),
        tables.toArray(RouteTable[]::new),
        neighbours);
  }

  /** Returns the same network with other neighbours. */
  PodNetwork with(NeighbourTable changed) {
    return new PodNetwork(attachment, addresses, tables, changed);
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
   * Finds the way to a destination: {@link #NO_ROUTE}, or a value for {@link #isNeighbour}, {@link
   * #nextHop} and {@link #fixedMac}.
   */
  long route(int destination) {
    if (!attachment.usable() || destination == 0 || destination >>> 24 == 127) {
      return NO_ROUTE;
    }
    if (destination == LIMITED_BROADCAST) {
      return ROUTE_FIXED | BROADCAST_MAC;
    }
    if (destination >>> 28 == 0xe) {
      return ROUTE_FIXED | MULTICAST_MAC | (destination & 0x7f_ffff);
    }
    for (RouteTable table : tables) {
      int route = table.find(destination);
      if (route == RouteTable.NOT_FOUND) {
        continue;
      }
      switch (table.kind(route)) {
        case UNICAST -> {
          return ROUTE_NEIGHBOUR | (table.nextHop(route, destination) & 0xffff_ffffL);
        }
        case BROADCAST -> {
          return ROUTE_FIXED | BROADCAST_MAC;
        }
        case ELSEWHERE -> {
          return NO_ROUTE;
        }
        case THROW -> {}
      }
    }
    return NO_ROUTE;
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
