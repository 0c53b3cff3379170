package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ResolutionLimiterTest {
  private static final long INTERVAL_NS = 200_000_000L;

  private final ResolutionLimiter limiter = new ResolutionLimiter();

  @Test
  void shouldPermitFirstRequestAtAnyTime() {
    assertTrue(limiter.permit(0, 0, 1, Long.MIN_VALUE, INTERVAL_NS));
    assertTrue(limiter.permit(1, 0, 1, 0, INTERVAL_NS));
  }

  @Test
  void shouldRefuseSecondRequestWithinInterval() {
    assertTrue(limiter.permit(0, 0, 1, 1000, INTERVAL_NS));
    assertFalse(limiter.permit(0, 0, 1, 1000 + INTERVAL_NS - 1, INTERVAL_NS));
    assertTrue(limiter.permit(0, 0, 1, 1000 + INTERVAL_NS, INTERVAL_NS));
  }

  @Test
  void shouldNotLetOnePodTakeTheOthersShare() {
    int permitted = 0;
    for (int nextHop = 0; nextHop < 10_000; nextHop++) {
      if (limiter.permit(5, 0, nextHop, nextHop, INTERVAL_NS)) {
        permitted++;
      }
    }
    assertEquals(ResolutionLimiter.REQUESTS_PER_WINDOW, permitted);
    assertTrue(limiter.permit(6, 0, 1, 10_000, INTERVAL_NS));
    assertTrue(limiter.permit(5, 0, 70_000, ResolutionLimiter.WINDOW_NS, INTERVAL_NS));
  }
}
