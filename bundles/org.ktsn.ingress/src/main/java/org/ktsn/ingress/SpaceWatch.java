package org.ktsn.ingress;

import java.util.function.LongConsumer;
import org.ktsn.foreign.NativeMemory;

/**
 * Tells programs that wait until they may write (poll, select, epoll) when there is space in their
 * pod's ring again: when half of it is free, or half a ring was taken since they began to wait
 * while others filled it up. As with the kernel's send buffer they are not woken for every slot.
 *
 * <p>While nobody waits it costs one look at a word a turn. Who says that it waits without need
 * costs the planner a few system calls every {@value #SPACING_NS} ns at most, and one before it
 * sleeps.
 */
final class SpaceWatch {
  /** How closely programs are told. */
  static final long SPACING_NS = 50_000L;

  private final long status;
  private final long ring;
  private final int half;
  private final LongConsumer tell;

  /** Planner thread only. */
  private boolean waiting;

  private long waitingSince;
  private long toldNs;

  /**
   * Watches a ring.
   *
   * @param status the address of the status memory
   * @param ring the address of the ring memory
   * @param slotCount how many slots the ring has
   * @param tell makes all who wait writable, except for those who began to wait in the round that
   *     it is given; any thread
   */
  SpaceWatch(long status, long ring, int slotCount, LongConsumer tell) {
    this.status = status;
    this.ring = ring;
    this.half = slotCount / 2;
    this.tell = tell;
  }

  /**
   * Looks whether somebody waits and is to be told; once a turn. Planner thread only.
   *
   * @param taken how many positions the consumer has left behind
   * @param queued how many lie before it
   * @param nowNs any clock that runs evenly
   */
  void turn(long taken, long queued, long nowNs) {
    if (isAwaited() && isDue(taken, queued) && nowNs - toldNs >= SPACING_NS) {
      toldNs = nowNs;
      waiting = false;
      tell();
    }
  }

  /**
   * The same before the planner sleeps, however short ago the last time was: nothing else may come
   * that lets it look again. Planner thread only, after a full fence.
   */
  void beforeSleep(long taken, long queued) {
    if (isAwaited() && isDue(taken, queued)) {
      waiting = false;
      tell();
    }
  }

  /** Tells everyone at once: they won't get anything from this ring any more. Any thread. */
  void tell() {
    NativeMemory.putIntVolatile(ring + ChannelLayout.RING_SPACE_AWAITED, 0);
    NativeMemory.fullFence();
    tell.accept(NativeMemory.getAndAddLong(status + ChannelLayout.STATUS_SPACE_ROUND, 1) + 1);
  }

  private boolean isAwaited() {
    return NativeMemory.getIntVolatile(ring + ChannelLayout.RING_SPACE_AWAITED) != 0;
  }

  private boolean isDue(long taken, long queued) {
    if (!waiting) {
      waiting = true;
      waitingSince = taken;
    }
    return queued <= half || taken - waitingSince >= half;
  }
}
