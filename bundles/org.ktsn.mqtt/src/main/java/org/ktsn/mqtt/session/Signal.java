package org.ktsn.mqtt.session;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes one thread that waits for anything to happen; a signal before it waits is not lost. */
final class Signal {
  private final Semaphore raised = new Semaphore(0);

  /** Any thread. */
  void raise() {
    raised.release();
  }

  /**
   * Waits for a signal, or until the time is over.
   *
   * @return whether there was one
   */
  boolean await(long limitMs) throws InterruptedException {
    boolean signalled = raised.tryAcquire(limitMs, TimeUnit.MILLISECONDS);
    raised.drainPermits(); // what they tell of is looked at now
    return signalled;
  }
}
