package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class SystemClocksTest {
  private static final long SECOND_NS = 1_000_000_000L;

  @Test
  void shouldReadClocksThatFitTogether() {
    try (SystemClocks clocks = new SystemClocks()) {
      SystemClocks.Reading reading = clocks.read();
      long offset = reading.taiNs() - reading.realtimeNs();
      assertEquals(
          reading.taiOffsetS(), Math.round((double) offset / SECOND_NS), "CLOCK_TAI - UTC");
      assertTrue(Math.abs(reading.taiNs() - NativeClock.taiNs()) < SECOND_NS);
      assertTrue(reading.widthNs() > 0 && reading.widthNs() < SECOND_NS, "" + reading.widthNs());
      SystemClocks.Reading next = clocks.read();
      assertTrue(next.monotonicNs() > reading.monotonicNs());
    }
  }

  @Test
  void shouldSeeTaiAndMonotonicRunAlike() {
    try (SystemClocks clocks = new SystemClocks()) {
      SystemClocks.Reading first = clocks.read();
      for (int i = 0; i < 200; i++) {
        SystemClocks.Reading next = clocks.read();
        long jump = next.taiNs() - next.monotonicNs() - (first.taiNs() - first.monotonicNs());
        assertTrue(Math.abs(jump) <= first.widthNs() + next.widthNs(), "jump of " + jump + " ns");
      }
    }
  }
}
