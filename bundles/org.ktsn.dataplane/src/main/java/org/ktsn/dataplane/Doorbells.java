package org.ktsn.dataplane;

import org.ktsn.foreign.Poller;

/** What the planner sleeps on: others wake it, and descriptors that are rung. */
interface Doorbells {
  /** Sleeps until something rings, or for this long. Planner thread only. */
  void sleep(long atMostNs);

  /** Ends the sleep, or the next one. Any thread; never blocks. */
  void wake();

  /**
   * Has a descriptor end the sleep when news come on it.
   *
   * @throws org.ktsn.foreign.ForeignException if it can't be waited on
   */
  void add(int descriptor);

  /** As before {@link #add}. */
  void remove(int descriptor);

  /** Returns those of a poller. */
  static Doorbells of(Poller poller) {
    return new Doorbells() {
      private final int[] ready = new int[4];

      @Override
      public void sleep(long atMostNs) {
        poller.awaitNs(ready, atMostNs);
      }

      @Override
      public void wake() {
        poller.wake();
      }

      @Override
      public void add(int descriptor) {
        poller.addEdge(descriptor, 0);
      }

      @Override
      public void remove(int descriptor) {
        poller.remove(descriptor);
      }
    };
  }
}
