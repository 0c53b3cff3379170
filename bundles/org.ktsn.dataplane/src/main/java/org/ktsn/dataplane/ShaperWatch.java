package org.ktsn.dataplane;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Notices a planner that went into a shaper and does not come back. Time is counted in the watch's
 * own short sleeps: while the whole machine stands still, none passes.
 */
final class ShaperWatch implements Runnable {
  private static final long TICK_NS = 50_000_000;

  private final LongSupplier ticket;
  private final LongPredicate takeOver;
  private final long patienceTicks;
  private volatile boolean stopping;

  /**
   * Makes a watch.
   *
   * @param ticket the planner's present way; odd while it is in a shaper
   * @param patienceNs how long it may stay there
   * @param takeOver has another thread go on; false if the planner has come back after all
   */
  ShaperWatch(LongSupplier ticket, long patienceNs, LongPredicate takeOver) {
    this.ticket = ticket;
    this.takeOver = takeOver;
    patienceTicks = Math.max(1, patienceNs / TICK_NS);
  }

  @Override
  public void run() {
    long seen = 0;
    long ticks = 0;
    while (!stopping) {
      LockSupport.parkNanos(TICK_NS);
      long now = ticket.getAsLong();
      boolean same = (now & 1) != 0 && now == seen;
      seen = now;
      ticks = same ? ticks + 1 : 0;
      if (ticks >= patienceTicks) {
        ticks = 0;
        boolean taken = takeOver.test(now);
        assert taken || ticket.getAsLong() != now;
      }
    }
  }

  /** Ends the watch with its next look. */
  void stop() {
    stopping = true;
  }
}
