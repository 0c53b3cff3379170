package org.ktsn.dataplane;

import org.ktsn.api.frame.Verdict;

/**
 * Until when the transmission of each frame may start. In deadline mode that is the deadline, as
 * with the kernel's etf; otherwise a frame may wait for a limited time from its launch time on, or
 * from its arrival if that is later (IEEE 802.1Q-2022 6.5.6, frame lifetime). What is planned later
 * is dropped at once, so that it holds no buffer meanwhile.
 *
 * <p>Planner thread only; nothing allocates after construction.
 */
final class Lifetimes {
  private final FrameTable frames;
  private final long maxWaitNs;
  private final long[] lastStartNs;

  /**
   * Makes the column.
   *
   * @param maxWaitNs how long a frame may wait at most
   */
  Lifetimes(FrameTable frames, long maxWaitNs) {
    this.frames = frames;
    this.maxWaitNs = maxWaitNs;
    lastStartNs = new long[frames.capacity()];
  }

  /** A frame comes in. */
  void arrived(int frame, long nowNs) {
    lastStartNs[frame] =
        frames.deadlineMode(frame)
            ? frames.launchTimeNs(frame)
            : later(Math.max(nowNs, frames.launchTimeNs(frame)));
  }

  /** A frame has got another launch time because it is held; a deadline stays what it was. */
  void dated(int frame) {
    if (!hasDeadline(frame)) {
      lastStartNs[frame] = later(frames.launchTimeNs(frame));
    }
  }

  /** Returns the last instant at which the frame's transmission may start. */
  long lastStartNs(int frame) {
    return lastStartNs[frame];
  }

  /**
   * Judges a frame whose transmission would start at an instant, or later.
   *
   * @return {@link Verdict#ACCEPTED} if it may, {@link Verdict#MISSED} if its deadline is before,
   *     {@link Verdict#OVERDUE} if it would have waited too long
   */
  Verdict judge(int frame, long startNs) {
    if (startNs <= lastStartNs[frame]) {
      return Verdict.ACCEPTED;
    }
    return hasDeadline(frame) ? Verdict.MISSED : Verdict.OVERDUE;
  }

  /** Tells whether the frame has a deadline, and it is before an instant. */
  boolean isDeadlineBefore(int frame, long instantNs) {
    return hasDeadline(frame) && lastStartNs[frame] < instantNs;
  }

  private boolean hasDeadline(int frame) {
    return frames.askedNs[frame] == FrameTable.NO_LAUNCH_TIME;
  }

  private long later(long instantNs) {
    return instantNs > Long.MAX_VALUE - maxWaitNs ? Long.MAX_VALUE : instantNs + maxWaitNs;
  }
}
