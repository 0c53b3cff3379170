package org.ktsn.mqtt.session;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: twice as long after each failure, between two bounds,
 * and anything from half of that to all of it, so that the nodes of a network do not come back all
 * at once. One thread.
 */
final class Backoff {
  private final long minMs;
  private final long maxMs;
  private final RandomGenerator random;
  private long nextMs;

  Backoff(long minMs, long maxMs, RandomGenerator random) {
    if (minMs < 1 || maxMs < minMs) {
      throw new IllegalArgumentException(
          "a backoff of "
              + minMs
              + " to "
              + maxMs
              + " ms; give 1 ms at least, and no less at most");
    }
    this.minMs = minMs;
    this.maxMs = maxMs;
    this.random = random;
    nextMs = minMs;
  }

  /** Returns how long to wait now, in milliseconds. */
  long next() {
    long wholeMs = nextMs;
    nextMs = Math.min(maxMs, wholeMs * 2);
    return wholeMs - random.nextLong(wholeMs / 2 + 1);
  }

  /** A connection has held: begin anew. */
  void reset() {
    nextMs = minMs;
  }
}
