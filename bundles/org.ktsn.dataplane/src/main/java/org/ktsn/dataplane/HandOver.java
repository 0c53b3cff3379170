package org.ktsn.dataplane;

import org.ktsn.api.shaper.Shaper;

/**
 * Hands every waiting frame to another shaper without holding up the planner: what is due soon at
 * once, the rest in small steps, the sooner due the earlier. Nothing may be committed beyond {@link
 * #completeUntilNs} meanwhile, so no frame is overtaken by one that has gone over before it.
 * Planner thread only; allocates nothing.
 */
final class HandOver {
  /** How far beyond the launch horizon each round reaches. */
  private static final long[] REACH_NS = {2_000_000, 20_000_000, 200_000_000};

  /** Rows looked at, and frames handed over, in one step: some tens of microseconds. */
  private static final int ROWS_PER_STEP = 4_096;

  private static final int FRAMES_PER_STEP = 256;

  /** Who offers a frame to a shaper, and deals with one that is refused. */
  interface Giver {
    /**
     * Offers a frame that is marked as queued.
     *
     * @return false if that shaper has failed: by then all frames are on their way to another one
     */
    boolean give(Shaper next, int frame);
  }

  private final FrameTable frames;
  private final long horizonNs;
  private final Giver giver;

  private int round = REACH_NS.length;
  private int row;
  private int left;
  private long beganNs;
  private long completeUntilNs = Long.MAX_VALUE;

  HandOver(FrameTable frames, long horizonNs, Giver giver) {
    this.frames = frames;
    this.horizonNs = horizonNs;
    this.giver = giver;
  }

  /** Tells whether frames are left that the shaper does not have yet. */
  boolean isUnderWay() {
    return left > 0;
  }

  /** Returns up to which launch time the shaper has every frame. */
  long completeUntilNs() {
    return completeUntilNs;
  }

  /** Begins with another shaper; one that is under way is given up. What is due soon goes now. */
  void begin(Shaper next, long nowNs) {
    beganNs = nowNs;
    round = 0;
    left = 0;
    long untilNs = nowNs + horizonNs + REACH_NS[0];
    for (int frame = 0; frame < frames.capacity(); frame++) {
      byte state = frames.state(frame);
      if (state != FrameTable.QUEUED && state != FrameTable.PARKED) {
        continue;
      }
      if (frames.deadlineMode(frame) || frames.launchTimeNs(frame) < untilNs) {
        if (!give(next, frame)) {
          return;
        }
      } else {
        frames.state(frame, FrameTable.PARKED);
        left++;
      }
    }
    completed();
  }

  /** Goes on for a moment; returns how many frames went over. */
  int step(Shaper next) {
    if (left == 0) {
      return 0;
    }
    long untilNs = reachNs(round);
    int given = 0;
    int endRow = Math.min(frames.capacity(), row + ROWS_PER_STEP);
    while (row < endRow && given < FRAMES_PER_STEP) {
      int frame = row++;
      if (frames.state(frame) == FrameTable.PARKED && frames.launchTimeNs(frame) < untilNs) {
        left--;
        given++;
        if (!give(next, frame)) {
          return given;
        }
      }
    }
    if (row == frames.capacity() || left == 0) {
      completed();
    }
    return given;
  }

  private void completed() {
    completeUntilNs = left == 0 ? Long.MAX_VALUE : reachNs(round);
    round++;
    row = 0;
  }

  private long reachNs(int ofRound) {
    return ofRound < REACH_NS.length ? beganNs + horizonNs + REACH_NS[ofRound] : Long.MAX_VALUE;
  }

  private boolean give(Shaper next, int frame) {
    frames.state(frame, FrameTable.QUEUED);
    return giver.give(next, frame);
  }
}
