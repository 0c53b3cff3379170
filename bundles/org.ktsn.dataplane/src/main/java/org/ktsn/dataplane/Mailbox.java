package org.ktsn.dataplane;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How other threads have something done on the planner's thread: rare, small tasks. The planner
 * takes at most one a turn.
 */
final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

  private record Task<T>(Supplier<T> work, CompletableFuture<T> result) {
    /** What ends the planner's life is no exception of the task's: it passes. */
    void run() {
      try {
        result.complete(work.get());
      } catch (RuntimeException | Error e) {
        result.completeExceptionally(e);
      }
    }
  }

  private final ConcurrentLinkedQueue<Task<?>> tasks = new ConcurrentLinkedQueue<>();
  private final Runnable wakePlanner;
  private volatile boolean open = true;

  /** What the planner is at; planner thread only. */
  private Task<?> present;

  Mailbox(Runnable wakePlanner) {
    this.wakePlanner = wakePlanner;
  }

  /** Has something done by the planner and waits for it. Any thread but the planner's. */
  <T> T call(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    tasks.add(new Task<>(work, result));
    wakePlanner.run();
    if (!open) {
      drain();
    }
    try {
      return result.get(5, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the planner failed", e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "the planner did not answer within 5 s; its CPU is taken by something more urgent", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the planner", e);
    }
  }

  /**
   * Has something done by the planner and does not wait; what it throws is logged. Once the planner
   * has ended, nothing happens. Any thread.
   */
  void post(Runnable work) {
    if (!open) {
      return;
    }
    tasks.add(new Task<>(() -> runLogged(work), new CompletableFuture<>()));
    wakePlanner.run();
    if (!open) {
      drain();
    }
  }

  private static Boolean runLogged(Runnable work) {
    try {
      work.run();
      return true;
    } catch (RuntimeException | Error e) {
      LOG.error("event=planner-task-failed", e);
      return false;
    }
  }

  /** Does one task, if there is one. Planner thread only. */
  boolean runOne() {
    if (tasks.isEmpty()) {
      return false;
    }
    present = tasks.poll();
    present.run();
    present = null;
    return true;
  }

  /** Another thread plans: who waits for what the one before was at is told why it was not done. */
  void abandon(RuntimeException why) {
    if (present != null) {
      present.result().completeExceptionally(why);
      present = null;
    }
  }

  boolean isEmpty() {
    return tasks.isEmpty();
  }

  /** The planner has ended: what waits, and whatever comes, is refused. */
  void close() {
    open = false;
    drain();
  }

  private void drain() {
    for (Task<?> task = tasks.poll(); task != null; task = tasks.poll()) {
      task.result().completeExceptionally(new IllegalStateException("the data plane has stopped"));
    }
  }
}
