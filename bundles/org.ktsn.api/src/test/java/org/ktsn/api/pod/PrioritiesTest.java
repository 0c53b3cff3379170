package org.ktsn.api.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrioritiesTest {
  @ParameterizedTest
  @CsvSource({
    "0-7, 0-7, 01234567",
    "0-5, 0-5, 01234555",
    "3, 3, 33333333",
    "'0,2-4', '0,2-4', 00234444",
    "'2,5', '2,5', 22222555",
    "' 1 , 0 ', 0-1, 01111111",
    "'7,7', 7, 77777777",
    "4-7, 4-7, 44444567",
  })
  void shouldGiveTheNextLowerPriorityThatIsAllowedOrTheLowest(
      String text, String written, String regenerated) {
    Priorities priorities = Priorities.parse(text);
    assertEquals(written, priorities.toString());
    assertEquals(priorities, Priorities.parse(written));
    for (int priority = 0; priority < 8; priority++) {
      assertEquals(regenerated.charAt(priority) - '0', priorities.regenerated(priority));
    }
  }

  @Test
  void shouldBeSettledForEverySet() {
    for (int mask = 1; mask < 256; mask++) {
      Priorities priorities = new Priorities(mask);
      assertEquals(priorities, Priorities.parse(priorities.toString()));
      for (int priority = 0; priority < 8; priority++) {
        int given = priorities.regenerated(priority);
        assertTrue((mask >> given & 1) != 0, priorities + " gives " + given);
        assertEquals(given, priorities.regenerated(given));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "8", "-1", "5-3", "0-8", "0-", "a", "0;1", "0,,1", "00", "1-2-3"})
  void shouldRefuseWhatIsNoSet(String text) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> Priorities.parse(text)).getMessage();
    assertTrue(said.startsWith("'" + text + "' is no set of priorities; give"), said);
  }

  @Test
  void shouldRefuseNone() {
    assertThrows(IllegalArgumentException.class, () -> new Priorities(0));
    assertThrows(IllegalArgumentException.class, () -> new Priorities(256));
  }
}
