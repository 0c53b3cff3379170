package org.ktsn.dataplane;

import org.ktsn.api.pod.Pod;

/**
 * Which pods are attached, and which frames are of pods that are not any more: a number may be
 * another pod's by the time that their turn comes. Planner thread only.
 */
final class AttachedPods {
  private final FrameTable frames;
  private final boolean[] attached = new boolean[Pod.MAX_PODS];

  AttachedPods(FrameTable frames) {
    this.frames = frames;
  }

  boolean isAttached(int pod) {
    return attached[pod];
  }

  /** Attaches a pod; tells whether it was not attached. */
  boolean attach(int pod) {
    boolean isNew = !attached[pod];
    attached[pod] = true;
    return isNew;
  }

  void detach(int pod) {
    attached[pod] = false;
    frames.disown(pod);
  }

  /** Tells whether a frame's pod was detached after it came. */
  boolean isGone(int frame) {
    return frames.isGone(frame);
  }
}
