package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;

/**
 * Finds frames that can't leave in time although others of other classes leave before them: a
 * shaper shows the next departure of all, so each class is asked for by itself now and then. Behind
 * a first frame that leaves in time nothing has to be looked for, because it is the first soon
 * enough. Planner thread only; allocates nothing.
 */
final class OverdueFrames {
  private static final int CLASSES = 8;
  private static final long INTERVAL_NS = 10_000_000;
  private static final long HURRIED_INTERVAL_NS = 1_000_000;

  private final ShaperStage shaper;
  private final Lifetimes lifetimes;

  /** By class: limits that leave nothing of any other to be found. */
  private final long[][] only = new long[CLASSES][CLASSES];

  private long lastNs;
  private boolean hurried;

  OverdueFrames(ShaperStage shaper, Lifetimes lifetimes) {
    this.shaper = shaper;
    this.lifetimes = lifetimes;
    for (int trafficClass = 0; trafficClass < CLASSES; trafficClass++) {
      Arrays.fill(only[trafficClass], Long.MIN_VALUE);
      only[trafficClass][trafficClass] = Shaper.NEVER;
    }
  }

  /** Tells whether it is time to look. */
  boolean isDue(long nowNs) {
    return nowNs >= dueNs() || nowNs < lastNs; // the clock may be set back
  }

  /** A pod wants room: what can't leave in time should make it soon. */
  void hurry() {
    hurried = true;
  }

  /** Returns when the planner must look even if nothing happens, or {@link Long#MAX_VALUE}. */
  long wakeNs() {
    return hurried ? dueNs() : Long.MAX_VALUE;
  }

  private long dueNs() {
    return lastNs + (hurried ? HURRIED_INTERVAL_NS : INTERVAL_NS);
  }

  /**
   * Looks at the first frame of each class.
   *
   * @param startNs the link is free from here on
   * @param out filled in if there is one that must be dropped; its verdict is why
   * @return whether there is; if not, it is not due again for a while
   */
  boolean find(long startNs, long nowNs, Departure out) {
    for (int trafficClass = 0; trafficClass < CLASSES; trafficClass++) {
      if (shaper.queued(trafficClass) > 0
          && shaper.next(startNs, Shaper.NEVER, only[trafficClass], out)) {
        if (out.verdict == Verdict.ACCEPTED) {
          out.verdict = lifetimes.judge(out.frame, out.launchNs);
        }
        if (out.verdict != Verdict.ACCEPTED) {
          return true;
        }
      }
    }
    lastNs = nowNs;
    hurried = false;
    return false;
  }
}
