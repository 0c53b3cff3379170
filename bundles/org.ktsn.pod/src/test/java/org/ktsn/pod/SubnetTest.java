package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
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
      strings = {
        "10.77.0.0",
        "10.77.0.0/7",
        "10.77.0.0/31",
        "10.77.0/16",
        "x",
        "256.0.0.0/8",
        "fd77::/127",
        "fd77::/4",
        "fd77::",
        "::ffff:10.77.0.0/112",
        "fe80::%1/64",
        "fd77::/1000"
      })
  void shouldRefuseWhatIsNoSubnet(String text) {
    assertThrows(IllegalArgumentException.class, () -> Subnet.parse(text));
  }

  @Test
  void shouldGiveIpv6AddressesOfItsPrefix() {
    Subnet subnet = Subnet.parse("fd77:1:2:3::5/64");
    assertEquals("fd77:1:2:3::/64", subnet.toString());
    assertEquals("fd77:1:2:3::2/64", subnet.firstFree(Set.of()).orElseThrow().toString());
    assertFalse(subnet.hasHost(HostAddress.parseAddress("fd77:1:2:3::")), "the routers'");
    assertTrue(subnet.hasHost(HostAddress.parseAddress("fd77:1:2:3:ffff:ffff:ffff:ffff")));
    assertFalse(subnet.hasHost(HostAddress.parseAddress("fd77:1:2:4::1")));
    assertFalse(subnet.hasHost(HostAddress.parseAddress("10.77.0.2")));
  }

  @Property(tries = 200)
  void shouldGiveEachHostOnceAndNeverNetworkGatewayOrBroadcast(
      @ForAll int network, @ForAll @IntRange(min = 24, max = 30) int prefixLength) {
    Subnet subnet = new Subnet(ipv4(network), prefixLength);
    Set<InetAddress> used = new HashSet<>();
    Optional<HostAddress> next = subnet.firstFree(used);
    while (next.isPresent()) {
      assertTrue(subnet.hasHost(next.get().address()), next.get().toString());
      assertTrue(used.add(next.get().address()), next.get().toString());
      next = subnet.firstFree(used);
    }
    assertEquals((1 << (32 - prefixLength)) - 3, used.size());
    for (InetAddress address : used) {
      assertFalse(
          (address.getAddress()[3] & ((1 << (32 - prefixLength)) - 1)) < 2, "the gateway's");
    }
  }

  @Property
  void shouldReadBackWhatItWrites(@ForAll int address, @ForAll @IntRange(max = 32) int length) {
    HostAddress written = new HostAddress(ipv4(address), length);
    assertEquals(written, HostAddress.parse(written.toString()));
  }

  @Property
  void shouldReadBackWhatItWritesOfIpv6(
      @ForAll long high, @ForAll long low, @ForAll @IntRange(max = 128) int length)
      throws UnknownHostException {
    byte[] octets = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    HostAddress written = new HostAddress(InetAddress.getByAddress(octets), length);
    if (written.isIpv6()) {
      assertEquals(written, HostAddress.parse(written.toString()));
    }
  }

  private static InetAddress ipv4(int address) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(address).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
