package org.ktsn.api.time;

/** Reads the time of the node, in nanoseconds of TAI since 1970-01-01 00:00:00 TAI. Any thread. */
@FunctionalInterface
public interface TaiClock {
  /** Returns the present instant in TAI nanoseconds; it may step when the node's clock is set. */
  long nowNs();
}
