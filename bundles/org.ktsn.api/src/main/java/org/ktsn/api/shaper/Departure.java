package org.ktsn.api.shaper;

import org.ktsn.api.frame.Verdict;

/**
 * A shaper's answer to "which frame next, and when?". One mutable object, owned by the planner and
 * filled by {@link Shaper#next}; planner thread only.
 */
public final class Departure {
  /** The frame's number. */
  public int frame;

  /** The planned start of transmission in TAI nanoseconds. */
  public long launchNs;

  /**
   * The last instant at which transmission may start, in TAI nanoseconds; later it would leave its
   * window.
   */
  public long notAfterNs;

  /** How long the frame occupies the link, in nanoseconds. */
  public long durationNs;

  /**
   * {@link Verdict#ACCEPTED}: send it. A drop: the frame can't be sent any more, for this reason.
   */
  public Verdict verdict = Verdict.ACCEPTED;

  /** Fills in a departure. */
  public void send(int frame, long launchNs, long notAfterNs, long durationNs) {
    this.frame = frame;
    this.launchNs = launchNs;
    this.notAfterNs = notAfterNs;
    this.durationNs = durationNs;
    this.verdict = Verdict.ACCEPTED;
  }

  /** Fills in a drop. */
  public void drop(int frame, Verdict reason) {
    if (!reason.isDrop()) {
      throw new IllegalArgumentException(
          "verdict " + reason + " for frame " + frame + " is not a drop");
    }
    this.frame = frame;
    this.verdict = reason;
  }
}
