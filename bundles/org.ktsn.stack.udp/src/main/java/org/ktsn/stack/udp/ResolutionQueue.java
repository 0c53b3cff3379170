package org.ktsn.stack.udp;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Next hops on their way from the planner to the mirror thread. One producer, one consumer, no
 * lock, no allocation; a full queue refuses.
 *
 * <p>The producer writes the element and then {@code produced} (release); the consumer reads {@code
 * produced} (acquire), then the element, then gives the place back through {@code consumed}
 * (release).
 */
final class ResolutionQueue {
  /** Marks a next hop that is doubted. */
  private static final int DOUBT = 1 << 30;

  private static final int CAPACITY = 1024;

  private final int[] pods = new int[CAPACITY];
  private final long[] highs = new long[CAPACITY];
  private final long[] lows = new long[CAPACITY];
  private final AtomicLong produced = new AtomicLong();
  private final AtomicLong consumed = new AtomicLong();

  /** What was taken last; the consumer's. */
  private int pod;

  private IpAddress nextHop = IpAddress.NONE;

  /** Hands over a next hop of a pod; planner thread only. Returns false if the queue is full. */
  boolean offer(int of, long high, long low, boolean doubt) {
    long position = produced.getPlain();
    if (position - consumed.getAcquire() == CAPACITY) {
      return false;
    }
    int at = (int) position & (CAPACITY - 1);
    pods[at] = of | (doubt ? DOUBT : 0);
    highs[at] = high;
    lows[at] = low;
    produced.setRelease(position + 1);
    return true;
  }

  /**
   * Takes the oldest element, of which {@link #pod}, {@link #nextHop} and {@link #isDoubt} tell
   * until the next call; false if there is none. Mirror thread only.
   */
  boolean poll() {
    long position = consumed.getPlain();
    if (position == produced.getAcquire()) {
      return false;
    }
    int at = (int) position & (CAPACITY - 1);
    pod = pods[at];
    nextHop = new IpAddress(highs[at], lows[at]);
    consumed.setRelease(position + 1);
    return true;
  }

  /** Returns the pod's number in the element. */
  int pod() {
    return pod & ~DOUBT;
  }

  /** Tells whether the next hop in the element is doubted. */
  boolean isDoubt() {
    return (pod & DOUBT) != 0;
  }

  /** Returns the next hop in the element. */
  IpAddress nextHop() {
    return nextHop;
  }
}
