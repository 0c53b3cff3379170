package org.ktsn.api.pod;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What others have decided for a pod: an address manager its addresses and routes, a container
 * runtime its name.
 *
 * @param addresses IP addresses with prefix length, of any subnet; empty: the pod service gives one
 *     of the overlay, or one of each family
 * @param routes routes through the interface, besides those of the addresses' subnets
 * @param mtuOctets the interface's MTU; empty: the overlay's
 * @param labels what the pod is to others, for people to recognise it by, for instance {@code
 *     container}; kept with the pod
 * @param bandwidth what the pod may send with launch times; empty: as much as the link takes
 * @param ingressLimit what may be sent to the pod; empty: as much as comes
 * @param priorities the priorities that the pod's frames with launch times may have
 */
public record PodAssignment(
    List<String> addresses,
    List<Route> routes,
    OptionalInt mtuOctets,
    Map<String, String> labels,
    Optional<Bandwidth> bandwidth,
    Optional<IngressLimit> ingressLimit,
    Priorities priorities) {
  /** Nothing is decided. */
  public static final PodAssignment NONE =
      new PodAssignment(List.of(), List.of(), OptionalInt.empty(), Map.of());

  /** An assignment without a bandwidth. */
  public PodAssignment(
      List<String> addresses,
      List<Route> routes,
      OptionalInt mtuOctets,
      Map<String, String> labels) {
    this(addresses, routes, mtuOctets, labels, Optional.empty(), Optional.empty(), Priorities.ALL);
  }

  /** Copies lists and labels. */
  public PodAssignment {
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
    labels = Map.copyOf(labels);
  }

  /** Returns the same with what may be sent, and what may come. */
  public PodAssignment with(Optional<Bandwidth> sent, Optional<IngressLimit> received) {
    return new PodAssignment(addresses, routes, mtuOctets, labels, sent, received, priorities);
  }

  /** Returns the same with the priorities that may be used. */
  public PodAssignment with(Priorities allowed) {
    return new PodAssignment(
        addresses, routes, mtuOctets, labels, bandwidth, ingressLimit, allowed);
  }

  /**
   * A route through the pod's interface, as CNI 1.1 describes it (section 5, "Success").
   *
   * @param destination a subnet with prefix length; {@code 0.0.0.0/0} or {@code ::/0} for all
   * @param gateway the next hop's address, of the same family; empty: the destination is on the
   *     link
   * @param table the routing table, 0 to 2^32 - 1; empty or 0: the main one
   * @param priority the metric, 0 to 2^32 - 1: of two routes the one with the lower is taken
   * @param mtuOctets the largest packet, {@link #LEAST_MTU} to {@link #LARGEST_MTU}; 0: the
   *     interface's
   * @param advMssOctets the largest TCP segment that is announced, up to {@link #LARGEST_MSS}; 0:
   *     what follows from the MTU
   * @param scope how far away the destination is: 0 (anywhere), 253 (on the link), 254 (this host)
   *     or what people define in between; empty: anywhere with a gateway, otherwise on the link
   */
  public record Route(
      String destination,
      String gateway,
      OptionalLong table,
      long priority,
      int mtuOctets,
      int advMssOctets,
      OptionalInt scope) {
    /** What every IPv4 link takes (RFC 791). */
    public static final int LEAST_MTU = 68;

    /** Beyond, the kernel takes this for it. */
    public static final int LARGEST_MTU = 65_535 - 15;

    /** Beyond, the kernel takes this for it. */
    public static final int LARGEST_MSS = 65_535 - 40;

    /** The destination is on the link. */
    public static final int SCOPE_LINK = 253;

    private static final int SCOPE_HOST = 254;
    private static final long MAX_UNSIGNED = 0xffff_ffffL;

    /** Checks the ranges. */
    public Route {
      check(destination, "table", table.orElse(0), 0, MAX_UNSIGNED);
      check(destination, "priority", priority, 0, MAX_UNSIGNED);
      check(destination, "mtu", mtuOctets, mtuOctets == 0 ? 0 : LEAST_MTU, LARGEST_MTU);
      check(destination, "advmss", advMssOctets, 0, LARGEST_MSS);
      check(destination, "scope", scope.orElse(0), 0, SCOPE_HOST);
      if (!gateway.isEmpty() && scope.orElse(0) >= SCOPE_LINK) {
        throw new IllegalArgumentException(
            "the route to "
                + destination
                + " has scope "
                + scope.getAsInt()
                + ", so its destination is not behind a gateway, and it has "
                + gateway
                + "; leave out one of the two");
      }
    }

    /** A route with nothing but a next hop. */
    public Route(String destination, String gateway) {
      this(destination, gateway, OptionalLong.empty(), 0, 0, 0, OptionalInt.empty());
    }

    private static void check(
        String destination, String what, long value, long least, long largest) {
      if (value < least || value > largest) {
        throw new IllegalArgumentException(
            "the route to "
                + destination
                + " has "
                + what
                + " "
                + value
                + "; give "
                + least
                + " to "
                + largest
                + ", or leave it out");
      }
    }

    /** Writes it as {@code ip route} does. */
    @Override
    public String toString() {
      return destination
          + (gateway.isEmpty() ? "" : " via " + gateway)
          + (table.isPresent() ? " table " + table.getAsLong() : "")
          + (priority == 0 ? "" : " metric " + priority)
          + (mtuOctets == 0 ? "" : " mtu " + mtuOctets)
          + (advMssOctets == 0 ? "" : " advmss " + advMssOctets)
          + (scope.isPresent() ? " scope " + scope.getAsInt() : "");
    }
  }
}
