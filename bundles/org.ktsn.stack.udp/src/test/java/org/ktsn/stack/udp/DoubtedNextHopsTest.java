package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoubtedNextHopsTest {
  private final DoubtedNextHops doubts = new DoubtedNextHops();

  private List<Integer> endReading() {
    List<Integer> known = new ArrayList<>();
    doubts.endReading(known::add);
    return known;
  }

  @Test
  void shouldBeSettledOnlyByAReadingThatBeganAfterTheDoubt() {
    assertTrue(doubts.add(1));
    doubts.beginReading();
    assertTrue(doubts.add(2));
    assertEquals(List.of(1), endReading());
    assertEquals(List.of(), endReading(), "once");
    doubts.beginReading();
    assertEquals(List.of(2), endReading());
  }

  @Test
  void shouldBeSettledByTheNextReadingWhereOneWasGivenUp() {
    assertTrue(doubts.add(1));
    doubts.beginReading();
    assertTrue(doubts.add(2));
    doubts.beginReading();
    assertEquals(List.of(1, 2), endReading());
  }

  @Test
  void shouldTakeABoundedNumberAtOnce() {
    for (int nextHop = 0; nextHop < 64; nextHop++) {
      assertTrue(doubts.add(nextHop));
    }
    assertFalse(doubts.add(64));
    doubts.beginReading();
    assertTrue(doubts.add(64));
  }
}
