package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.pod.Pod;

/**
 * What a filter has to do with: the pods that it heeds, and the frames that it knows. A frame is
 * known from when the filter was told of it first to its end, whoever its pod's number belongs to
 * meanwhile. Planner thread only; nothing allocates after construction.
 */
final class FilterInterest {
  private final boolean chooses;
  private final boolean[] pods = new boolean[Pod.MAX_PODS];
  private final boolean[] frames;

  /**
   * Begins without frames.
   *
   * @param chooses whether the filter says which pods it heeds; else it heeds them all
   */
  FilterInterest(boolean chooses, int frameCapacity) {
    this.chooses = chooses;
    frames = new boolean[frameCapacity];
    begin();
  }

  /** The filter comes to the line, maybe once more: it knows nothing yet. */
  void begin() {
    Arrays.fill(pods, !chooses);
    Arrays.fill(frames, false);
  }

  /** The filter has answered whether it heeds a pod. */
  void heeds(int pod, boolean answer) {
    pods[pod] = answer;
  }

  /** A pod is gone. */
  void closed(int pod) {
    pods[pod] = !chooses;
  }

  /** A frame of a pod comes in; tells whether the filter knows it from now on. */
  boolean meets(int frame, int pod) {
    frames[frame] = pods[pod];
    return frames[frame];
  }

  /** As {@link #meets}, for a frame that came before the filter, and whose pod may be gone. */
  boolean meetsWaiting(int frame, int pod, boolean isGone) {
    frames[frame] = isGone ? !chooses : pods[pod];
    return frames[frame];
  }

  boolean knows(int frame) {
    return frames[frame];
  }

  /** A frame has ended; tells whether the filter knew it. */
  boolean ends(int frame) {
    boolean known = frames[frame];
    frames[frame] = false;
    return known;
  }
}
