package org.ktsn.stack.udp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

/**
 * A {@link PodNetwork} in the making: collects what the kernel dumps. Mirror thread only.
 *
 * <p>Rules that send every packet to a table are followed in their order; other rules select
 * packets by what a frame on this path does not have, and are left out ({@link #skippedRules}).
 * Routes for one TOS value are left out too.
 */
final class NetworkDraft {
  /** More routes than this are not mirrored. */
  static final int MAX_ROUTES = 16_384;

  private static final List<Integer> USUAL_TABLES =
      List.of(Rtnetlink.RT_TABLE_LOCAL, Rtnetlink.RT_TABLE_MAIN, Rtnetlink.RT_TABLE_DEFAULT);

  private final String interfaceName;
  private final MacAddress mac;
  private final Set<Integer> granted;
  private PodNetwork.Interface attachment = PodNetwork.Interface.MISSING;
  private final List<Integer> addresses = new ArrayList<>();
  private final List<RouteMessage.Rule> rules = new ArrayList<>();
  private final Map<Integer, List<RouteTable.Route>> routes = new HashMap<>();
  private int routeCount;

  /**
   * Begins with what the pod was given: whatever the namespace says, the pod sends from no other
   * hardware address and no other IP address.
   */
  NetworkDraft(Pod pod) {
    interfaceName = pod.interfaceName();
    mac = pod.mac();
    granted = pod.addresses().stream().map(NetworkDraft::ipv4).collect(Collectors.toSet());
  }

  /** Reads {@code 10.77.0.2/16}, as the pod service has checked it. */
  private static int ipv4(String address) {
    int value = 0;
    for (String octet : address.substring(0, (address + "/").indexOf('/')).split("\\.", -1)) {
      value = value << 8 | Integer.parseInt(octet);
    }
    return value;
  }

  /** Returns the index of the pod's interface, 0 if it was not dumped. */
  int interfaceIndex() {
    return attachment.index();
  }

  /** Returns how many rules are not followed. */
  int skippedRules() {
    return (int) rules.stream().filter(rule -> !rule.plain()).count();
  }

  /** Tells whether there were more than {@link #MAX_ROUTES}. */
  boolean hasTooManyRoutes() {
    return routeCount > MAX_ROUTES;
  }

  void add(RouteMessage.Link link) {
    if (link.name().equals(interfaceName)) {
      boolean up = (link.flags() & Rtnetlink.IFF_UP) != 0;
      boolean carrier = (link.flags() & Rtnetlink.IFF_LOWER_UP) != 0;
      attachment =
          new PodNetwork.Interface(
              link.index(), up && carrier && link.mac().isPresent(), mac, link.mtu());
    }
  }

  void add(RouteMessage.Address address) {
    if (address.index() == attachment.index() && granted.contains(address.address())) {
      addresses.add(address.address());
    }
  }

  void add(RouteMessage.Rule rule) {
    rules.add(rule);
  }

  void add(RouteMessage.Route route) {
    boolean cached = (route.flags() & Rtnetlink.RTM_F_CLONED) != 0;
    if (cached || route.tos() != 0 || ++routeCount > MAX_ROUTES) {
      return;
    }
    RouteMessage.Hop hop = null;
    for (RouteMessage.Hop candidate : route.hops()) {
      boolean alive = (candidate.flags() & Rtnetlink.RTNH_F_DEAD) == 0;
      // Of several ways the one through the pod's interface is taken.
      if (alive && (hop == null || candidate.index() == attachment.index())) {
        hop = candidate;
      }
    }
    if (hop != null) {
      routes
          .computeIfAbsent(route.table(), table -> new ArrayList<>())
          .add(
              new RouteTable.Route(
                  route.destination(),
                  route.prefixLength(),
                  route.metric(),
                  kind(route.type(), hop),
                  hop.gateway()));
    }
  }

  private RouteTable.Kind kind(int type, RouteMessage.Hop hop) {
    if (type == Rtnetlink.RTN_THROW) {
      return RouteTable.Kind.THROW;
    }
    if (attachment.index() == 0 || hop.index() != attachment.index() || !hop.ipv4()) {
      return RouteTable.Kind.ELSEWHERE;
    }
    return switch (type) {
      case Rtnetlink.RTN_UNICAST -> RouteTable.Kind.UNICAST;
      case Rtnetlink.RTN_BROADCAST -> RouteTable.Kind.BROADCAST;
      default -> RouteTable.Kind.ELSEWHERE;
    };
  }

  /** Returns the network without neighbours. */
  PodNetwork finish() {
    List<RouteTable> tables = new ArrayList<>();
    if (!hasTooManyRoutes()) {
      for (int table : tablesInOrder()) {
        List<RouteTable.Route> found = routes.get(table);
        if (found != null) {
          tables.add(RouteTable.of(found));
        }
      }
    }
    return PodNetwork.of(attachment, addresses, tables, NeighbourTable.EMPTY);
  }

  private List<Integer> tablesInOrder() {
    if (rules.isEmpty()) {
      // A kernel without policy routing.
      return USUAL_TABLES;
    }
    return rules.stream()
        .filter(RouteMessage.Rule::plain)
        .sorted(Comparator.comparing(RouteMessage.Rule::priority, Integer::compareUnsigned))
        .map(RouteMessage.Rule::table)
        .distinct()
        .toList();
  }
}
