package org.ktsn.api.schedule;

/**
 * Where the gates stand at any instant: a {@link GateSchedule} unrolled along time, across the
 * cycle's wrap, stretched and cut cycles, and into a pending schedule (IEEE 802.1Q-2022 8.6.9).
 * Times are TAI nanoseconds; cycles keep their exact phase. Nothing is allocated after
 * construction; not thread-safe.
 */
public final class GateTimeline {
  /** The answer of {@link #nextOpen} and {@link #nextClose} when it never happens. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Unrolls a schedule. */
  public GateTimeline(GateSchedule schedule) {}

  /** Returns the states of all gates at an instant, bit 7 for class 7. */
  public int gateStates(long atNs) {
    return 0;
  }

  /**
   * Returns the first instant, at {@code atNs} or later, at which the gate of a class is open, or
   * {@link #NEVER}.
   */
  public long nextOpen(int trafficClass, long atNs) {
    return NEVER;
  }

  /**
   * Returns the first instant after {@code atNs} at which the gate of a class, open at {@code
   * atNs}, closes; it looks through consecutive open entries. {@link #NEVER} if it stays open.
   */
  public long nextClose(int trafficClass, long atNs) {
    return NEVER;
  }

  /** Returns the first instant after {@code atNs} at which any gate changes, or {@link #NEVER}. */
  public long nextChange(long atNs) {
    return NEVER;
  }
}
