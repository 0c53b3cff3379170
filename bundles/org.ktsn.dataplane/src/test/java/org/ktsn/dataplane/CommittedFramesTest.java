package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
