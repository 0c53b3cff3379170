package org.ktsn.api.shaper;

import org.ktsn.api.frame.Frames;

/**
 * Frames in the order of their launch times and, for equal ones, of their arrival: the order within
 * a traffic class that every {@link Shaper} keeps. Room for every frame there is; nothing allocates
 * after construction. A frame's launch time and arrival must not change while it is queued. Planner
 * thread only.
 *
 * <p>The frames that leave soon are in a {@link LaunchHeap}, all others in a {@link LaunchWheel}
 * from which they come by and by. So the heap is small and stays in the nearest cache, however many
 * frames are queued. When a frame is queued that leaves before the heap's last, it goes into the
 * heap too: that is the whole queue at worst, and costs its logarithm.
 */
public final class LaunchQueue {
  private final int capacity;
  private final LaunchHeap soon;
  private final LaunchWheel later;

  /** Makes an empty queue for frames of a table. */
  public LaunchQueue(Frames frames) {
    capacity = frames.capacity();
    soon = new LaunchHeap(frames);
    later = new LaunchWheel(frames, soon);
  }

  /** Returns how many frames are queued. */
  public int size() {
    return soon.size() + later.size();
  }

  /** Tells whether no further frame can be added. */
  public boolean isFull() {
    return size() == capacity;
  }

  /** Returns the frame that leaves next; there must be one. */
  public int first() {
    return soon.first();
  }

  /** Returns the launch time of {@link #first()}; there must be one. */
  public long firstLaunchTimeNs() {
    return soon.firstLaunchTimeNs();
  }

  /** Adds a frame; the queue must not be full. */
  public void add(int frame) {
    later.add(frame);
    refill();
  }

  /** Removes the frame that leaves next; there must be one. */
  public void removeFirst() {
    soon.removeFirst();
    refill();
  }

  private void refill() {
    if (soon.size() == 0 && later.size() > 0) {
      later.turn();
    }
  }
}
