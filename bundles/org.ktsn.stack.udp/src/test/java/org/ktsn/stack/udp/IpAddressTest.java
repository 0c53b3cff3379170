package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.api.pod.MacAddress;

final class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "02:00:00:00:00:02, fe80::ff:fe00:2",
    "00:1b:44:11:3a:b7, fe80::21b:44ff:fe11:3ab7",
    "fe:ff:ff:ff:ff:ff, fe80::fcff:ffff:feff:ffff",
  })
  void shouldMakeTheAddressOfTheLinkOfAMac(String mac, String address) {
    assertEquals(IpAddress.parse(address), IpAddress.linkLocal(MacAddress.parse(mac)));
  }

  @Test
  void shouldTellTheFamiliesApart() {
    assertTrue(IpAddress.parse("10.77.0.2/16").isIpv4());
    assertTrue(IpAddress.parse("0.0.0.0").isIpv4());
    assertFalse(IpAddress.parse("fd77::2/64").isIpv4());
    assertFalse(IpAddress.NONE.isIpv4());
    assertFalse(IpAddress.parse("::fffe:10.77.0.2").isIpv4());
    assertEquals(0x0a4d_0002, IpAddress.parse("10.77.0.2").toIpv4());
  }

  @ParameterizedTest
  @CsvSource({
    "10.77.3.4, 16, 10.77.0.0, 10.77.255.255",
    "10.77.3.4, 0, 0.0.0.0, 255.255.255.255",
    "10.77.3.4, 32, 10.77.3.4, 10.77.3.4",
    "fd77::1:2, 64, fd77::, fd77::ffff:ffff:ffff:ffff",
    "fd77::1:2, 65, fd77::, fd77::7fff:ffff:ffff:ffff",
    "fd77:0:0:1::, 63, fd77::, fd77:0:0:1:ffff:ffff:ffff:ffff",
    "fd77::1, 128, fd77::1, fd77::1",
    "fd77::1, 0, ::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  })
  void shouldKnowTheEndsOfItsPrefix(String address, int length, String first, String last) {
    assertEquals(IpAddress.parse(first), IpAddress.parse(address).first(length));
    assertEquals(IpAddress.parse(last), IpAddress.parse(address).last(length));
  }
}
