package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoubtedNextHopsTest {
  private final DoubtedNextHops doubts = new DoubtedNextHops();

  private boolean add(int nextHop) {
    return doubts.add(IpAddress.ipv4(nextHop));
  }

  private List<Integer> endReading() {
    List<Integer> known = new ArrayList<>();
    doubts.endReading(nextHop -> known.add(nextHop.toIpv4()));
    return known;
  }

  @Test
  void shouldBeSettledOnlyByAReadingThatBeganAfterTheDoubt() {
    assertTrue(add(1));
    doubts.beginReading();
    assertTrue(add(2));
    assertEquals(List.of(1), endReading());
    assertEquals(List.of(), endReading(), "once");
    doubts.beginReading();
    assertEquals(List.of(2), endReading());
  }

  @Test
  void shouldBeSettledByTheNextReadingWhereOneWasGivenUp() {
    assertTrue(add(1));
    doubts.beginReading();
    assertTrue(add(2));
    doubts.beginReading();
    assertEquals(List.of(1, 2), endReading().stream().sorted().toList());
  }

  @Test
  void shouldTakeABoundedNumberAtOnce() {
    for (int nextHop = 0; nextHop < 64; nextHop++) {
      assertTrue(add(nextHop));
    }
    assertFalse(add(64));
    doubts.beginReading();
    assertTrue(add(64));
  }
}
