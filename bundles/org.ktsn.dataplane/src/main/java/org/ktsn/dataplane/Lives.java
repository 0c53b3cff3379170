package org.ktsn.dataplane;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Which life of the planner is the present one: there is one at a time, or none. A second runner is
 * refused.
 */
final class Lives {
  private final AtomicReference<Life> present = new AtomicReference<>();

  /** Returns the present life; null if the planner does not run. Any thread. */
  Life present() {
    return present.get();
  }

  boolean isRunning() {
    return present.get() != null;
  }

  /** Returns the number of the thread that plans, 0 while none does. Any thread. */
  long threadId() {
    Life life = present.get();
    return life == null ? 0 : life.thread().threadId();
  }

  /**
   * Begins the first life.
   *
   * @throws IllegalStateException if there is one
   */
  void begin(Life life) {
    if (!present.compareAndSet(null, life)) {
      throw new IllegalStateException(
          "the planner runs already, in thread '"
              + present.get().thread().getName()
              + "'; a second one would write where it writes");
    }
  }

  /** Begins a life in place of one that was ended. */
  void follow(Life ended, Life next) {
    if (!present.compareAndSet(ended, next)) {
      throw new IllegalStateException("the life that was ended is not the planner's last one");
    }
  }

  /** The present life has come to its end. */
  void close(Life life) {
    present.compareAndSet(life, null);
  }
}
