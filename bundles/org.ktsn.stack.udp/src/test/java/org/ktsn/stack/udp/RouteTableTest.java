package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.ktsn.stack.udp.RouteTable.Kind;
import org.ktsn.stack.udp.RouteTable.Route;

final class RouteTableTest {
  private static final int GATEWAY = ipv4("10.77.0.1");

  private static Route route(String network, int prefixLength, int metric, int gateway) {
    return new Route(ipv4(network), prefixLength, metric, Kind.UNICAST, gateway);
  }

  @Test
  void shouldTakeLongestPrefix() {
    RouteTable table =
        RouteTable.of(
            List.of(
                route("0.0.0.0", 0, 0, GATEWAY),
                route("10.77.0.0", 16, 0, 0),
                route("10.77.5.0", 24, 0, ipv4("10.77.0.9"))));
    assertEquals(GATEWAY, next(table, "192.0.2.1"));
    assertEquals(ipv4("10.77.1.1"), next(table, "10.77.1.1"));
    assertEquals(ipv4("10.77.0.9"), next(table, "10.77.5.200"));
  }

  @Test
  void shouldTakeLeastMetricOfOnePrefixAsUnsigned() {
    RouteTable table =
        RouteTable.of(List.of(route("0.0.0.0", 0, -1, 1), route("0.0.0.0", 0, 100, 2)));
    assertEquals(2, next(table, "192.0.2.1"));
  }

  @Test
  void shouldFindNothingInEmptyTable() {
    assertEquals(RouteTable.NOT_FOUND, RouteTable.of(List.of()).find(1));
  }

  private static int next(RouteTable table, String destination) {
    return table.nextHop(table.find(ipv4(destination)), ipv4(destination));
  }

  @Provide
  Arbitrary<List<Route>> routes() {
    // Few distinct bits, so that prefixes nest and meet.
    Arbitrary<Integer> network = Arbitraries.of(0, 1, 2, 3, -1, -2, 1 << 31, 3 << 30, 0x0a4d0000);
    Arbitrary<Integer> length = Arbitraries.integers().between(0, 32);
    Arbitrary<Integer> metric = Arbitraries.integers().between(0, 3);
    return Combinators.combine(network, length, metric)
        .as(
            (bits, octets, cost) ->
                new Route(bits & RouteTable.mask(octets), octets, cost, Kind.UNICAST, 0))
        .list()
        .ofMaxSize(40);
  }

  @Property
  void shouldAgreeWithLinearSearch(@ForAll("routes") List<Route> routes, @ForAll int address) {
    List<Route> numbered = new ArrayList<>();
    for (Route route : routes) {
      // The gateway is the route's number, so that the answer tells which it was.
      numbered.add(
          new Route(
              route.network(),
              route.prefixLength(),
              route.metric(),
              Kind.UNICAST,
              numbered.size() + 1));
    }
    RouteTable table = RouteTable.of(numbered);
    for (int destination : new int[] {address, address & 3, address | 0xfffffffc, address << 30}) {
      Route best = null;
      for (Route route : numbered) {
        boolean matches =
            route.prefixLength() == 0
                || (destination ^ route.network()) >>> (32 - route.prefixLength()) == 0;
        if (matches
            && (best == null
                || route.prefixLength() > best.prefixLength()
                || (route.prefixLength() == best.prefixLength()
                    && route.metric() < best.metric()))) {
          best = route;
        }
      }
      int found = table.find(destination);
      assertEquals(best == null, found == RouteTable.NOT_FOUND);
      if (best != null) {
        assertEquals(best.gateway(), table.nextHop(found, destination));
      }
    }
  }
}
