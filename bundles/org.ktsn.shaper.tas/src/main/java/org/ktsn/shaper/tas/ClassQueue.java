package org.ktsn.shaper.tas;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.LaunchQueue;

/**
 * One traffic class: its frames, and when the first of them can leave. That instant is remembered,
 * for it stays the same until the link is free only after it, the first frame changes or the
 * schedule does.
 */
final class ClassQueue {
  private static final int NONE = -1;

  private final int trafficClass;
  private final Frames frames;
  private final PortModel port;
  private final LaunchQueue queue;

  /** The first frame's duration and window, found by a search from {@link #searchedFromNs} on. */
  private boolean planned;

  private long durationNs;
  private long searchedFromNs;
  private long windowNs;

  ClassQueue(int trafficClass, Frames frames, PortModel port) {
    this.trafficClass = trafficClass;
    this.frames = frames;
    this.port = port;
    queue = new LaunchQueue(frames);
  }

  int size() {
    return queue.size();
  }

  boolean isFull() {
    return queue.isFull();
  }

  int trafficClass() {
    return trafficClass;
  }

  int first() {
    return queue.first();
  }

  void add(int frame) {
    int before = queue.size() == 0 ? NONE : queue.first();
    queue.add(frame);
    planned &= queue.first() == before;
  }

  /** Removes the first frame, which is not sent. */
  void removeFirst() {
    queue.removeFirst();
    planned = false;
  }

  /** Removes the first frame, whose transmission ends at an instant. */
  void removeFirst(long endNs) {
    queue.removeFirst(endNs);
    planned = false;
  }

  /** The link is free from an instant on, whatever was sent. */
  void linkFreeFrom(long startNs) {
    if (queue.linkFreeFrom(startNs)) {
      planned = false;
    }
  }

  /** Forgets the window of the first frame, because the schedule is another. */
  void replan() {
    planned = false;
  }

  /** Returns the first frame's time on the link; {@link #windowNs} was asked before. */
  long durationNs() {
    assert planned;
    return durationNs;
  }

  /**
   * Returns the earliest start of the first frame with the link free from an instant on, or {@link
   * GateTimeline#NEVER}.
   */
  long windowNs(long startNs, GateTimeline timeline) {
    if (!planned) {
      durationNs = port.durationNs(frames.linkFrameOctets(queue.first()));
    }
    if (!planned || startNs < searchedFromNs || startNs > windowNs) {
      planned = true;
      searchedFromNs = startNs;
      windowNs = timeline.nextWindow(trafficClass, notBeforeNs(queue.first(), startNs), durationNs);
    }
    return windowNs;
  }

  /** Tells whether a frame of this class has a window at an instant or after it. */
  boolean fits(int frame, long fromNs, GateTimeline timeline) {
    long needNs = port.durationNs(frames.linkFrameOctets(frame));
    long windowNs = timeline.nextWindow(trafficClass, notBeforeNs(frame, fromNs), needNs);
    return windowNs != GateTimeline.NEVER;
  }

  private long notBeforeNs(int frame, long startNs) {
    return frames.deadlineMode(frame) ? startNs : Math.max(startNs, frames.launchTimeNs(frame));
  }
}
