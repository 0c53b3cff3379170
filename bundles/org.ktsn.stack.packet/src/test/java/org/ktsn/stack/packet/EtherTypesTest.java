package org.ktsn.stack.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EtherTypesTest {
  @Test
  void shouldAllowAllButArp() {
    EtherTypes any = EtherTypes.parse(" any ");
    assertTrue(any.allows(EtherTypes.LLC));
    for (int type = 0x600; type <= 0xffff; type++) {
      assertEquals(type != EtherTypes.ARP, any.allows(type));
    }
  }

  @Test
  void shouldAllowWhatIsListed() {
    EtherTypes some = EtherTypes.parse("0x22f0, 0X8892 llc");
    assertTrue(some.allows(0x22f0));
    assertTrue(some.allows(0x8892));
    assertTrue(some.allows(EtherTypes.LLC));
    assertFalse(some.allows(0x88f7));
    assertFalse(some.allows(EtherTypes.IPV4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ",", "all", "22f0", "0x22g0", "0x5dc", "0x10000", "0x0806", "0x8100", "-1"})
  void shouldRefuseWhatIsNoList(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> EtherTypes.parse(text));
    assertTrue(refused.getMessage().startsWith("ethertypes has '"), refused.getMessage());
  }
}
