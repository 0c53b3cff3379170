package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.shaper.Shaper;

final class CommittedFramesTest {
  private final CommittedFrames committed = new CommittedFrames(8);

  @Test
  void shouldKeepFramesInTheOrderOfTheirInstants() {
    committed.add(1, 1000, 10, 900, 0);
    committed.add(2, 500, 10, 400, 0);
    committed.add(3, 700, 10, 700, 0);
    assertEquals(500, committed.startNs(0));
    assertEquals(700, committed.startNs(1));
    assertEquals(1010, committed.lastEndNs());
    committed.remove(3);
    assertEquals(1000, committed.startNs(1));
    assertEquals(2, committed.count());
  }

  @Test
  void shouldLimitEachClassByTheFramesBehindTheGap() {
    committed.add(1, 500, 10, 400, 7);
    committed.add(2, 1000, 10, 300, 7);
    committed.add(3, 2000, 10, 1900, 2);
    assertEquals(300, committed.limitsBefore(0)[7]);
    assertEquals(300, committed.limitsBefore(1)[7]);
    assertEquals(Shaper.NEVER, committed.limitsBefore(2)[7]);
    assertEquals(1900, committed.limitsBefore(2)[2]);
    assertEquals(Shaper.NEVER, committed.limitsBefore(0)[0]);
  }

  @Test
  void shouldFindTheFirstThatStartsAfterAnInstant() {
    assertEquals(0, committed.firstAfter(0));
    committed.add(1, 500, 10, 400, 7);
    committed.add(2, 1000, 10, 300, 7);
    committed.remove(1);
    committed.add(3, 2000, 10, 1900, 2);
    assertEquals(0, committed.firstAfter(Long.MIN_VALUE));
    assertEquals(0, committed.firstAfter(999));
    assertEquals(1, committed.firstAfter(1000));
    assertEquals(2, committed.firstAfter(2000));
    assertEquals(2, committed.firstAfter(Long.MAX_VALUE));
  }

  @Test
  void shouldBeAListInTheOrderOfInstantsWhateverComesAndGoes() {
    Random random = new Random(1);
    List<long[]> expected = new ArrayList<>(); // start, number
    for (int step = 0; step < 100_000; step++) {
      boolean add = expected.isEmpty() || (expected.size() < 8 && random.nextBoolean());
      if (add) {
        // usually behind all others, now and then among them, sometimes at the same instant
        long start = random.nextInt(8) == 0 ? random.nextInt(step + 1) : step;
        int place = 0;
        while (place < expected.size() && expected.get(place)[0] <= start) {
          place++;
        }
        expected.add(place, new long[] {start, step});
        committed.add(step, start, 1, start, 0);
      } else {
        int place = random.nextInt(4) == 0 ? random.nextInt(expected.size()) : 0;
        committed.remove((int) expected.remove(place)[1]);
      }
      assertEquals(expected.size(), committed.count());
      for (int place = 0; place < expected.size(); place++) {
        assertEquals(expected.get(place)[0], committed.startNs(place));
        assertEquals(expected.get(place)[0] + 1, committed.endNs(place));
      }
    }
  }
}
