package org.ktsn.itests;

import java.util.concurrent.TimeUnit;

/** How long tests wait for what comes about by itself: what only comes late fails no test. */
final class Patience {
  /** As many times as long as on its own may something take on a machine that others use, too. */
  private static final int SHARED = 6;

  private Patience() {}

  /**
   * Returns how long to wait, in nanoseconds.
   *
   * @param seconds what is enough on a machine that has nothing else to do
   */
  static long ns(int seconds) {
    return TimeUnit.SECONDS.toNanos((long) seconds * SHARED);
  }
}
