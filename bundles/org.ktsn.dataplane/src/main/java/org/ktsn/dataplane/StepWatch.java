package org.ktsn.dataplane;

import java.util.concurrent.locks.LockSupport;

/**
 * Notices a planner that went into a step's code and does not come back. Time is counted in the
 * watch's own short sleeps: while the whole machine stands still, none passes.
 *
 * <p>What counts is the outermost call. A step that was called in the middle of another, and is
 * where the planner stands still, is the one that is taken out; if the planner moves in there, it
 * is the outer one that does not end.
 */
final class StepWatch implements Runnable {
  private static final long TICK_NS = 50_000_000;
  private static final int TRIES = 10_000;

  /** Who has another thread go on. */
  interface TakeOver {
    /**
     * Ends a life that does not come back from a step; false if it has come back after all.
     *
     * @param ticket on which way it is
     */
    boolean endLife(Life life, long ticket, Guard<?> culprit);
  }

  private final Lives lives;
  private final TakeOver takeOver;
  private final long patienceTicks;
  private volatile boolean stopping;

  private Life seenLife;
  private long seenCall;
  private long seenTicket;
  private long ticks;

  /**
   * Makes a watch.
   *
   * @param patienceNs how long the planner may stay away
   */
  StepWatch(Lives lives, long patienceNs, TakeOver takeOver) {
    this.lives = lives;
    this.takeOver = takeOver;
    patienceTicks = Math.max(1, patienceNs / TICK_NS);
  }

  @Override
  public void run() {
    while (!stopping) {
      LockSupport.parkNanos(TICK_NS);
      look();
    }
  }

  /** Looks once; a tick has passed. */
  void look() {
    Life life = lives.present();
    if (life == null) {
      ticks = 0;
      return;
    }
    long call = life.call();
    long ticket = life.ticket();
    boolean away = (call & 1) != 0 && life == seenLife && call == seenCall;
    boolean still = ticket == seenTicket;
    seenLife = life;
    seenCall = call;
    seenTicket = ticket;
    ticks = away ? ticks + 1 : 0;
    if (ticks >= patienceTicks && end(life, call, still)) {
      ticks = 0;
    }
  }

  /**
   * Ends a life that is still on the outermost way out with this number. A step that calls the
   * planner back all the time is in its own code for some tens of nanoseconds at once: it takes
   * some tries to meet it there.
   */
  private boolean end(Life life, long call, boolean still) {
    for (int i = 0; i < TRIES; i++) {
      long ticket = life.ticket();
      if (life.call() != call) {
        return false;
      }
      if ((ticket & 1) != 0) {
        Guard<?> culprit = still && ticket == seenTicket ? life.step() : life.outer();
        if (takeOver.endLife(life, ticket, culprit)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Ends the watch with its next look. */
  void stop() {
    stopping = true;
  }
}
