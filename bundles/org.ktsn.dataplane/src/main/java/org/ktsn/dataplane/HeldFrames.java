package org.ktsn.dataplane;

import org.ktsn.api.frame.Verdict;

/**
 * The frames whose next hop is being resolved, in the order in which they came: tried again in it,
 * so that none overtakes another. A pod can't take all the places. Planner thread only; nothing
 * allocates after construction.
 */
final class HeldFrames {
  private static final int MAX_HELD = 256;
  private static final int MAX_HELD_PER_POD = 32;

  /** Who tries a frame again. */
  interface Trial {
    /** Tries; returns {@link Verdict#HOLD} if the frame is to be held on, else it is done with. */
    Verdict again(int frame);
  }

  private final FrameTable frames;
  private final Trial trial;
  private final int[] held = new int[MAX_HELD];
  private int count;

  HeldFrames(FrameTable frames, Trial trial) {
    this.frames = frames;
    this.trial = trial;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Holds a frame: {@link Verdict#HOLD}, or a drop if there is no place. */
  Verdict hold(int frame) {
    int ofPod = 0;
    for (int i = 0; i < count; i++) {
      ofPod += frames.pod[held[i]] == frames.pod[frame] ? 1 : 0;
    }
    if (ofPod >= Math.min(MAX_HELD_PER_POD, MAX_HELD - count)) {
      return Verdict.NO_NEIGHBOUR;
    }
    held[count++] = frame;
    return Verdict.HOLD;
  }

  /** Tries all frames again; returns how many are done with. */
  int retry() {
    int kept = 0;
    int work = 0;
    for (int i = 0; i < count; i++) {
      int frame = held[i];
      if (trial.again(frame) == Verdict.HOLD) {
        held[kept++] = frame;
      } else {
        work++;
      }
    }
    count = kept;
    return work;
  }

  /** Brings in order what another thread left in the middle of {@link #retry}. */
  void recover() {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      boolean again = false;
      for (int j = 0; j < kept; j++) {
        again |= held[j] == held[i];
      }
      if (frames.state(held[i]) == FrameTable.HELD && !again) {
        held[kept++] = held[i];
      }
    }
    count = kept;
  }
}
