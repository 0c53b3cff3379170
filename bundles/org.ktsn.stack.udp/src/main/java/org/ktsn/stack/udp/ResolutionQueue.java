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
  /** What {@link #poll} answers when nothing is there. */
  static final long EMPTY = -1L;

  /** Marks a next hop that is doubted. */
  private static final long DOUBT = 1L << 62;

  private static final int CAPACITY = 1024;

  private final long[] elements = new long[CAPACITY];
  private final AtomicLong produced = new AtomicLong();
  private final AtomicLong consumed = new AtomicLong();

  /** Hands over a next hop of a pod; planner thread only. Returns false if the queue is full. */
  boolean offer(int pod, int nextHop, boolean doubt) {
    long position = produced.getPlain();
    if (position - consumed.getAcquire() == CAPACITY) {
      return false;
    }
    elements[(int) position & (CAPACITY - 1)] = key(pod, nextHop) | (doubt ? DOUBT : 0);
    produced.setRelease(position + 1);
    return true;
  }

  /** Takes the oldest element, or {@link #EMPTY}; mirror thread only. */
  long poll() {
    long position = consumed.getPlain();
    if (position == produced.getAcquire()) {
      return EMPTY;
    }
    long element = elements[(int) position & (CAPACITY - 1)];
    consumed.setRelease(position + 1);
    return element;
  }

  /** Packs a pod's number and a next hop; never negative. */
  static long key(int pod, int nextHop) {
    return (long) pod << 32 | (nextHop & 0xffff_ffffL);
  }

  /** Returns the pod's number in an element. */
  static int pod(long element) {
    return (int) ((element & ~DOUBT) >>> 32);
  }

  /** Tells whether the next hop in an element is doubted. */
  static boolean isDoubt(long element) {
    return (element & DOUBT) != 0;
  }

  /** Returns the next hop in an element. */
  static int nextHop(long element) {
    return (int) element;
  }
}
