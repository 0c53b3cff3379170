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
   * What waits. A first frame that was not asked about yet does not count; from when it is, it
   * does. Where that lies ahead, because the link is taken, a frame may still come back in between.
   */
  private final Waiting waiting = new Waiting();

  private boolean unseen;

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

  /**
   * Adds a frame.
   *
   * @param linkEndNs until when the link is taken
   */
  void add(int frame, long linkEndNs) {
    int before = queue.size() == 0 ? NONE : queue.first();
    queue.add(frame);
    if (queue.first() != before) {
      waitFor(queue.first(), linkEndNs);
      replan();
    } else if (waitsBeforeFirst(readyNs[frame])) {
      waiting.add(readyNs[frame], durationNs(frame));
      replan();
    }
  }

  /** Tells whether a frame that is not first waits until the first one does, and none else. */
  private boolean waitsBeforeFirst(long frameReadyNs) {
    boolean firstIsToCome = unseen || waiting.nextFromNs() != GateTimeline.NEVER;
    return firstIsToCome && frameReadyNs != UNSEEN && frameReadyNs < waiting.sinceNs();
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
    waiting.clear();
    unseen = false;
    if (queue.size() > 0) {
      waitFor(queue.first(), Long.MIN_VALUE);
    }
    replan();
  }

  private void waitFor(int frame, long linkEndNs) {
    unseen = readyNs[frame] == UNSEEN;
    if (!unseen) {
      if (waiting.nextFromNs() <= readyNs[frame]) {
        settle(waiting.nextFromNs(), linkEndNs);
      }
      waiting.forgetNext();
      waiting.add(readyNs[frame], durationNs(frame));
    }
  }

  /** The first frame is asked about: from then on it waits, in place of the one before. */
  private void see(long fromNs, long linkEndNs) {
    unseen = false;
    if (waiting.nextFromNs() < fromNs) {
      settle(waiting.nextFromNs(), linkEndNs);
    }
    waiting.follow(fromNs, durationNs(queue.first()));
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
      account.settle(toNs, waiting, linkEndNs);
    }
  }

  /** Settles the credit before a frame is dropped: it waited until now, if it did. */
  void settleIfWaiting(long nowNs, long linkEndNs) {
    if (waiting.sinceNs() < nowNs) {
      settle(nowNs, linkEndNs);
    }
  }

  long creditNanobits(long atNs, long linkEndNs) {
    return account.nanobits(atNs, waiting, linkEndNs);
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
      eligibleNs = shaped ? account.eligibleNs(waiting, linkEndNs) : Long.MIN_VALUE;
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
    return port.durationNs(frames.linkFrameOctets(frame));
  }

  private long notBeforeNs(int frame, long startNs) {
    return frames.deadlineMode(frame) ? startNs : Math.max(startNs, frames.launchTimeNs(frame));
  }
}
