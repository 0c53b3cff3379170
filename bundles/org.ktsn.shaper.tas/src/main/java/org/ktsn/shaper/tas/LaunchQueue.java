package org.ktsn.shaper.tas;

import org.ktsn.api.frame.Frames;

/**
 * The frames of one traffic class in the order of their launch times and, for equal ones, of their
 * arrival: a binary heap of frame numbers. Room for every frame there is; nothing allocates.
 */
final class LaunchQueue {
  private final Frames frames;
  private final int[] heap;
  private int size;

  LaunchQueue(Frames frames) {
    this.frames = frames;
    heap = new int[frames.capacity()];
  }

  int size() {
    return size;
  }

  boolean isFull() {
    return size == heap.length;
  }

  /** Returns the frame that leaves next; there must be one. */
  int first() {
    assert size > 0;
    return heap[0];
  }

  void add(int frame) {
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      if (!isBefore(frame, heap[parent])) {
        break;
      }
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = frame;
  }

  void removeFirst() {
    assert size > 0;
    int moved = heap[--size];
    int hole = 0;
    int child = 1;
    while (child < size) {
      if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], moved)) {
        break;
      }
      heap[hole] = heap[child];
      hole = child;
      child = 2 * hole + 1;
    }
    heap[hole] = moved;
  }

  private boolean isBefore(int frame, int other) {
    long launchNs = frames.launchTimeNs(frame);
    long otherNs = frames.launchTimeNs(other);
    return launchNs != otherNs ? launchNs < otherNs : frames.arrival(frame) < frames.arrival(other);
  }
}
