package org.ktsn.clock.ptp;

import java.util.OptionalLong;

/** The sizes of the latest measured offsets. */
final class OffsetWindow {
  private static final int SAMPLES = 16;

  private final long[] sizes = new long[SAMPLES];
  private int count;

  void add(long offsetNs) {
    sizes[count % SAMPLES] = Math.abs(offsetNs);
    count = count + 1 == 2 * SAMPLES ? SAMPLES : count + 1;
  }

  void clear() {
    count = 0;
  }

  OptionalLong largest() {
    OptionalLong largest = OptionalLong.empty();
    for (int i = 0; i < Math.min(count, SAMPLES); i++) {
      largest = OptionalLong.of(Math.max(largest.orElse(0), sizes[i]));
    }
    return largest;
  }
}
