package org.ktsn.shaper.cbs;

/**
 * A credit as an exact number: {@code nanobits + part / denominator}, in billionths of a bit. The
 * denominator is that of the slope in force, so nothing is rounded while it is; when another slope
 * comes, the part of a nanobit is rounded down to its denominator. Mutable, because nothing on a
 * frame's way allocates.
 *
 * <p>A bit per second for a nanosecond is a nanobit, and 64 bits of these are 9 Gbit. What could
 * grow beyond is cut at the limit before it is multiplied.
 */
final class Credit {
  private long nanobits;
  private long part;
  private long denominator = 1;

  void set(Credit other) {
    nanobits = other.nanobits;
    part = other.part;
    denominator = other.denominator;
  }

  /** Returns the credit in nanobits, rounded down. */
  long nanobits() {
    return nanobits;
  }

  boolean isNegative() {
    return nanobits < 0; // part / denominator is less than one
  }

  boolean isZero() {
    return (nanobits | part) == 0;
  }

  void clear() {
    nanobits = 0;
    part = 0;
  }

  /** Goes over to the denominator of another slope. */
  void useFractionOf(Slope slope) {
    if (slope.denominator() != denominator) {
      part = part * slope.denominator() / denominator;
      denominator = slope.denominator();
    }
  }

  /** Adds {@code slope} for a time; a credit below the limit stops there. */
  void grow(Slope slope, long durationNs, long limitNanobits) {
    assert slope.denominator() == denominator;
    if (nanobits >= limitNanobits) {
      return;
    }
    if (durationNs - 1 <= (limitNanobits - nanobits) / slope.whole()) {
      add(slope, slope.whole(), durationNs);
      if (nanobits < limitNanobits) {
        return;
      }
    }
    nanobits = limitNanobits;
    part = 0;
  }

  /** Adds {@code sendSlope = slope - rate} for the time of one frame. */
  void spend(Slope slope, long rateBitsPerSecond, long durationNs) {
    assert slope.denominator() == denominator;
    add(slope, slope.whole() - rateBitsPerSecond, durationNs);
  }

  /** Returns for how long a credit below zero must grow until it is that no more. */
  long nsUntilNotNegative(Slope slope) {
    assert isNegative() && slope.denominator() == denominator;
    long least = (-nanobits - 1) / (slope.whole() + 1);
    long most = -nanobits / slope.whole() + 1;
    while (least < most) {
      long middle = least + (most - least) / 2;
      if (nanobits + slope.whole() * middle + carry(slope, middle) < 0) {
        least = middle + 1;
      } else {
        most = middle;
      }
    }
    return least;
  }

  private void add(Slope slope, long wholePerNs, long durationNs) {
    long carried = carry(slope, durationNs);
    part = (slope.fraction() * (durationNs % denominator) + part) % denominator;
    nanobits += wholePerNs * durationNs + carried;
  }

  /** The whole nanobits that the fraction makes in a time, with what there is already. */
  private long carry(Slope slope, long durationNs) {
    return slope.fraction() * (durationNs / denominator)
        + (slope.fraction() * (durationNs % denominator) + part) / denominator;
  }
}
