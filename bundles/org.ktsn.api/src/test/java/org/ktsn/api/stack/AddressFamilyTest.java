package org.ktsn.api.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressFamilyTest {
  @Test
  void shouldHaveTheKernelsNumbersAndNoOthers() {
    List<Integer> known = new ArrayList<>();
    for (int number = -300; number < 300; number++) {
      if (AddressFamily.isKnown(number)) {
        assertEquals(number, AddressFamily.of(number).number());
        known.add(number);
      }
    }
    assertEquals(List.of(2, 10, 17), known);
    assertFalse(AddressFamily.isKnown(Integer.MIN_VALUE));
    assertFalse(AddressFamily.isKnown(Integer.MAX_VALUE));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> AddressFamily.of(16))
            .getMessage()
            .contains("16"));
  }

  @Test
  void shouldLeaveOutWhatLiesBehindAnAddress() {
    long garbage = 0x0102_0304_0506_0708L;
    assertEquals(0x0102_0304_0000_0000L, AddressFamily.INET.high(garbage));
    assertEquals(0, AddressFamily.INET.low(garbage));
    assertEquals(0x0102_0304_0506_0000L, AddressFamily.PACKET.high(garbage));
    assertEquals(0, AddressFamily.PACKET.low(garbage));
    assertEquals(garbage, AddressFamily.INET6.high(garbage));
    assertEquals(garbage, AddressFamily.INET6.low(garbage));
  }

  @Test
  void shouldReadAndWriteAnIpv4AddressAsOneNumber() {
    for (int address : new int[] {0, 0x0a4d_0002, 0xffff_ffff, 0x8000_0001}) {
      assertEquals(address, AddressFamily.ipv4(AddressFamily.highOf(address)));
      assertEquals(
          AddressFamily.highOf(address), AddressFamily.INET.high(AddressFamily.highOf(address)));
    }
    assertEquals("10.77.0.2", AddressFamily.INET.text(AddressFamily.highOf(0x0a4d_0002), 0));
    assertEquals("255.255.255.254", AddressFamily.INET.text(AddressFamily.highOf(0xffff_fffe), 0));
  }

  @Test
  void shouldWriteAMacAddress() {
    assertEquals("02:00:5e:10:00:0f", AddressFamily.PACKET.text(0x0200_5e10_000f_0000L, 0));
    assertEquals("ff:ff:ff:ff:ff:ff", AddressFamily.PACKET.text(-1L << 16, 0));
  }

  /** RFC 5952 4. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, ::",
    "0, 1, ::1",
    "2001_0db8_0000_0000, 0, 2001:db8::",
    "2001_0db8_0000_0000, 1, 2001:db8::1",
    "fe80_0000_0000_0000, 0200_5eff_fe10_0001, fe80::200:5eff:fe10:1",
    "2001_0db8_0000_0001, 0001_0001_0001_0001, 2001:db8:0:1:1:1:1:1",
    "2001_0db8_0000_0000, 0001_0000_0000_0001, 2001:db8::1:0:0:1",
    "2001_0000_0000_0001, 0000_0000_0000_0001, 2001:0:0:1::1",
    "0001_0002_0003_0004, 0005_0006_0007_0000, 1:2:3:4:5:6:7:0",
    "0000_0000_0003_0004, 0005_0006_0000_0000, ::3:4:5:6:0:0",
    "ffff_ffff_ffff_ffff, ffff_ffff_ffff_ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  })
  void shouldWriteAnIpv6AddressInItsOneForm(String high, String low, String text) {
    assertEquals(text, AddressFamily.INET6.text(hex(high), hex(low)));
  }

  private static long hex(String octets) {
    return Long.parseUnsignedLong(octets.replace("_", ""), 16);
  }

  @Test
  void shouldWriteAnyIpv6AddressSoThatItIsReadAsTheSame() throws UnknownHostException {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      long high = (random.nextLong() & mask(random)) | 1L << 62; // not one that stands for IPv4
      long low = random.nextLong() & mask(random);
      String text = AddressFamily.INET6.text(high, low);
      ByteBuffer read = ByteBuffer.wrap(InetAddress.getByName(text).getAddress());
      assertEquals(16, read.remaining(), text);
      assertEquals(high, read.getLong(), text);
      assertEquals(low, read.getLong(), text);
    }
  }

  /** Some groups of 16 bits. */
  private static long mask(Random random) {
    long mask = 0;
    for (int group = 0; group < 4; group++) {
      mask = mask << 16 | (random.nextBoolean() ? 0xffff : 0);
    }
    return mask;
  }
}
