package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {
  @Test
  void shouldGiveSecondAddressFirst() {
    assertEquals(
        "10.77.0.2/16", Subnet.parse("10.77.0.0/16").firstFree(Set.of()).orElseThrow().toString());
    assertEquals(
        "192.168.255.2/24",
        Subnet.parse("192.168.255.77/24").firstFree(Set.of()).orElseThrow().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.77.0.0", "10.77.0.0/7", "10.77.0.0/31", "10.77.0/16", "x", "256.0.0.0/8"})
  void shouldRefuseWhatIsNoSubnet(String text) {
    assertThrows(IllegalArgumentException.class, () -> Subnet.parse(text));
  }

  @Property(tries = 200)
  void shouldGiveEachHostOnceAndNeverNetworkGatewayOrBroadcast(
      @ForAll int network, @ForAll @IntRange(min = 24, max = 30) int prefixLength) {
    Subnet subnet = new Subnet(network, prefixLength);
    Set<Integer> used = new HashSet<>();
    Optional<Subnet.HostAddress> next = subnet.firstFree(used);
    while (next.isPresent()) {
      assertTrue(subnet.hasHost(next.get().address()), next.get().toString());
      assertTrue(used.add(next.get().address()), next.get().toString());
      next = subnet.firstFree(used);
    }
    assertEquals((1 << (32 - prefixLength)) - 3, used.size());
    assertFalse(used.contains(subnet.network() + 1));
  }

  @Property
  void shouldReadBackWhatItWrites(@ForAll int address, @ForAll @IntRange(max = 32) int length) {
    Subnet.HostAddress written = new Subnet.HostAddress(address, length);
    assertEquals(written, Subnet.HostAddress.parse(written.toString()));
  }
}
