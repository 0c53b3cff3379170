package org.ktsn.clock.ptp;

import java.util.Optional;
import org.ktsn.api.time.ClockStep;
import org.ktsn.foreign.SystemClocks;

/**
 * Notices jumps of the node's TAI clock: CLOCK_MONOTONIC runs at the same rate, corrections of the
 * rate included, and never jumps. Whoever sets the clock or the kernel's TAI offset is found out.
 */
final class ClockWatch {
  private final ClockReader clocks;
  private final long thresholdNs;
  private SystemClocks.Reading last;
  private Optional<ClockStep> lastStep = Optional.empty();

  ClockWatch(ClockReader clocks, long thresholdNs) {
    this.clocks = clocks;
    this.thresholdNs = thresholdNs;
    this.last = clocks.read();
  }

  /** Looks again; returns the jump since the last look, if there was one. */
  Optional<ClockStep> look() {
    SystemClocks.Reading before = last;
    last = clocks.read();
    long jumpNs = (last.taiNs() - last.monotonicNs()) - (before.taiNs() - before.monotonicNs());
    long blurNs = (before.widthNs() + last.widthNs()) / 2;
    if (Math.abs(jumpNs) <= thresholdNs + blurNs) {
      return Optional.empty();
    }
    lastStep =
        Optional.of(new ClockStep(jumpNs, last.taiNs(), before.taiOffsetS(), last.taiOffsetS()));
    return lastStep;
  }

  SystemClocks.Reading last() {
    return last;
  }

  Optional<ClockStep> lastStep() {
    return lastStep;
  }
}
