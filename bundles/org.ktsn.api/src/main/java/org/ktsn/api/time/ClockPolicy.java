package org.ktsn.api.time;

/**
 * What is to be done while the clock is of some quality. The monitor only publishes it; whoever
 * shapes, launches or accepts schedules follows it.
 */
public enum ClockPolicy {
  /** Go on as if the clock were good. */
  GO_ON,

  /** Make guard bands wider by {@link ClockReport#uncertaintyNs}. */
  WIDEN_GUARD_BANDS,

  /** Treat every gate as open. */
  OPEN_ALL_GATES,

  /** Accept no new schedule. */
  HOLD_NEW_SCHEDULES
}
