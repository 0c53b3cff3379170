package org.example.filter.quota;

/**
 * One pod's quota: so many frames a second, and some at once. It is kept as one instant, the one up
 * to which frames are paid for.
 */
final class Quota {
  private static final long LONG_AGO_NS = Long.MIN_VALUE / 2;

  private final long intervalNs;
  private final long burstNs;
  private long paidUntilNs = LONG_AGO_NS;
  private long refused;

  /**
   * Makes a quota of which nothing is used.
   *
   * @param framesPerSecond how many frames there are in a second
   * @param burst how many of them may come at once
   */
  Quota(int framesPerSecond, int burst) {
    intervalNs = 1_000_000_000L / framesPerSecond;
    burstNs = burst * intervalNs;
  }

  /** Takes a frame's share, if there is one left. */
  boolean take(long launchTimeNs) {
    long fromNs = Math.max(paidUntilNs, launchTimeNs - burstNs);
    if (fromNs + intervalNs > launchTimeNs) {
      refused++;
      return false;
    }
    paidUntilNs = fromNs + intervalNs;
    return true;
  }

  /** Gives a frame's share back: it was not sent after all. */
  void giveBack() {
    paidUntilNs -= intervalNs;
  }

  /** The clock was set: instants from before mean nothing any more. */
  void begin() {
    paidUntilNs = LONG_AGO_NS;
  }

  /** Returns how many frames found no share. */
  long refused() {
    return refused;
  }
}
