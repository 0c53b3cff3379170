package org.ktsn.dataplane;

/**
 * What the planner's rooms have in common during a turn: the present instant, and what one room
 * must know of another's work. Planner thread only.
 */
final class Agenda {
  /** As the launcher's: who believes that the link is taken for longer has a clock that was set. */
  private static final long LONGEST_FRAME_NS = 600_000_000;

  private final FrameTable frames;

  /** The present instant: read at the beginning of a turn, and after its work. */
  long nowNs;

  /** When a frame comes within the launch horizon; 0 as soon as possible. */
  long nextCommitNs;

  private long earliestNewNs = Long.MAX_VALUE;
  private long sentEndNs = Long.MIN_VALUE;
  private long steppedArrival;
  private long steppedNs;

  Agenda(FrameTable frames) {
    this.frames = frames;
  }

  /** A frame waits that may leave from this instant on, perhaps before committed ones. */
  void mayLeaveFrom(long instantNs) {
    earliestNewNs = Math.min(earliestNewNs, instantNs);
  }

  /** Returns from when on a frame may leave that has come since the gaps were looked at. */
  long earliestNewNs() {
    return earliestNewNs;
  }

  /** No gap before the committed frames fits any frame that waits. */
  void gapsSearched() {
    earliestNewNs = Long.MAX_VALUE;
  }

  /** A frame was launched that is on the link until this instant. */
  void launchedUntil(long endNs) {
    sentEndNs = Math.max(sentEndNs, endNs);
  }

  /** Returns until when a frame that was launched may be on the link. */
  long linkTakenNs() {
    if (sentEndNs > nowNs + LONGEST_FRAME_NS) {
      sentEndNs = nowNs; // the clock was set back
    }
    return sentEndNs;
  }

  /** The clock was set: the present instant is one of the new time. */
  void clockSet() {
    steppedArrival = frames.nextArrival();
    steppedNs = nowNs;
    sentEndNs = Long.MIN_VALUE;
    nextCommitNs = 0;
  }

  /** Tells whether a frame's launch time has passed because the clock was set. */
  boolean isPassedByStep(int frame) {
    return frames.arrival(frame) < steppedArrival && frames.launchTimeNs(frame) < steppedNs;
  }
}
