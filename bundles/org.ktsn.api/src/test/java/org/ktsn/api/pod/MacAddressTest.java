package org.ktsn.api.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MacAddressTest {
  @ParameterizedTest
  @CsvSource({
    "02:00:00:00:00:02, 000000fffe000002",
    "00:1b:44:11:3a:b7, 021b44fffe113ab7",
    "fe:ff:ff:ff:ff:ff, fcfffffffeffffff",
  })
  void shouldMakeTheIdentifierOfAnInterface(String mac, String identifier) {
    assertEquals(
        Long.parseUnsignedLong(identifier, 16), MacAddress.parse(mac).interfaceIdentifier());
  }
}
