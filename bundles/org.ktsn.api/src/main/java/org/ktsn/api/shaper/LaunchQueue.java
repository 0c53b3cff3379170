package org.ktsn.api.shaper;

import org.ktsn.api.frame.Frames;

/**
 * Frames in the order of their launch times and, for equal ones, of their arrival: the order within
 * a traffic class that every {@link Shaper} keeps. Room for every frame there is; nothing allocates
 * after construction. Planner thread only.
 *
 * <p>A heap in which each place has four children. The launch times stand beside the numbers, so
 * that a way through it reads one line of the cache per level, and no other table unless launch
 * times are equal:
 *
 * <pre>
 *   place     0 | 1  2  3  4 | 5  6  7  8 | 9 10 11 12 | …
 *   children    |  of 0      |  of 1      |  of 2      |
 * </pre>
 */
public final class LaunchQueue {
  private static final int CHILDREN = 4;

  private final Frames frames;
  private final int[] heap;
  private final long[] launchTimeNs;
  private int size;

  /** Makes an empty queue for frames of a table. */
  public LaunchQueue(Frames frames) {
    this.frames = frames;
    heap = new int[frames.capacity()];
    launchTimeNs = new long[frames.capacity()];
  }

  /** Returns how many frames are queued. */
  public int size() {
    return size;
  }

  /** Tells whether no further frame can be added. */
  public boolean isFull() {
    return size == heap.length;
  }

  /** Returns the frame that leaves next; there must be one. */
  public int first() {
    assert size > 0;
    return heap[0];
  }

  /** Adds a frame; the queue must not be full. */
  public void add(int frame) {
    rise(size++, frame, frames.launchTimeNs(frame));
  }

  /** Returns the launch time of {@link #first()}; there must be one. */
  public long firstLaunchTimeNs() {
    assert size > 0;
    return launchTimeNs[0];
  }

  /** Removes the frame that leaves next; there must be one. */
  public void removeFirst() {
    assert size > 0;
    size--;
    // The hole sinks to a leaf, and the last frame rises from there: it is a late one, so that it
    // rarely rises at all.
    int hole = 0;
    for (int child = 1; child < size; child = CHILDREN * hole + 1) {
      int least = leastChild(child);
      move(least, hole);
      hole = least;
    }
    rise(hole, heap[size], launchTimeNs[size]);
  }

  /** Puts a frame into a hole, or as far above it as it belongs. */
  private void rise(int from, int frame, long launchNs) {
    int hole = from;
    while (hole > 0) {
      int parent = (hole - 1) / CHILDREN;
      if (!isBefore(launchNs, frame, parent)) {
        break;
      }
      move(parent, hole);
      hole = parent;
    }
    heap[hole] = frame;
    launchTimeNs[hole] = launchNs;
  }

  /** Returns the place of the child that leaves next, of those from a place on. */
  private int leastChild(int from) {
    int end = Math.min(from + CHILDREN, size);
    int least = from;
    for (int child = from + 1; child < end; child++) {
      if (isBefore(launchTimeNs[child], heap[child], least)) {
        least = child;
      }
    }
    return least;
  }

  private void move(int place, int to) {
    heap[to] = heap[place];
    launchTimeNs[to] = launchTimeNs[place];
  }

  private boolean isBefore(long launchNs, int frame, int place) {
    return launchNs != launchTimeNs[place]
        ? launchNs < launchTimeNs[place]
        : frames.arrival(frame) < frames.arrival(heap[place]);
  }
}
