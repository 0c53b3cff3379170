package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TaggingTest {
  private static String refusal(String tag, int vlanId, String map) {
    return assertThrows(IllegalArgumentException.class, () -> Tagging.parse(tag, vlanId, map))
        .getMessage();
  }

  @Test
  void shouldLeaveFramesUntaggedAndMapPrioritiesToThemselvesByDefault() {
    Tagging tagging = Tagging.parse("none", 0, "");
    assertFalse(tagging.tagged());
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7), tagging.pcpByPriority());
  }

  @Test
  void shouldTagWithVlanZeroForPriority() {
    Tagging tagging = Tagging.parse("priority", 42, "");
    assertTrue(tagging.tagged());
    assertEquals(0, tagging.vlanId());
  }

  @Test
  void shouldTagWithConfiguredVlan() {
    assertEquals(4094, Tagging.parse("vlan", 4094, "").vlanId());
  }

  @Test
  void shouldReadMapOfEightAndOfSixteen() {
    assertEquals(
        List.of(7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        Tagging.parse("none", 0, " 7,6, 5 4,3,2,1,0 ").pcpByPriority());
    assertEquals(
        List.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 7),
        Tagging.parse("none", 0, "0,0,0,0,0,0,0,0,1,2,3,4,5,6,7,7").pcpByPriority());
  }

  @Test
  void shouldSayWhatIsWrongAndTheRemedy() {
    assertEquals("tag is 'vlna'; give none, priority or vlan", refusal("vlna", 1, ""));
    assertEquals("vlan.id is 0; with tag=vlan give 1 to 4094", refusal("vlan", 0, ""));
    assertEquals("vlan.id is 4095; with tag=vlan give 1 to 4094", refusal("vlan", 4095, ""));
    assertEquals(
        "pcp.map '1,2' has 2 values; give 8 or 16, by priority", refusal("none", 0, "1,2"));
    assertEquals(
        "pcp.map '0,1,2,3,4,5,6,8' has the value '8'; give priority code points 0 to 7",
        refusal("none", 0, "0,1,2,3,4,5,6,8"));
  }
}
