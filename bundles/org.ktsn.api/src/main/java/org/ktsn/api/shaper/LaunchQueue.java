package org.ktsn.api.shaper;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.pod.Pod;

/**
 * The frames of a queue in the order in which they leave. Every {@link Shaper} keeps one for each
 * traffic class.
 *
 * <p>Within a pod the order is by launch time and, for equal ones, by arrival. Pods whose first
 * frame is due when the link is free take turns, so that none gets before another by the stamps
 * that it chooses, however many frames it has. A frame is due from its launch time on, or at once
 * in deadline mode. Where none is due, the one with the earliest launch time is first. What is
 * first stays so until it is removed, a frame comes that goes before it, or the link is free
 * earlier.
 *
 * <p>The link is free for this queue from the end of the frame on that was sent last; {@link
 * #removeFirst(long)} tells. Who never tells has launch times alone decide.
 *
 * <p>Room for every frame there is; nothing allocates after construction. Launch time, arrival, pod
 * and mode of a frame must not change while it is queued. Planner thread only.
 *
 * <p>Frames that are not due are in a {@link LaunchHeap} if they leave soon, all others in a {@link
 * LaunchWheel} from which they come by and by. So the heap is small and stays in the nearest cache,
 * however many frames are queued. When a frame is queued that leaves before the heap's last, it
 * goes into the heap too: that is the whole queue at worst, and costs its logarithm. What is due,
 * and all of a pod that has used deadline mode here, is in {@link PodHeaps}.
 */
public final class LaunchQueue {
  private static final int NONE = PodHeaps.NONE;

  private final Frames frames;
  private final int capacity;
  private final PodHeaps pods;
  private final LaunchHeap soon;
  private final LaunchWheel later;

  /** By pod: how many frames are in heap and wheel; and whether none must be. */
  private final int[] waiting = new int[Pod.MAX_PODS];

  private final boolean[] apart = new boolean[Pod.MAX_PODS];

  private long freeNs = Long.MIN_VALUE;
  private int first = NONE;

  /** Makes an empty queue for frames of a table. */
  public LaunchQueue(Frames frames) {
    this.frames = frames;
    capacity = frames.capacity();
    pods = new PodHeaps(frames);
    soon = new LaunchHeap(frames);
    later = new LaunchWheel(frames, soon);
  }

  /** Returns how many frames are queued. */
  public int size() {
    return pods.size() + soon.size() + later.size();
  }

  /** Tells whether no further frame can be added. */
  public boolean isFull() {
    return size() == capacity;
  }

  /** Returns the frame that leaves next; there must be one. */
  public int first() {
    if (pods.size() == 0) {
      return soon.first();
    }
    if (first == NONE) {
      first = pods.first(freeNs);
      if (soon.size() > 0 && !isDue(first) && pods.isBefore(soon.first(), first)) {
        first = soon.first();
      }
    }
    return first;
  }

  /** Returns the launch time of {@link #first()}; there must be one. */
  public long firstLaunchTimeNs() {
    return pods.size() == 0 ? soon.firstLaunchTimeNs() : frames.launchTimeNs(first());
  }

  /** Adds a frame; the queue must not be full. */
  public void add(int frame) {
    int pod = frames.pod(frame);
    if (frames.deadlineMode(frame) && !apart[pod]) {
      setApart(pod);
    }
    if (apart[pod] || frames.launchTimeNs(frame) <= freeNs) {
      pods.add(frame);
    } else {
      waiting[pod]++;
      later.add(frame);
      refill();
    }
    first = NONE;
  }

  /** Removes the frame that leaves next, which is not sent: its pod's turn goes on. */
  public void removeFirst() {
    int frame = first();
    if (pods.size() > 0 && pods.isFirstOfPod(frame)) {
      pods.remove(frame);
    } else {
      removeSoon();
    }
    first = NONE;
  }

  /**
   * Removes the frame that leaves next, because it is sent: the turn is another pod's.
   *
   * @param endNs when its transmission ends
   */
  public void removeFirst(long endNs) {
    pods.tookTurn(frames.pod(first()));
    removeFirst();
    if (endNs > freeNs) {
      freeNs = endNs;
      while (soon.size() > 0 && soon.firstLaunchTimeNs() <= freeNs) {
        pods.add(removeSoon());
      }
    }
  }

  /**
   * Says from when on the link is free, in case that is earlier than the end of what was sent: the
   * clock was set back, or frames came back.
   *
   * @return whether another frame may be first now
   */
  public boolean linkFreeFrom(long startNs) {
    if (startNs >= freeNs) {
      return false;
    }
    freeNs = startNs;
    first = NONE;
    return true;
  }

  private boolean isDue(int frame) {
    return frames.deadlineMode(frame) || frames.launchTimeNs(frame) <= freeNs;
  }

  private int removeSoon() {
    int frame = soon.first();
    soon.removeFirst();
    waiting[frames.pod(frame)]--;
    refill();
    return frame;
  }

  private void refill() {
    if (soon.size() == 0 && later.size() > 0) {
      later.turn();
    }
  }

  /**
   * A pod uses deadline mode for the first time: which of its frames is first must be known from
   * now on. Those that wait among others' are taken out, once.
   */
  private void setApart(int pod) {
    apart[pod] = true;
    if (waiting[pod] == 0) {
      return;
    }
    int others = NONE;
    while (soon.size() > 0) {
      int frame = removeSoon();
      if (frames.pod(frame) == pod) {
        pods.add(frame);
      } else {
        others = pods.chain(frame, others);
      }
    }
    later.restart();
    while (others != NONE) {
      waiting[frames.pod(others)]++;
      later.add(others);
      others = pods.next(others);
    }
    refill();
  }
}
