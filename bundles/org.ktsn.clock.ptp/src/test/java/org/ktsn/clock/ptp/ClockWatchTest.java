package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.time.ClockStep;

final class ClockWatchTest {
  private final ManualClocks clocks = new ManualClocks();
  private final ClockWatch watch = new ClockWatch(clocks, 10_000);

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000L, -1_000_000_000L, 37_000_000_000L, -37_000_000_000L, 11_000})
  void shouldNoticeAStepOnce(long stepNs) {
    clocks.pass(100_000_000);
    clocks.step(stepNs);
    ClockStep step = watch.look().orElseThrow();
    assertEquals(stepNs, step.stepNs());
    clocks.pass(100_000_000);
    assertTrue(watch.look().isEmpty());
    assertEquals(step, watch.lastStep().orElseThrow());
  }

  @Test
  void shouldTellAStepThatComesFromTheTaiOffset() {
    clocks.setTaiOffset(37);
    ClockStep step = watch.look().orElseThrow();
    assertEquals(37_000_000_000L, step.stepNs());
    assertEquals(0, step.taiOffsetBeforeS());
    assertEquals(37, step.taiOffsetS());
  }

  @Test
  void shouldNotTakeADisturbedLookForAStep() {
    clocks.blur(3_000_000);
    clocks.step(900_000);
    assertTrue(watch.look().isEmpty(), "a look that took 3 ms can't tell");
  }

  @Test
  void shouldNotTakePassingTimeForAStep() {
    for (int i = 0; i < 100; i++) {
      clocks.pass(3_600_000_000_000L);
      assertTrue(watch.look().isEmpty());
    }
  }
}
