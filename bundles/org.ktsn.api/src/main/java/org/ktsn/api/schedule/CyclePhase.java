package org.ktsn.api.schedule;

/**
 * The starts of cycles without drift: cycle {@code n} starts at {@code base + floor(n * numerator *
 * 10^9 / denominator)}. {@code denominator} cycles make a hyperperiod of exactly {@code numerator}
 * seconds; an instant is split into whole hyperperiods and a rest, so that 64 bits suffice. The
 * last cycle asked for is remembered; not thread-safe.
 */
final class CyclePhase {
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;

  private final long baseNs;
  private final long numerator;
  private final long denominator;
  private final long hyperperiodNs;

  /** The cycle found last; empty at first. */
  private long startNs;

  private long endNs;

  CyclePhase(long baseNs, CycleTime cycleTime) {
    this.baseNs = baseNs;
    numerator = cycleTime.numerator();
    denominator = cycleTime.denominator();
    hyperperiodNs = numerator * NANOSECONDS_PER_SECOND;
    startNs = baseNs;
    endNs = baseNs;
  }

  long baseNs() {
    return baseNs;
  }

  /** Returns the start of the cycle that holds an instant, which is the base time or later. */
  long startOf(long atNs) {
    seek(atNs);
    return startNs;
  }

  /** Returns the end of the cycle that holds an instant, which is the base time or later. */
  long endOf(long atNs) {
    seek(atNs);
    return endNs;
  }

  /** Returns the first start of a cycle at an instant or after it. */
  long startAtOrAfter(long atNs) {
    if (atNs <= baseNs) {
      return baseNs;
    }
    seek(atNs);
    return startNs == atNs ? startNs : endNs;
  }

  private void seek(long atNs) {
    if (atNs >= startNs && atNs < endNs) {
      return;
    }
    long sinceBase = atNs - baseNs;
    long hyperperiodStartNs = baseNs + sinceBase / hyperperiodNs * hyperperiodNs;
    long rest = sinceBase % hyperperiodNs;
    // floor(rest * denominator / 10^9), below 2^64
    long elapsed =
        rest / NANOSECONDS_PER_SECOND * denominator
            + rest % NANOSECONDS_PER_SECOND * denominator / NANOSECONDS_PER_SECOND;
    long cycle = Long.divideUnsigned(elapsed, numerator);
    // A start is rounded down to a nanosecond, so the next cycle may have started already.
    if (offsetNs(cycle + 1) <= rest) {
      cycle++;
    }
    startNs = hyperperiodStartNs + offsetNs(cycle);
    endNs = GateTimeline.later(hyperperiodStartNs, offsetNs(cycle + 1));
  }

  /** Returns the start of a cycle after the start of its hyperperiod. */
  private long offsetNs(long cycle) {
    long units = cycle * numerator; // of 1 / denominator s; below 2^64
    long seconds = Long.divideUnsigned(units, denominator);
    long rest = units - seconds * denominator;
    return seconds * NANOSECONDS_PER_SECOND + rest * NANOSECONDS_PER_SECOND / denominator;
  }
}
