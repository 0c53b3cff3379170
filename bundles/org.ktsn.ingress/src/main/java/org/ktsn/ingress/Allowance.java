package org.ktsn.ingress;

/**
 * How much of the channel thread a pod has: connections and messages between two ticks. A pod that
 * has used it up waits for the next tick, so that none keeps the thread from the others. Channel
 * thread only.
 */
final class Allowance {
  /** Connections and messages of a pod between two ticks. */
  static final int EVENTS_PER_TICK = 256;

  private int left = EVENTS_PER_TICK;
  private boolean paused;

  /** Takes one event; tells whether there was one left. */
  boolean take() {
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }

  void pause() {
    paused = true;
  }

  boolean isPaused() {
    return paused;
  }

  /** Begins a tick. */
  void renew() {
    left = EVENTS_PER_TICK;
    paused = false;
  }
}
