package org.ktsn.api.shaper;

import java.util.Arrays;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.pod.Pod;

/**
 * Frames of a {@link LaunchQueue}, those of each pod by launch time and arrival. Pods take turns in
 * the order of their numbers.
 *
 * <p>A pod's frames are a leftist heap, whose nodes are the frames themselves: a column per link, a
 * row per frame. To join two heaps of n frames takes log n steps at worst, whatever stamps a pod
 * chooses.
 */
final class PodHeaps {
  static final int NONE = -1;

  private final Frames frames;

  /** By frame: the heaps below it, and the least number of steps to a frame without two. */
  private final int[] left;

  private final int[] right;
  private final byte[] rank;

  /** By pod: its first frame. */
  private final int[] root = new int[Pod.MAX_PODS];

  /** A bit for each pod that has frames here. */
  private final long[] present = new long[Pod.MAX_PODS / Long.SIZE];

  private int size;
  private int lastPod = Pod.MAX_PODS - 1;

  PodHeaps(Frames frames) {
    this.frames = frames;
    left = new int[frames.capacity()];
    right = new int[frames.capacity()];
    rank = new byte[frames.capacity()];
    Arrays.fill(root, NONE);
  }

  int size() {
    return size;
  }

  /** A pod has sent a frame: the others come first. */
  void tookTurn(int pod) {
    lastPod = pod;
  }

  /**
   * Returns the first frame that leaves if the link is free from an instant on: by turns of those
   * pods whose first frame is due by then, or else the one that is due first.
   */
  int first(long freeNs) {
    int earliest = NONE;
    int from = (lastPod + 1) % Pod.MAX_PODS;
    int word = from / Long.SIZE;
    long bits = present[word] & -1L << from;
    for (int words = 0; words <= present.length; words++) {
      for (; bits != 0; bits &= bits - 1) {
        int frame = root[word * Long.SIZE + Long.numberOfTrailingZeros(bits)];
        if (frames.deadlineMode(frame) || frames.launchTimeNs(frame) <= freeNs) {
          return frame;
        }
        if (earliest == NONE || isBefore(frame, earliest)) {
          earliest = frame;
        }
      }
      word = (word + 1) % present.length;
      bits = present[word];
    }
    return earliest;
  }

  void add(int frame) {
    int pod = frames.pod(frame);
    left[frame] = NONE;
    right[frame] = NONE;
    rank[frame] = 1;
    root[pod] = join(root[pod], frame);
    present[pod / Long.SIZE] |= 1L << pod;
    size++;
  }

  /** Tells whether a frame is the first of its pod here. */
  boolean isFirstOfPod(int frame) {
    return root[frames.pod(frame)] == frame;
  }

  /** Removes a frame that is the first of its pod. */
  void remove(int frame) {
    int pod = frames.pod(frame);
    assert root[pod] == frame : "frame " + frame + " is not the first of pod " + pod;
    root[pod] = join(left[frame], right[frame]);
    if (root[pod] == NONE) {
      present[pod / Long.SIZE] &= ~(1L << pod);
    }
    size--;
  }

  /** Puts a frame that is not here before a chain of such frames; returns the chain. */
  int chain(int frame, int others) {
    right[frame] = others;
    return frame;
  }

  /** Returns the chain behind a frame, or {@link #NONE}. */
  int next(int frame) {
    return right[frame];
  }

  boolean isBefore(int frame, int other) {
    long launchNs = frames.launchTimeNs(frame);
    long otherNs = frames.launchTimeNs(other);
    return launchNs != otherNs ? launchNs < otherNs : frames.arrival(frame) < frames.arrival(other);
  }

  /** Joins two heaps; one step down a right edge for each call, of which there are few. */
  private int join(int one, int other) {
    if (one == NONE) {
      return other;
    }
    if (other == NONE) {
      return one;
    }
    if (isBefore(other, one)) {
      return join(other, one);
    }
    int below = join(right[one], other);
    if (rankOf(left[one]) < rank[below]) {
      right[one] = left[one];
      left[one] = below;
    } else {
      right[one] = below;
    }
    rank[one] = (byte) (rankOf(right[one]) + 1);
    return one;
  }

  private int rankOf(int frame) {
    return frame == NONE ? 0 : rank[frame];
  }
}
