package org.ktsn.shaper.cbs;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.LaunchQueue;

/**
 * One traffic class: its frames, their credit if they need any, and when the first of them can
 * leave. What was found for the first frame is remembered until something of it changes.
 */
final class ClassQueue {
  /** Since when a frame waits that may leave at once: from when it is first asked about. */
  static final long UNSEEN = Long.MIN_VALUE;

  private static final int NONE = -1;

  private final int trafficClass;
  private final Frames frames;
  private final PortModel port;
  private final long[] readyNs;
  private final boolean shaped;
  private final CreditAccount account;
  private final LaunchQueue queue;

  /**
   * Since when the class has a frame that waits, and how long its first one is on the link. A first
   * frame that was not asked about yet does not count; the one that it came before still does.
   */
  private long waitsFromNs = GateTimeline.NEVER;

  private long waitingDurationNs;
  private boolean unseen;

  /**
   * From when on a first frame counts that was asked about, which may lie ahead: the link is taken.
   */
  private long seenFromNs = Long.MIN_VALUE;

  private boolean planned;
  private long durationNs;
  private long eligibleNs;

  private boolean searched;
  private long searchedFromNs;
  private long windowNs;

  /**
   * Makes an empty queue.
   *
   * @param readyNs per frame, since when it waits; shared by all queues
   */
  ClassQueue(
      int trafficClass,
      Frames frames,
      PortModel port,
      long[] readyNs,
      boolean shaped,
      CreditAccount account) {
    this.trafficClass = trafficClass;
    this.frames = frames;
    this.port = port;
    this.readyNs = readyNs;
    this.shaped = shaped;
    this.account = account;
    queue = new LaunchQueue(frames);
  }

  int trafficClass() {
    return trafficClass;
  }

  boolean isShaped() {
    return shaped;
  }

  CreditAccount account() {
    return account;
  }

  int size() {
    return queue.size();
  }

  boolean isFull() {
    return queue.isFull();
  }

  int first() {
    return queue.first();
  }

  void add(int frame) {
    int before = queue.size() == 0 ? NONE : queue.first();
    queue.add(frame);
    if (queue.first() != before) {
      seenFromNs = Long.MIN_VALUE;
      waitFor(queue.first());
      replan();
    } else if ((unseen || readyNs[frame] < seenFromNs)
        && readyNs[frame] != UNSEEN
        && readyNs[frame] < waitsFromNs) {
      waitFor(frame); // until the first one waits as well
      unseen = true;
      replan();
    }
  }

  /** Removes the first frame, which is not sent. */
  void removeFirst() {
    queue.removeFirst();
    waitForNext();
  }

  /** Removes the first frame, whose transmission ends at an instant. */
  void removeFirst(long endNs) {
    queue.removeFirst(endNs);
    waitForNext();
  }

  /** The link is free from an instant on, whatever was sent. */
  void linkFreeFrom(long startNs) {
    if (queue.linkFreeFrom(startNs)) {
      waitForNext();
    }
  }

  private void waitForNext() {
    waitsFromNs = GateTimeline.NEVER;
    unseen = false;
    seenFromNs = Long.MIN_VALUE;
    if (queue.size() > 0) {
      waitFor(queue.first());
    }
    replan();
  }

  private void waitFor(int frame) {
    if (readyNs[frame] == UNSEEN) {
      unseen = true;
    } else {
      waitsFromNs = Math.min(waitsFromNs, readyNs[frame]);
      waitingDurationNs = durationNs(frame);
    }
  }

  /** The first frame is asked about: it waits from now on, in place of the one before. */
  private void see(long nowNs, long linkEndNs) {
    unseen = false;
    seenFromNs = nowNs;
    settleIfWaiting(nowNs, linkEndNs);
    waitsFromNs = Math.min(waitsFromNs, nowNs);
    waitingDurationNs = durationNs(queue.first());
    replan();
  }

  /** Forgets what was found for the first frame. */
  void replan() {
    planned = false;
    searched = false;
  }

  /** Returns the first frame's time on the link; {@link #windowNs} was asked before. */
  long durationNs() {
    assert planned;
    return durationNs;
  }

  /** Lets the credit run to an instant, with the link taken by others until another one. */
  void settle(long toNs, long linkEndNs) {
    if (shaped) {
      account.settle(toNs, waitsFromNs, waitingDurationNs, linkEndNs);
    }
  }

  /** Settles the credit before a frame is dropped: it waited until now, if it did. */
  void settleIfWaiting(long nowNs, long linkEndNs) {
    if (waitsFromNs < nowNs) {
      settle(nowNs, linkEndNs);
    }
  }

  long creditNanobits(long atNs, long linkEndNs) {
    return account.nanobits(atNs, waitsFromNs, waitingDurationNs, linkEndNs);
  }

  /**
   * Returns the earliest start of the first frame, or {@link GateTimeline#NEVER}.
   *
   * @param startNs the link is free from here on
   * @param linkEndNs until when the credits are spent already
   */
  long windowNs(long startNs, long linkEndNs, GateTimeline timeline) {
    int frame = queue.first();
    if (unseen) {
      see(Math.max(startNs, linkEndNs), linkEndNs);
    }
    if (!planned) {
      planned = true;
      searched = false;
      durationNs = durationNs(frame);
      eligibleNs = shaped ? account.eligibleNs(waitsFromNs, durationNs) : Long.MIN_VALUE;
    }
    if (eligibleNs == GateTimeline.NEVER) {
      return GateTimeline.NEVER;
    }
    long fromNs = notBeforeNs(frame, startNs);
    if (shaped) {
      fromNs = Math.max(fromNs, Math.max(linkEndNs, eligibleNs));
    }
    if (!searched || fromNs < searchedFromNs || fromNs > windowNs) {
      searched = true;
      searchedFromNs = fromNs;
      windowNs = timeline.nextWindow(trafficClass, fromNs, durationNs);
    }
    return windowNs;
  }

  /** Tells whether a frame of this class has a window at an instant or after it. */
  boolean fits(int frame, long fromNs, GateTimeline timeline) {
    long foundNs = timeline.nextWindow(trafficClass, notBeforeNs(frame, fromNs), durationNs(frame));
    return foundNs != GateTimeline.NEVER;
  }

  private long durationNs(int frame) {
    return port.durationNs(frames.lengthOctets(frame));
  }

  private long notBeforeNs(int frame, long startNs) {
    return frames.deadlineMode(frame) ? startNs : Math.max(startNs, frames.launchTimeNs(frame));
  }
}
