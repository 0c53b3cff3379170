package org.ktsn.clock.ptp;

import java.util.Optional;
import org.ktsn.api.time.ClockReason;

/**
 * Whether CLOCK_TAI shows the network's TAI: the kernel adds an offset to CLOCK_REALTIME that is 0
 * until some daemon sets it.
 */
final class TaiOffsetRule {
  private static final String REMEDY =
      "; let phc2sys set it (phc2sys -a -r with utcOffsetValid and timeTraceable at the"
          + " grandmaster), or chrony (leapsectz), or set it once with adjtimex";

  private TaiOffsetRule() {}

  /** Returns why CLOCK_TAI is not the network's time; empty if it may well be. */
  static Optional<ClockReason> fault(TimePropertiesDataSet properties, int kernelS) {
    if (!properties.ptpTimescale()) {
      return Optional.empty();
    }
    int network = properties.currentUtcOffset();
    if (kernelS == 0 && network != 0) {
      return Optional.of(
          new ClockReason(
              "tai_offset_zero",
              "the kernel's TAI offset is 0, so CLOCK_TAI shows UTC and lies "
                  + network
                  + " s behind the network's time"
                  + REMEDY));
    }
    if (properties.utcOffsetValid() && kernelS != network) {
      return Optional.of(
          new ClockReason(
              "tai_offset_mismatch",
              "the kernel's TAI offset is "
                  + kernelS
                  + " s, the grandmaster says "
                  + network
                  + " s, so CLOCK_TAI is off by their difference"
                  + REMEDY));
    }
    return Optional.empty();
  }

  /** Returns by how much CLOCK_TAI is off, if {@link #fault} says that it is. */
  static long errorNs(TimePropertiesDataSet properties, int kernelS) {
    return Math.abs((long) kernelS - properties.currentUtcOffset()) * 1_000_000_000L;
  }

  /** Returns what is worth knowing although it is no fault. */
  static Optional<ClockReason> remark(TimePropertiesDataSet properties, int kernelS) {
    if (properties.ptpTimescale()) {
      return Optional.empty();
    }
    return Optional.of(
        new ClockReason(
            "arbitrary_timescale",
            "the grandmaster gives a time of its own, not TAI (ptpTimescale 0); CLOCK_TAI is that"
                + " time plus the kernel's TAI offset of "
                + kernelS
                + " s, which must be the same on all nodes"));
  }

  /** Returns what is worth knowing where no network's time is known. */
  static Optional<ClockReason> localRemark(int kernelS) {
    return kernelS != 0
        ? Optional.empty()
        : Optional.of(
            new ClockReason(
                "tai_offset_zero",
                "the kernel's TAI offset is 0: CLOCK_TAI shows UTC on this host. Programs that"
                    + " stamp with CLOCK_TAI or CLOCK_REALTIME agree with KTSN; a schedule from a"
                    + " controller that counts true TAI is 37 s off"));
  }
}
