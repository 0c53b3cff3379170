package org.ktsn.api.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TrafficClassTableTest {
  /** IEEE 802.1Q-2022 Table I-1: a row per priority, a column per number of classes, 8 to 1. */
  private static final int[][] TABLE = {
    {1, 1, 1, 0, 0, 0, 0, 0}, // best effort
    {0, 0, 0, 0, 0, 0, 0, 0}, // background
    {2, 2, 2, 1, 1, 0, 0, 0}, // excellent effort
    {3, 3, 2, 1, 1, 0, 0, 0}, // critical applications
    {4, 4, 3, 2, 2, 1, 1, 0}, // video
    {5, 4, 3, 2, 2, 1, 1, 0}, // voice
    {6, 5, 4, 3, 3, 2, 1, 0}, // internetwork control
    {7, 6, 5, 4, 3, 2, 1, 0}, // network control
  };

  @Test
  void shouldMapPrioritiesAsTheStandardRecommendsForOneToEightClasses() {
    for (int count = 1; count <= 8; count++) {
      TrafficClasses classes = new TrafficClasses(count);
      for (int pcp = 0; pcp < 8; pcp++) {
        assertEquals(TABLE[pcp][8 - count], classes.of(pcp), "priority " + pcp + " of " + count);
      }
    }
  }

  @Test
  void shouldRefuseNoClassesAndNine() {
    assertThrows(IllegalArgumentException.class, () -> new TrafficClasses(0));
    assertThrows(IllegalArgumentException.class, () -> new TrafficClasses(9));
  }
}
