package org.ktsn.stack.udp;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * One routing table, ready for the planner: longest prefix first, by binary search in arrays.
 * Immutable; a look-up allocates nothing and its cost grows with the logarithm of the table.
 */
final class RouteTable {
  /** What {@link #find} answers when no route matches. */
  static final int NOT_FOUND = -1;

  private final int[] prefixLengths;
  private final int[] starts;
  private final int[] networks;
  private final Route[] routes;

  private RouteTable(int[] prefixLengths, int[] starts, int[] networks, Route[] routes) {
    this.prefixLengths = prefixLengths;
    this.starts = starts;
    this.networks = networks;
    this.routes = routes;
  }

  /** What a route does with a datagram. */
  enum Kind {
    /** It goes to the next hop through the pod's interface. */
    UNICAST,
    /** It is a broadcast on the link of the pod's interface. */
    BROADCAST,
    /** It does not leave through the pod's interface. */
    ELSEWHERE,
    /** This table has no answer; the next one is asked. */
    THROW
  }

  /**
   * One route.
   *
   * @param network the destination prefix; the bits behind it are zero
   * @param prefixLength 0 to 32
   * @param metric of several routes to one prefix the one with the least is used (unsigned)
   * @param kind what it does
   * @param gateway the next hop, or 0 if the destination is on the link
   */
  record Route(int network, int prefixLength, int metric, Kind kind, int gateway) {}

  /** Makes a table; of several routes to one prefix the one with the least metric stays. */
  static RouteTable of(List<Route> given) {
    Route[] sorted = given.toArray(Route[]::new);
    Arrays.sort(
        sorted,
        Comparator.comparingInt((Route route) -> -route.prefixLength())
            .thenComparingInt(Route::network)
            .thenComparing(Route::metric, Integer::compareUnsigned));
    int[] lengths = new int[33];
    int[] starts = new int[34];
    int[] networks = new int[sorted.length];
    int lengthCount = 0;
    int count = 0;
    for (Route route : sorted) {
      boolean sameLength = lengthCount > 0 && lengths[lengthCount - 1] == route.prefixLength();
      if (sameLength && networks[count - 1] == route.network()) {
        continue;
      }
      if (!sameLength) {
        starts[lengthCount] = count;
        lengths[lengthCount++] = route.prefixLength();
      }
      networks[count] = route.network();
      sorted[count++] = route;
    }
    starts[lengthCount] = count;
    return new RouteTable(
        Arrays.copyOf(lengths, lengthCount),
        Arrays.copyOf(starts, lengthCount + 1),
        Arrays.copyOf(networks, count),
        Arrays.copyOf(sorted, count));
  }

  /** Returns the number of the best route to a destination, or {@link #NOT_FOUND}. */
  int find(int destination) {
    for (int i = 0; i < prefixLengths.length; i++) {
      int at =
          Arrays.binarySearch(
              networks, starts[i], starts[i + 1], destination & mask(prefixLengths[i]));
      if (at >= 0) {
        return at;
      }
    }
    return NOT_FOUND;
  }

  /** Returns what a route that was found does. */
  Kind kind(int route) {
    return routes[route].kind();
  }

  /** Returns the next hop of a route that was found. */
  int nextHop(int route, int destination) {
    int gateway = routes[route].gateway();
    return gateway == 0 ? destination : gateway;
  }

  /** Returns the network mask of a prefix length. */
  static int mask(int prefixLength) {
    return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
  }
}
