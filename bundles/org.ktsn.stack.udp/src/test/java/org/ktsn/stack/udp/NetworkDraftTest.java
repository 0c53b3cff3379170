package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

final class NetworkDraftTest {
  private static final int TSN = 7;
  private static final int OTHER = 8;
  private static final int UP = Rtnetlink.IFF_UP | Rtnetlink.IFF_LOWER_UP;

  private static final Pod POD =
      new Pod(
          "talker",
          3,
          Path.of("/run/netns/talker"),
          "tsn0",
          "v3",
          new MacAddress(0x0200_0000_0002L),
          List.of("10.77.0.2/16"),
          Path.of("/run/app.sock"));

  private final NetworkDraft draft = new NetworkDraft(POD);

  private void link(String name, int index, int flags) {
    draft.add(new RouteMessage.Link(false, index, flags, name, OptionalLong.of(index), 1500));
  }

  private void route(
      int table, String network, int prefixLength, int type, RouteMessage.Hop... hops) {
    draft.add(
        new RouteMessage.Route(
            false, table, type, ipv4(network), prefixLength, 0, 0, 0, List.of(hops)));
  }

  private static RouteMessage.Hop hop(int index, String gateway) {
    return new RouteMessage.Hop(index, ipv4(gateway), 0, true);
  }

  private String nextHop(String destination) {
    long route = draft.finish().route(ipv4(destination));
    if (route == PodNetwork.NO_ROUTE) {
      return "none";
    }
    if (!PodNetwork.isNeighbour(route)) {
      return Long.toHexString(PodNetwork.fixedMac(route));
    }
    int address = PodNetwork.nextHop(route);
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff);
  }

  @Test
  void shouldKnowTheInterfaceByName() {
    link("lo", 1, UP);
    link("tsn0", TSN, UP);
    draft.add(new RouteMessage.Address(false, TSN, ipv4("10.77.0.2"), 16));
    draft.add(new RouteMessage.Address(false, 1, ipv4("127.0.0.1"), 8));
    PodNetwork network = draft.finish();
    assertEquals(TSN, network.attachment().index());
    assertTrue(network.attachment().usable());
    assertTrue(network.owns(ipv4("10.77.0.2")));
    assertFalse(network.owns(ipv4("127.0.0.1")), "of another interface");
  }

  @Test
  void shouldGrantThePodNoAddressThatItGaveItself() {
    link("tsn0", TSN, UP);
    draft.add(new RouteMessage.Address(false, TSN, ipv4("10.77.0.3"), 16));
    PodNetwork network = draft.finish();
    assertFalse(network.owns(ipv4("10.77.0.3")), "another pod's address");
    assertFalse(network.owns(ipv4("10.77.0.2")), "its own, which it has taken off the interface");
    assertEquals(POD.mac(), network.attachment().mac(), "whatever the interface says");
  }

  @Test
  void shouldNotUseInterfaceWithoutCarrier() {
    link("tsn0", TSN, Rtnetlink.IFF_UP);
    assertFalse(draft.finish().attachment().usable());
  }

  @Test
  void shouldSendNothingWithoutInterface() {
    link("eth0", OTHER, UP);
    route(Rtnetlink.RT_TABLE_MAIN, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(0, "10.77.0.1"));
    assertEquals("none", nextHop("192.0.2.1"));
  }

  @Test
  void shouldFollowUsualTablesWithoutRules() {
    link("tsn0", TSN, UP);
    route(
        Rtnetlink.RT_TABLE_LOCAL,
        "10.77.255.255",
        32,
        Rtnetlink.RTN_BROADCAST,
        hop(TSN, "0.0.0.0"));
    route(Rtnetlink.RT_TABLE_LOCAL, "10.77.0.2", 32, 2, hop(TSN, "0.0.0.0"));
    route(Rtnetlink.RT_TABLE_MAIN, "10.77.0.0", 16, Rtnetlink.RTN_UNICAST, hop(TSN, "0.0.0.0"));
    route(Rtnetlink.RT_TABLE_DEFAULT, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(TSN, "10.77.0.1"));
    assertEquals("10.77.3.4", nextHop("10.77.3.4"));
    assertEquals("ffffffffffff", nextHop("10.77.255.255"));
    assertEquals("none", nextHop("10.77.0.2"));
    assertEquals("10.77.0.1", nextHop("192.0.2.1"));
  }

  @Test
  void shouldFollowPlainRulesInTheirOrderAndCountTheOthers() {
    link("tsn0", TSN, UP);
    draft.add(new RouteMessage.Rule(false, 32_766, Rtnetlink.RT_TABLE_MAIN, true));
    draft.add(new RouteMessage.Rule(false, 0, Rtnetlink.RT_TABLE_LOCAL, true));
    draft.add(new RouteMessage.Rule(false, 50, 99, false));
    draft.add(new RouteMessage.Rule(false, 100, 42, true));
    route(42, "192.0.2.0", 24, Rtnetlink.RTN_UNICAST, hop(TSN, "10.77.0.42"));
    route(99, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(TSN, "10.77.0.99"));
    route(Rtnetlink.RT_TABLE_MAIN, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(TSN, "10.77.0.1"));
    assertEquals("10.77.0.42", nextHop("192.0.2.1"));
    assertEquals("10.77.0.1", nextHop("198.51.100.1"));
    assertEquals(1, draft.skippedRules());
  }

  @Test
  void shouldGoOnBehindThrowAndStopAtUnreachable() {
    link("tsn0", TSN, UP);
    draft.add(new RouteMessage.Rule(false, 1, 42, true));
    draft.add(new RouteMessage.Rule(false, 2, Rtnetlink.RT_TABLE_MAIN, true));
    route(42, "192.0.2.0", 24, Rtnetlink.RTN_THROW, hop(0, "0.0.0.0"));
    route(42, "198.51.100.0", 24, 7, hop(0, "0.0.0.0"));
    route(Rtnetlink.RT_TABLE_MAIN, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(TSN, "10.77.0.1"));
    assertEquals("10.77.0.1", nextHop("192.0.2.1"));
    assertEquals("none", nextHop("198.51.100.1"));
  }

  @Test
  void shouldTakeTheWayThroughTheInterfaceOfSeveral() {
    link("tsn0", TSN, UP);
    route(
        Rtnetlink.RT_TABLE_MAIN,
        "0.0.0.0",
        0,
        Rtnetlink.RTN_UNICAST,
        hop(OTHER, "192.168.0.1"),
        new RouteMessage.Hop(TSN, ipv4("10.77.0.8"), Rtnetlink.RTNH_F_DEAD, true),
        hop(TSN, "10.77.0.1"));
    assertEquals("10.77.0.1", nextHop("192.0.2.1"));
  }

  @Test
  void shouldLeaveOutRoutesOfOneTosAndCachedOnes() {
    link("tsn0", TSN, UP);
    for (int[] tosAndFlags : new int[][] {{0x10, 0}, {0, Rtnetlink.RTM_F_CLONED}}) {
      draft.add(
          new RouteMessage.Route(
              false,
              Rtnetlink.RT_TABLE_MAIN,
              Rtnetlink.RTN_UNICAST,
              0,
              0,
              tosAndFlags[0],
              tosAndFlags[1],
              0,
              List.of(hop(TSN, "10.77.0.1"))));
    }
    assertEquals("none", nextHop("192.0.2.1"));
  }

  @Test
  void shouldNotFollowGatewayThatIsNotIpv4() {
    link("tsn0", TSN, UP);
    route(
        Rtnetlink.RT_TABLE_MAIN,
        "0.0.0.0",
        0,
        Rtnetlink.RTN_UNICAST,
        new RouteMessage.Hop(TSN, 0, 0, false));
    assertEquals("none", nextHop("192.0.2.1"));
  }

  @Test
  void shouldSendNothingWithTooManyRoutes() {
    link("tsn0", TSN, UP);
    route(Rtnetlink.RT_TABLE_MAIN, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(TSN, "10.77.0.1"));
    for (int i = 0; i < NetworkDraft.MAX_ROUTES; i++) {
      draft.add(
          new RouteMessage.Route(
              false,
              Rtnetlink.RT_TABLE_MAIN,
              Rtnetlink.RTN_UNICAST,
              0x0b00_0000 | i,
              32,
              0,
              0,
              0,
              List.of(hop(TSN, "0.0.0.0"))));
    }
    assertTrue(draft.hasTooManyRoutes());
    assertEquals("none", nextHop("192.0.2.1"));
  }
}
