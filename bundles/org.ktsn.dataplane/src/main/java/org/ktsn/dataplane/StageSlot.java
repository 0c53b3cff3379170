package org.ktsn.dataplane;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The place of one replaceable stage: others offer, the planner takes up at the beginning of a
 * turn. Who withdraws a stage waits until the planner has left it, so a stage is never stopped
 * while a frame is in it.
 *
 * @param <T> the stage
 */
final class StageSlot<T> {
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

  private final T none;
  private final Runnable wakePlanner;
  private final BooleanSupplier plannerRuns;
  private final AtomicReference<T> offered;
  private volatile T inUse;

  /**
   * Makes an empty slot.
   *
   * @param none stands for "no stage"
   */
  StageSlot(T none, Runnable wakePlanner, BooleanSupplier plannerRuns) {
    this.none = none;
    this.wakePlanner = wakePlanner;
    this.plannerRuns = plannerRuns;
    offered = new AtomicReference<>(none);
    inUse = none;
  }

  /**
   * Offers a stage, or nothing, and waits until the planner has taken it up. Not on the planner's
   * thread.
   */
  void offer(T stage) {
    propose(stage);
    long begin = System.nanoTime();
    while (plannerRuns.getAsBoolean() && inUse != stage && offered.get() == stage) {
      if (System.nanoTime() - begin > PATIENCE_NS) {
        throw new IllegalStateException(
            "the planner did not take up "
                + stage
                + " within 5 s; its CPU is taken by something else");
      }
      LockSupport.parkNanos(20_000);
    }
  }

  /** As {@link #offer}, and does not wait. */
  void propose(T stage) {
    offered.set(Objects.requireNonNull(stage));
    wakePlanner.run();
  }

  /** Tells whether something other than the stage in use is offered. Any thread. */
  boolean changed() {
    return offered.get() != inUse;
  }

  /** Returns what is offered. Planner thread only. */
  T offered() {
    return offered.get();
  }

  /** Says that the planner uses this stage from now on. Planner thread only. */
  void use(T stage) {
    inUse = stage;
  }

  /**
   * Says that the stage in use failed and another stands in for it; the failed one is not taken up
   * again until it is offered anew. Planner thread only.
   */
  void replaceFailed(T failed, T standIn) {
    offered.compareAndSet(failed, standIn);
    inUse = standIn;
  }

  /** As {@link #replaceFailed}, for a stage that is offered and not in use. */
  void refuse(T failed) {
    offered.compareAndSet(failed, none);
  }

  /** Returns the stage in use. */
  T inUse() {
    return inUse;
  }

  /** Returns what stands for "no stage". */
  T none() {
    return none;
  }
}
