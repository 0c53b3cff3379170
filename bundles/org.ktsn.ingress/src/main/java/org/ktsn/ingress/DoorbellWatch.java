package org.ktsn.ingress;

/**
 * Counts how often a pod's doorbell wakes the planner for nothing. LibKTSN rings when a datagram is
 * due before the planner would wake; who rings without one would keep the planner awake, and is not
 * listened to for a while: its own datagrams are then taken up when the planner wakes for another
 * reason.
 */
final class DoorbellWatch {
  /** The span over which rings are counted, in nanoseconds. */
  static final long WINDOW_NS = 100_000_000L;

  /** How many there may be in a span; now and then the planner has the datagram before the ring. */
  static final int RINGS_PER_WINDOW = 1_000;

  /** How long a doorbell is not listened to. */
  static final long MUTE_NS = 1_000_000_000L;

  /** Planner thread only. */
  private long windowStartNs;

  private int rings;

  /** Set by the planner's thread, cleared by the channel's. */
  private volatile boolean tooMany;

  /** Channel thread only. */
  private boolean muted;

  private long mutedUntilNs;

  /** Counts a ring for nothing; tells whether it was the one too many. Planner thread only. */
  boolean rang(long nowNs) {
    if (nowNs - windowStartNs >= WINDOW_NS) {
      windowStartNs = nowNs;
      rings = 0;
    }
    if (++rings != RINGS_PER_WINDOW) {
      return false;
    }
    tooMany = true;
    return true;
  }

  /** Tells whether the doorbell is to be muted now; once. Channel thread only. */
  boolean beginMute(long nowNs) {
    if (!tooMany || muted) {
      return false;
    }
    muted = true;
    mutedUntilNs = nowNs + MUTE_NS;
    return true;
  }

  /** Tells whether the doorbell is to be heard again; once. Channel thread only. */
  boolean endMute(long nowNs) {
    if (!muted || nowNs - mutedUntilNs < 0) {
      return false;
    }
    muted = false;
    tooMany = false;
    return true;
  }

  boolean isMuted() {
    return muted;
  }
}
