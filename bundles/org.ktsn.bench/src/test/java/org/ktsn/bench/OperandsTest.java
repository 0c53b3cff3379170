package org.ktsn.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class OperandsTest {
  private static final Operands GIVEN = Operands.of("storm COUNT EVERY", List.of("7", 20, "x"));

  @Test
  void shouldReadNumbersWhateverTheShellMakesOfThem() {
    assertEquals(7, GIVEN.number(0, "COUNT", 1, 10));
    assertEquals(20, GIVEN.number(1, "EVERY", 0, 20));
  }

  @Test
  void shouldSayWhatToGiveInstead() {
    assertRefused("EVERY is '20'; give a number from 0 to 19", 1, 19);
    assertRefused("EVERY is 'x'; give a number from 0 to 9", 2, 9);
    assertRefused("EVERY is missing; usage: ktsn:storm COUNT EVERY", 3, 9);
  }

  private static void assertRefused(String sentence, int index, int most) {
    assertEquals(
        sentence,
        assertThrows(IllegalArgumentException.class, () -> GIVEN.number(index, "EVERY", 0, most))
            .getMessage());
  }
}
