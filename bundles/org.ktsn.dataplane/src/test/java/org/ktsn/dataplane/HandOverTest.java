package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;

final class HandOverTest {
  private static final int ROWS = 50_000;
  private static final long HORIZON_NS = 500_000;
  private static final long NOW_NS = 1_000_000_000_000L;

  private final FrameTable frames = new FrameTable(ROWS);
  private final List<Integer> given = new ArrayList<>();
  private final HandOver handOver =
      new HandOver(frames, HORIZON_NS, (_, frame) -> given.add(frame));
  private final FallbackShaper next =
      new FallbackShaper(frames, new PortModel(1_000_000_000L, 0), GateSchedule.open());

  private int queue(long launchNs, boolean deadline) {
    int frame = frames.peekFree();
    frames.take(frame, 1, launchNs, deadline);
    frames.shape(frame, 60, 14, 0);
    frames.state(frame, FrameTable.QUEUED);
    return frame;
  }

  @Test
  void shouldGiveWhatIsDueSoonAtOnceAndTheRestLater() {
    int soon = queue(NOW_NS + 1_000_000, false);
    int later = queue(NOW_NS + 10_000_000, false);
    int deadline = queue(NOW_NS + 10_000_000, true);
    handOver.begin(next, NOW_NS);
    assertEquals(new HashSet<>(List.of(soon, deadline)), new HashSet<>(given));
    assertTrue(handOver.isUnderWay());
    assertTrue(handOver.completeUntilNs() > NOW_NS + HORIZON_NS);
    assertTrue(handOver.completeUntilNs() <= NOW_NS + 10_000_000);
    while (handOver.isUnderWay()) {
      handOver.step(next);
    }
    assertEquals(later, given.getLast());
    assertEquals(Long.MAX_VALUE, handOver.completeUntilNs());
  }

  @Test
  void shouldGiveEachFrameOnceInSmallStepsTheSoonerDueTheEarlier() {
    Random random = new Random(1);
    for (int i = 0; i < ROWS; i++) {
      queue(NOW_NS + HORIZON_NS + random.nextLong(2_000_000_000L), false);
    }
    handOver.begin(next, NOW_NS);
    int before = given.size();
    assertTrue(before < ROWS / 100, before + " at once");
    long completeNs = handOver.completeUntilNs();
    while (handOver.isUnderWay()) {
      handOver.step(next);
      assertTrue(given.size() - before <= 256, "a step of " + (given.size() - before));
      before = given.size();
      assertTrue(handOver.completeUntilNs() >= completeNs);
      completeNs = handOver.completeUntilNs();
      long until = completeNs;
      for (int frame = 0; handOver.isUnderWay() && frame < ROWS; frame += 97) {
        boolean waits = frames.state(frame) == FrameTable.PARKED;
        assertFalse(waits && frames.launchTimeNs(frame) < until, "left behind");
      }
    }
    assertEquals(ROWS, given.size());
    assertEquals(ROWS, new HashSet<>(given).size());
    assertEquals(ROWS, frames.queuedCount());
  }

  @Test
  void shouldBeginAnewForAnotherShaperInTheMiddle() {
    for (int i = 0; i < 1_000; i++) {
      queue(NOW_NS + 100_000_000 + i, false);
    }
    handOver.begin(next, NOW_NS);
    handOver.step(next);
    handOver.step(next);
    given.clear();
    handOver.begin(next, NOW_NS + 1_000);
    while (handOver.isUnderWay()) {
      handOver.step(next);
    }
    assertEquals(1_000, new HashSet<>(given).size());
    assertEquals(1_000, given.size());
  }

  @Test
  void shouldHaveNothingToDoWhenNothingWaits() {
    handOver.begin(next, NOW_NS);
    assertFalse(handOver.isUnderWay());
    assertEquals(0, handOver.step(next));
    assertEquals(Long.MAX_VALUE, handOver.completeUntilNs());
  }
}
