package org.ktsn.shaper.cbs;

import org.ktsn.api.schedule.GateTimeline;

/**
 * Since when a class has a frame that waits, and how long that is on the link. Another one may take
 * its place at an instant that lies ahead: a frame that may leave at once and came while the link
 * was taken waits from the link's end on. Mutable; planner thread only.
 */
final class Waiting {
  private static final long NEVER = GateTimeline.NEVER;

  private long readyNs = NEVER;
  private long durationNs;
  private long nextFromNs = NEVER;
  private long nextDurationNs;

  /** Nothing waits. */
  void clear() {
    readyNs = NEVER;
    nextFromNs = NEVER;
  }

  /** A frame waits, and so does whatever it came before. */
  void add(long frameReadyNs, long frameDurationNs) {
    readyNs = Math.min(readyNs, frameReadyNs);
    durationNs = frameDurationNs;
  }

  /** A frame takes the place of the one that waits at an instant, and of one that was to do so. */
  void follow(long fromNs, long frameDurationNs) {
    nextFromNs = fromNs;
    nextDurationNs = frameDurationNs;
  }

  /** No frame takes the place of the one that waits. */
  void forgetNext() {
    nextFromNs = NEVER;
  }

  /** The credit is settled until an instant: what waited before is of no interest any more. */
  void settled(long untilNs) {
    if (untilNs >= nextFromNs) {
      add(nextFromNs, nextDurationNs);
      forgetNext();
    }
  }

  /** Returns when another frame takes the place, {@link GateTimeline#NEVER} if none is to. */
  long nextFromNs() {
    return nextFromNs;
  }

  /** Returns since when a frame waits as far as is known, {@link GateTimeline#NEVER} if none. */
  long sinceNs() {
    return Math.min(readyNs, nextFromNs);
  }

  /** Returns since when the frame waits that counts at an instant; that may lie ahead. */
  long readyNs(long atNs) {
    return atNs < nextFromNs ? readyNs : sinceNs();
  }

  /** Returns the time on the link of the frame that counts at an instant. */
  long durationNs(long atNs) {
    return atNs < nextFromNs ? durationNs : nextDurationNs;
  }

  /** Returns until when one frame counts. */
  long sameUntilNs(long atNs) {
    return atNs < nextFromNs ? nextFromNs : NEVER;
  }
}
