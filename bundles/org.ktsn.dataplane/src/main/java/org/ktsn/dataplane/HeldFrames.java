package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Pod;

/**
 * The frames whose next hop is being resolved, in the order in which they came: tried again in it,
 * so that none overtakes another. There is room for every frame of the table: how many a pod may
 * have is limited where they come in.
 *
 * <p>They are tried again soon at first and then less and less often, a bounded number in a turn:
 * the processor belongs to the kernel, which resolves, and to the frames of others. Planner thread
 * only; nothing allocates after construction but {@link #recover}.
 */
final class HeldFrames {
  /** From one trial to the next: from this, each time the double, to that. */
  private static final long FIRST_INTERVAL_NS = 200_000;

  private static final long LAST_INTERVAL_NS = 1_600_000;

  /** How soon after the last trial another one can be asked for. */
  private static final long LEAST_INTERVAL_NS = 100_000;

  private static final int FRAMES_PER_STEP = 256;

  /** Who tries a frame again. */
  interface Trial {
    /** Tries; returns {@link Verdict#HOLD} if the frame is to be held on, else it is done with. */
    Verdict again(int frame);
  }

  private final FrameTable frames;
  private final Trial trial;
  private final int[] held;
  private final int[] ofPod = new int[Pod.MAX_PODS];
  private int count;

  /** A trial under way: what is below {@link #at} has been tried, what is below kept stays. */
  private int at;

  private int kept;
  private int done;

  private long lastNs;
  private long intervalNs;
  private long nextNs;

  HeldFrames(FrameTable frames, Trial trial) {
    this.frames = frames;
    this.trial = trial;
    held = new int[frames.capacity()];
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Tells whether frames of a pod are held. */
  boolean holds(int pod) {
    return ofPod[pod] > 0;
  }

  /** Returns when the planner must try again; there are frames. */
  long nextNs() {
    return nextNs;
  }

  /** Holds a frame. */
  void hold(int frame, long nowNs) {
    if (count == 0) {
      intervalNs = FIRST_INTERVAL_NS;
      nextNs = nowNs + intervalNs;
    }
    held[count++] = frame;
    ofPod[frames.pod[frame]]++;
  }

  /** A next hop is known by now: the frames that wait for it should go before those that come. */
  void hurry() {
    nextNs = Math.min(nextNs, lastNs + LEAST_INTERVAL_NS);
  }

  /** Tries frames again if it is time to; returns how many are done with. */
  int retry(long nowNs) {
    boolean underWay = at > 0;
    boolean due = nowNs >= nextNs || nextNs - nowNs > LAST_INTERVAL_NS; // the clock may be set back
    if (count == 0 || !(underWay || due)) {
      return 0;
    }
    int doneBefore = done;
    int end = Math.min(count, at + FRAMES_PER_STEP);
    while (at < end) {
      int frame = held[at];
      int pod = frames.pod[frame];
      Verdict verdict = trial.again(frame);
      at++;
      if (verdict == Verdict.HOLD) {
        held[kept++] = frame;
      } else {
        ofPod[pod]--;
        done++;
      }
    }
    int work = done - doneBefore;
    if (at == count) {
      intervalNs = done > 0 ? FIRST_INTERVAL_NS : Math.min(2 * intervalNs, LAST_INTERVAL_NS);
      lastNs = nowNs;
      nextNs = nowNs + intervalNs;
      count = kept;
      begin();
    } else {
      nextNs = nowNs; // there is more
    }
    return work;
  }

  private void begin() {
    at = 0;
    kept = 0;
    done = 0;
  }

  /** Brings in order what another thread left in the middle of {@link #retry}. */
  void recover() {
    boolean[] seen = new boolean[frames.capacity()];
    int end = count;
    count = 0;
    Arrays.fill(ofPod, 0);
    for (int i = 0; i < end; i++) {
      int frame = held[i];
      if (frames.state(frame) == FrameTable.HELD && !seen[frame]) {
        seen[frame] = true;
        held[count++] = frame;
        ofPod[frames.pod[frame]]++;
      }
    }
    begin();
  }
}
