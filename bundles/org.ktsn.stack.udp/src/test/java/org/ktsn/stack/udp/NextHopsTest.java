package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class NextHopsTest {
  private record Prefix(int network, int length) {
    boolean covers(int address) {
      return length == 0 || (address ^ network) >>> (32 - length) == 0;
    }
  }

  private static boolean contains(NextHops hops, IpAddress address) {
    return hops.contains(address.high(), address.low());
  }

  private static boolean isBroadcast(NextHops hops, IpAddress address) {
    return hops.isBroadcast(address.high(), address.low());
  }

  @Test
  void shouldKeepTheFamiliesApart() {
    NextHops.Builder builder = new NextHops.Builder();
    builder.addPrefix(ipv4("::"), 0);
    NextHops ipv6 = builder.build();
    assertTrue(contains(ipv6, ipv4("2001:db8::1")));
    assertFalse(contains(ipv6, ipv4("10.77.0.2")), "though ::ffff:10.77.0.2 lies in ::/0");
    builder = new NextHops.Builder();
    builder.addPrefix(ipv4("0.0.0.0"), 0);
    NextHops ipv4 = builder.build();
    assertTrue(contains(ipv4, ipv4("10.77.0.2")));
    assertFalse(contains(ipv4, ipv4("2001:db8::1")));
  }

  @Test
  void shouldContainTheLinkAndTheGateways() {
    NextHops.Builder builder = new NextHops.Builder();
    builder.addPrefix(ipv4("10.77.0.0"), 16);
    builder.addGateway(ipv4("192.0.2.1"));
    builder.addBroadcast(ipv4("10.77.255.255"));
    NextHops hops = builder.build();
    assertTrue(contains(hops, ipv4("10.77.0.0")));
    assertTrue(contains(hops, ipv4("10.77.255.254")));
    assertTrue(contains(hops, ipv4("192.0.2.1")));
    assertFalse(contains(hops, ipv4("10.78.0.0")));
    assertFalse(contains(hops, ipv4("10.76.255.255")));
    assertFalse(contains(hops, ipv4("192.0.2.2")));
    assertTrue(isBroadcast(hops, ipv4("10.77.255.255")));
    assertFalse(isBroadcast(hops, ipv4("10.77.0.1")));
    assertEquals(3, builder.size());
    assertFalse(NextHops.NONE.contains(0, 0));
    assertFalse(contains(NextHops.NONE, ipv4("0.0.0.0")));
  }

  @Provide
  Arbitrary<List<Prefix>> prefixes() {
    // Few distinct bits, so that prefixes nest, meet and stand apart.
    Arbitrary<Integer> network = Arbitraries.of(0, 1, 2, 3, -1, -2, 1 << 31, 3 << 30, 0x0a4d0000);
    Arbitrary<Integer> length = Arbitraries.integers().between(0, 32);
    return Combinators.combine(network, length)
        .as((bits, octets) -> new Prefix(octets == 0 ? 0 : bits & -1 << (32 - octets), octets))
        .list()
        .ofMaxSize(20);
  }

  @Property
  void shouldAgreeWithLinearSearch(@ForAll("prefixes") List<Prefix> given, @ForAll int address) {
    NextHops.Builder builder = new NextHops.Builder();
    given.forEach(prefix -> builder.addPrefix(IpAddress.ipv4(prefix.network()), prefix.length()));
    NextHops hops = builder.build();
    for (int tried : new int[] {address, address & 3, address | 0xfffffffc, address << 30}) {
      assertEquals(
          given.stream().anyMatch(prefix -> prefix.covers(tried)),
          contains(hops, IpAddress.ipv4(tried)));
    }
  }

  @Property
  void shouldContainOfIpv6WhatAPrefixBegins(
      @ForAll long high, @ForAll long low, @ForAll @IntRange(max = 128) int length) {
    IpAddress network = new IpAddress(0x2000_0000_0000_0000L | high >>> 4, low);
    NextHops.Builder builder = new NextHops.Builder();
    builder.addPrefix(network, length);
    builder.addGateway(ipv4("fe80::1"));
    NextHops hops = builder.build();
    assertTrue(contains(hops, network));
    assertTrue(contains(hops, ipv4("fe80::1")));
    for (int bit = 0; bit < 128; bit++) {
      long flippedHigh = network.high() ^ (bit < 64 ? 1L << (63 - bit) : 0);
      long flippedLow = network.low() ^ (bit < 64 ? 0 : 1L << (127 - bit));
      assertEquals(bit >= length, hops.contains(flippedHigh, flippedLow), "bit " + bit);
    }
  }
}
