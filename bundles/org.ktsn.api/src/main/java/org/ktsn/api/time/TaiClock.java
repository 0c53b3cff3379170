package org.ktsn.api.time;

import org.osgi.annotation.versioning.ProviderType;

/** Reads the time of the node, in nanoseconds of TAI since 1970-01-01 00:00:00 TAI. Any thread. */
@ProviderType
@FunctionalInterface
public interface TaiClock {
  /** Returns the present instant in TAI nanoseconds; it may step when the node's clock is set. */
  long nowNs();
}
