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
import org.junit.jupiter.api.Test;

final class NextHopsTest {
  private record Prefix(int network, int length) {
    boolean covers(int address) {
      return length == 0 || (address ^ network) >>> (32 - length) == 0;
    }
  }

  @Test
  void shouldContainTheLinkAndTheGateways() {
    NextHops.Builder builder = new NextHops.Builder();
    builder.addPrefix(ipv4("10.77.0.0"), 16);
    builder.addGateway(ipv4("192.0.2.1"));
    builder.addBroadcast(ipv4("10.77.255.255"));
    NextHops hops = builder.build();
    assertTrue(hops.contains(ipv4("10.77.0.0")));
    assertTrue(hops.contains(ipv4("10.77.255.254")));
    assertTrue(hops.contains(ipv4("192.0.2.1")));
    assertFalse(hops.contains(ipv4("10.78.0.0")));
    assertFalse(hops.contains(ipv4("10.76.255.255")));
    assertFalse(hops.contains(ipv4("192.0.2.2")));
    assertTrue(hops.isBroadcast(ipv4("10.77.255.255")));
    assertFalse(hops.isBroadcast(ipv4("10.77.0.1")));
    assertEquals(3, builder.size());
    assertFalse(NextHops.NONE.contains(0));
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
    given.forEach(prefix -> builder.addPrefix(prefix.network(), prefix.length()));
    NextHops hops = builder.build();
    for (int tried : new int[] {address, address & 3, address | 0xfffffffc, address << 30}) {
      assertEquals(given.stream().anyMatch(prefix -> prefix.covers(tried)), hops.contains(tried));
    }
  }
}
