package org.ktsn.filter.psfp.line;

/**
 * How many octets passed a stream gate in each of its latest intervals ({@code IntervalOctetsLeft},
 * IEEE 802.1Q-2022 8.6.10). Intervals are told apart by their beginning. As the planner fills gaps
 * before what is committed already, an earlier interval may be asked for again; of more than
 * {@value #KEPT} the earliest are forgotten, and nothing passes in them any more. Planner thread
 * only; allocates nothing after construction.
 */
final class IntervalOctets {
  /** How many intervals are remembered. */
  static final int KEPT = 64;

  /** The latest first. */
  private final long[] startsNs = new long[KEPT];

  private final long[] octets = new long[KEPT];
  private int count;

  /** Returns what passed in an interval; {@link Long#MAX_VALUE} if it was forgotten. */
  long in(long startNs) {
    int place = place(startNs);
    if (place < count && startsNs[place] == startNs) {
      return octets[place];
    }
    return place == KEPT ? Long.MAX_VALUE : 0;
  }

  /** Adds what passed, or takes back what has not left in the end. */
  void add(long startNs, long change) {
    int place = place(startNs);
    if (place == KEPT) {
      return;
    }
    if (place == count || startsNs[place] != startNs) {
      if (change <= 0) {
        return;
      }
      int moved = Math.min(count, KEPT - 1) - place;
      System.arraycopy(startsNs, place, startsNs, place + 1, moved);
      System.arraycopy(octets, place, octets, place + 1, moved);
      startsNs[place] = startNs;
      octets[place] = 0;
      count = Math.min(count + 1, KEPT);
    }
    octets[place] = Math.max(0, octets[place] + change);
  }

  /** Forgets all of them. */
  void clear() {
    count = 0;
  }

  private int place(long startNs) {
    int place = 0;
    while (place < count && startsNs[place] > startNs) {
      place++;
    }
    return place;
  }
}
