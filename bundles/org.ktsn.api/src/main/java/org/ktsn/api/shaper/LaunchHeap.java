package org.ktsn.api.shaper;

import org.ktsn.api.frame.Frames;

/**
 * The frames of a {@link LaunchQueue} that leave soon, in the order of their launch times and, for
 * equal ones, of their arrival.
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
final class LaunchHeap {
  private static final int CHILDREN = 4;

  private final Frames frames;
  private final int[] heap;
  private final long[] launchTimeNs;
  private int size;

  LaunchHeap(Frames frames) {
    this.frames = frames;
    heap = new int[frames.capacity()];
    launchTimeNs = new long[frames.capacity()];
  }

  int size() {
    return size;
  }

  int first() {
    assert size > 0;
    return heap[0];
  }

  void add(int frame) {
    rise(size++, frame, frames.launchTimeNs(frame));
  }

  long firstLaunchTimeNs() {
    assert size > 0;
    return launchTimeNs[0];
  }

  void removeFirst() {
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
