package org.ktsn.dataplane;

/**
 * Notices that the clock was set, by the monotonic clock beside it: the one jumps, the other never
 * does. What a servo corrects goes in small steps and is none. Planner thread only.
 */
final class ClockSteps {
  /** What a servo never does between two looks. */
  private static final long LEAST_STEP_NS = 1_000_000;

  /** A look that took longer was interrupted: it says nothing. */
  private static final long LONGEST_LOOK_NS = 100_000;

  private boolean known;
  private long offsetNs;

  /**
   * Looks at both clocks.
   *
   * @param beforeNs the monotonic clock
   * @param taiNs the clock that may be set, read after it
   * @param afterNs the monotonic clock again, read after that
   * @return by how much the clock was set since the last look, 0 if it was not
   */
  long look(long beforeNs, long taiNs, long afterNs) {
    if (afterNs - beforeNs > LONGEST_LOOK_NS) {
      return 0;
    }
    long nowOffsetNs = taiNs - beforeNs;
    long changeNs = nowOffsetNs - offsetNs;
    offsetNs = nowOffsetNs;
    if (!known) {
      known = true;
      return 0;
    }
    return Math.abs(changeNs) < LEAST_STEP_NS ? 0 : changeNs;
  }
}
