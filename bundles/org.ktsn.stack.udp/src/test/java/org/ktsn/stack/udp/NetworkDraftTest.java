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
          List.of("10.77.0.2/16", "fd77::2/64"),
          Path.of("/run/app.sock"));

  private final NetworkDraft draft = new NetworkDraft(POD, 0);

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
    return new RouteMessage.Hop(index, gateway.isEmpty() ? IpAddress.NONE : ipv4(gateway), 0, true);
  }

  private boolean leadsTo(String address) {
    return draft.finish().leadsTo(ipv4(address));
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
    assertTrue(Questions.owns(network, ipv4("10.77.0.2")));
    assertFalse(Questions.owns(network, ipv4("127.0.0.1")), "of another interface");
  }

  @Test
  void shouldGrantThePodNoAddressThatItGaveItself() {
    link("tsn0", TSN, UP);
    draft.add(new RouteMessage.Address(false, TSN, ipv4("10.77.0.3"), 16));
    PodNetwork network = draft.finish();
    assertFalse(Questions.owns(network, ipv4("10.77.0.3")), "another pod's address");
    assertFalse(
        Questions.owns(network, ipv4("10.77.0.2")),
        "its own, which it has taken off the interface");
    assertEquals(POD.mac(), network.attachment().mac(), "whatever the interface says");
  }

  @Test
  void shouldNotUseInterfaceWithoutCarrier() {
    link("tsn0", TSN, Rtnetlink.IFF_UP);
    assertFalse(draft.finish().attachment().usable());
  }

  @Test
  void shouldLeadNowhereWithoutInterface() {
    link("eth0", OTHER, UP);
    route(Rtnetlink.RT_TABLE_MAIN, "0.0.0.0", 0, Rtnetlink.RTN_UNICAST, hop(0, "10.77.0.1"));
    assertFalse(leadsTo("10.77.0.1"));
  }

  private static int index(NetworkDraft of, RouteMessage.Link... links) {
    for (RouteMessage.Link link : links) {
      of.add(link);
    }
    return of.finish().attachment().index();
  }

  private static RouteMessage.Link named(String name, int index, long mac) {
    return new RouteMessage.Link(false, index, UP, name, OptionalLong.of(mac), 1500);
  }

  @Test
  void shouldFollowTheInterfaceByIndexThenByNameThenByMac() {
    RouteMessage.Link before = named("uplink", TSN, 1);
    RouteMessage.Link sameName = named("tsn0", OTHER, 2);
    RouteMessage.Link sameMac = named("eth5", 9, POD.mac().value());
    RouteMessage.Link onTop = named("eth5.100", 10, POD.mac().value());
    assertEquals(TSN, index(new NetworkDraft(POD, TSN), sameName, onTop, sameMac, before));
    assertEquals(TSN, index(new NetworkDraft(POD, TSN), before, sameName, sameMac));
    assertEquals(OTHER, index(new NetworkDraft(POD, 0), before, sameName, sameMac));
    assertEquals(OTHER, index(new NetworkDraft(POD, 5), sameMac, sameName, before));
    assertEquals(9, index(new NetworkDraft(POD, 0), before, onTop, sameMac));
    assertEquals(9, index(new NetworkDraft(POD, 0), sameMac, onTop, before));
    assertEquals(0, index(new NetworkDraft(POD, 0), before));
  }

  @Test
  void shouldLeadToTheLinkAndToGatewaysOfAnyTable() {
    link("tsn0", TSN, UP);
    route(Rtnetlink.RT_TABLE_LOCAL, "10.77.255.255", 32, Rtnetlink.RTN_BROADCAST, hop(TSN, ""));
    route(Rtnetlink.RT_TABLE_MAIN, "10.77.0.0", 16, Rtnetlink.RTN_UNICAST, hop(TSN, ""));
    route(42, "192.0.2.0", 24, Rtnetlink.RTN_UNICAST, hop(TSN, "172.16.0.1"));
    assertTrue(leadsTo("10.77.3.4"));
    assertTrue(leadsTo("172.16.0.1"));
    assertFalse(leadsTo("192.0.2.1"));
    long broadcast = Questions.route(draft.finish(), ipv4("10.77.255.255"), ipv4("10.77.255.255"));
    assertEquals("ffffffffffff", Long.toHexString(PodNetwork.fixedMac(broadcast)));
  }

  @Test
  void shouldLeadToTheGatewaysOfItsOwnWaysOnly() {
    link("tsn0", TSN, UP);
    route(
        Rtnetlink.RT_TABLE_MAIN,
        "0.0.0.0",
        0,
        Rtnetlink.RTN_UNICAST,
        hop(OTHER, "192.168.0.1"),
        hop(TSN, "10.77.0.8"),
        new RouteMessage.Hop(TSN, IpAddress.NONE, 0, false),
        hop(TSN, "10.77.0.1"));
    assertTrue(leadsTo("10.77.0.1"));
    assertTrue(leadsTo("10.77.0.8"));
    assertFalse(leadsTo("192.168.0.1"));
    assertFalse(leadsTo("10.77.0.2"));
  }

  @Test
  void shouldCountEachNextHopOnceAndMirrorABoundedNumber() {
    link("tsn0", TSN, UP);
    for (int i = 0; i < 2 * NetworkDraft.MAX_NEXT_HOPS; i++) {
      draft.add(gatewayRoute(0x0b00_0000 | i, 0x0a4d_0001));
    }
    assertFalse(draft.hasTooManyNextHops());
    for (int i = 0; i <= NetworkDraft.MAX_NEXT_HOPS; i++) {
      draft.add(gatewayRoute(0x0b00_0000, 0x0c00_0000 | i << 1));
    }
    assertTrue(draft.hasTooManyNextHops());
    assertTrue(leadsTo("10.77.0.1"));
  }

  private static RouteMessage.Route gatewayRoute(int destination, int gateway) {
    return new RouteMessage.Route(
        false,
        Rtnetlink.RT_TABLE_MAIN,
        Rtnetlink.RTN_UNICAST,
        IpAddress.ipv4(destination),
        32,
        0,
        0,
        0,
        List.of(new RouteMessage.Hop(TSN, IpAddress.ipv4(gateway), 0, true)));
  }

  @Test
  void shouldGrantOfIpv6WhatWasGivenAndTheAddressThatTheInterfaceMakesOfItsMac() {
    link("tsn0", TSN, UP);
    for (String address : List.of("fd77::2", "fd77::3", "fe80::ff:fe00:2", "fe80::3")) {
      draft.add(new RouteMessage.Address(false, TSN, ipv4(address), 64));
    }
    PodNetwork network = draft.finish();
    assertTrue(Questions.owns(network, ipv4("fd77::2")));
    assertFalse(Questions.owns(network, ipv4("fd77::3")));
    assertTrue(Questions.owns(network, ipv4("fe80::ff:fe00:2")));
    assertFalse(Questions.owns(network, ipv4("fe80::3")));
  }

  @Test
  void shouldLeadToTheLinkAndTheGatewaysOfIpv6() {
    link("tsn0", TSN, UP);
    route(Rtnetlink.RT_TABLE_MAIN, "fe80::", 64, Rtnetlink.RTN_UNICAST, hop(TSN, ""));
    route(Rtnetlink.RT_TABLE_MAIN, "::", 0, Rtnetlink.RTN_UNICAST, hop(TSN, "fd99::1"));
    assertTrue(leadsTo("fe80::9"));
    assertTrue(leadsTo("fd99::1"));
    assertFalse(leadsTo("2001:db8::1"));
    assertFalse(leadsTo("10.77.0.1"));
    long unproven = Questions.route(draft.finish(), ipv4("2001:db8::1"), ipv4("2001:db8::1"));
    assertFalse(PodNetwork.isProven(unproven), "a destination beyond the link is no neighbour");
  }
}
