package org.ktsn.api.pod;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What others have decided for a pod: an address manager its addresses and routes, a container
 * runtime its name.
 *
 * @param addresses IPv4 addresses with prefix length, of any subnet; empty: the pod service gives
 *     one of the overlay
 * @param routes routes through the interface, besides those of the addresses' subnets
 * @param mtuOctets the interface's MTU; empty: the overlay's
 * @param labels what the pod is to others, for people to recognise it by, for instance {@code
 *     container}; kept with the pod
 * @param bandwidth what the pod may send with launch times; empty: as much as the link takes
 * @param ingressLimit what may be sent to the pod; empty: as much as comes
 */
public record PodAssignment(
    List<String> addresses,
    List<Route> routes,
    OptionalInt mtuOctets,
    Map<String, String> labels,
    Optional<Bandwidth> bandwidth,
    Optional<IngressLimit> ingressLimit) {
  /** Nothing is decided. */
  public static final PodAssignment NONE =
      new PodAssignment(List.of(), List.of(), OptionalInt.empty(), Map.of());

  /** An assignment without a bandwidth. */
  public PodAssignment(
      List<String> addresses,
      List<Route> routes,
      OptionalInt mtuOctets,
      Map<String, String> labels) {
    this(addresses, routes, mtuOctets, labels, Optional.empty(), Optional.empty());
  }

  /** Copies lists and labels. */
  public PodAssignment {
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
    labels = Map.copyOf(labels);
  }

  /** Returns the same with what may be sent, and what may come. */
  public PodAssignment with(Optional<Bandwidth> sent, Optional<IngressLimit> received) {
    return new PodAssignment(addresses, routes, mtuOctets, labels, sent, received);
  }

  /**
   * A route through the pod's interface.
   *
   * @param destination an IPv4 subnet with prefix length; {@code 0.0.0.0/0} for all
   * @param gateway the next hop's IPv4 address; empty: the destination is on the link
   */
  public record Route(String destination, String gateway) {}
}
