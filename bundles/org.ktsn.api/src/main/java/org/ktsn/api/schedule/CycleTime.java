package org.ktsn.api.schedule;

/**
 * A gating cycle as an exact fraction of a second ({@code AdminCycleTime}, IEEE 802.1Q-2022
 * 12.29.1): {@code denominator} cycles last {@code numerator} seconds, so a cycle of 1/3000 s keeps
 * its phase for ever.
 *
 * @param numerator seconds, 1 to 2<sup>32</sup> - 1
 * @param denominator 1 to 2<sup>32</sup> - 1
 */
public record CycleTime(long numerator, long denominator) {
  private static final long MAX = 0xffff_ffffL;
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;

  /** The longest cycle in nanoseconds: ten seconds. */
  public static final long MAX_NANOSECONDS = 10 * NANOSECONDS_PER_SECOND;

  /** The shortest cycle in nanoseconds. */
  public static final long MIN_NANOSECONDS = 1_000L;

  /** Reduces the fraction and checks the ranges. */
  public CycleTime {
    if (numerator < 1 || numerator > MAX || denominator < 1 || denominator > MAX) {
      throw new IllegalArgumentException(
          "cycle time "
              + numerator
              + "/"
              + denominator
              + " s: numerator and denominator must be 1 to "
              + MAX);
    }
    long divisor = gcd(numerator, denominator);
    numerator /= divisor;
    denominator /= divisor;
    // denominator seconds hold numerator * 10^9 / denominator ns: compare without rounding, in
    // whole ns
    long nanoseconds =
        Math.multiplyHigh(numerator, NANOSECONDS_PER_SECOND) != 0
            ? Long.MAX_VALUE
            : numerator * NANOSECONDS_PER_SECOND / denominator;
    if (nanoseconds < MIN_NANOSECONDS || nanoseconds > MAX_NANOSECONDS) {
      throw new IllegalArgumentException(
          "cycle time "
              + numerator
              + "/"
              + denominator
              + " s is not between "
              + MIN_NANOSECONDS
              + " ns and "
              + MAX_NANOSECONDS
              + " ns");
    }
  }

  /** Returns a cycle of a whole number of nanoseconds. */
  public static CycleTime ofNanoseconds(long nanoseconds) {
    long divisor = gcd(nanoseconds, NANOSECONDS_PER_SECOND);
    return new CycleTime(nanoseconds / divisor, NANOSECONDS_PER_SECOND / divisor);
  }

  /**
   * Returns the cycle's length in nanoseconds, rounded down; for display and plausibility, never
   * for phase.
   */
  public long nanosecondsRoundedDown() {
    return numerator * NANOSECONDS_PER_SECOND / denominator;
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
