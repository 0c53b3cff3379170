package org.ktsn.clock.ptp;

import org.ktsn.foreign.SystemClocks;

/** The node's clocks as a test sets them; nobody sets the machine's. */
final class ManualClocks implements ClockReader {
  private long monotonicNs = 5_000_000_000L;
  private long taiMinusMonotonicNs = 1_795_339_000_000_000_000L;
  private int taiOffsetS;
  private long widthNs = 100;

  void pass(long ns) {
    monotonicNs += ns;
  }

  void step(long ns) {
    taiMinusMonotonicNs += ns;
  }

  /** Sets the kernel's TAI offset, which makes CLOCK_TAI jump. */
  void setTaiOffset(int seconds) {
    step((seconds - taiOffsetS) * 1_000_000_000L);
    taiOffsetS = seconds;
  }

  void blur(long ns) {
    widthNs = ns;
  }

  long nowNs() {
    return monotonicNs;
  }

  long realtimeNs() {
    return monotonicNs + taiMinusMonotonicNs - taiOffsetS * 1_000_000_000L;
  }

  @Override
  public SystemClocks.Reading read() {
    return new SystemClocks.Reading(
        monotonicNs, monotonicNs + taiMinusMonotonicNs, realtimeNs(), widthNs, taiOffsetS);
  }
}
