package org.ktsn.runtime;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A thread that must not end before it is told to: it takes turns, and one that fails, with
 * whatever exception or error, is followed by the next one after a pause. The pauses grow from 10
 * ms to 1 s while it goes on failing. Each kind of failure is logged once and shown by {@code
 * ktsn:health}.
 */
public final class LastingThread {
  static final long FIRST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);
  static final long LONGEST_PAUSE_NS = TimeUnit.SECONDS.toNanos(1);

  /** What is done again and again. */
  @ConsumerType
  @FunctionalInterface
  public interface Turn {
    /**
     * Takes a turn; waits for work as long as it likes.
     *
     * @throws Exception if it failed. An {@link InterruptedException} is none: it only ends the
     *     turn
     */
    void take() throws Exception;
  }

  /** Waits between two turns, at most so many ns. */
  @FunctionalInterface
  interface Pause {
    void await(long limitNs) throws InterruptedException;
  }

  private final Thread thread;
  private final FailureBook failures;
  private final Turn turn;
  private final Runnable atEnd;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Pause pause;

  /** Makes one without a last act. */
  public LastingThread(Thread.Builder builder, String name, Turn turn) {
    this(builder, name, turn, () -> {});
  }

  /**
   * Makes one; nothing runs before {@link #start}.
   *
   * @param builder makes the thread: {@code Thread.ofPlatform().daemon()}, {@code
   *     Thread.ofVirtual()}
   * @param name its name
   * @param turn what it does again and again
   * @param atEnd what it does last, when it was told to stop
   */
  public LastingThread(Thread.Builder builder, String name, Turn turn, Runnable atEnd) {
    this(
        builder,
        name,
        turn,
        atEnd,
        new FailureBook("the thread " + name, "the log says more; if it lasts, restart KTSNd"),
        null);
  }

  LastingThread(
      Thread.Builder builder,
      String name,
      Turn turn,
      Runnable atEnd,
      FailureBook failures,
      Pause pause) {
    this.turn = turn;
    this.atEnd = atEnd;
    this.failures = failures;
    this.pause = pause == null ? this::awaitStop : pause;
    thread = builder.name(name).unstarted(this::run);
  }

  /** Starts it; returns itself. */
  public LastingThread start() {
    thread.start();
    return this;
  }

  /** Has it end after its present turn. Does not wait, and does not interrupt the turn. */
  public void stop() {
    stopping.countDown();
  }

  /** Tells whether it was told to stop. */
  public boolean isStopping() {
    return stopping.getCount() == 0;
  }

  /** Interrupts the present turn. */
  public void interrupt() {
    thread.interrupt();
  }

  /**
   * Waits until it has ended; at once, if it was never started.
   *
   * @return whether it has ended
   */
  public boolean join(Duration limit) throws InterruptedException {
    return thread.getState() == Thread.State.NEW || thread.join(limit);
  }

  private void run() {
    try {
      long pauseNs = FIRST_PAUSE_NS;
      while (!isStopping()) {
        pauseNs = takeTurn() ? FIRST_PAUSE_NS : pauseAfterFailure(pauseNs);
      }
      atEnd.run();
    } catch (RuntimeException | Error e) {
      failures.failed(e);
    } finally {
      failures.close();
    }
  }

  private boolean takeTurn() {
    try {
      turn.take();
      return true;
    } catch (InterruptedException e) {
      return true; // to stop, or for a reason that the turn has dealt with
    } catch (Throwable e) {
      if (!isStopping()) {
        failures.failed(e);
      }
      return false;
    }
  }

  /** Waits; returns how long to wait the next time. */
  private long pauseAfterFailure(long pauseNs) {
    try {
      pause.await(pauseNs);
    } catch (InterruptedException e) {
      return pauseNs; // the next turn may look, or it is to stop
    }
    return Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
  }

  private void awaitStop(long limitNs) throws InterruptedException {
    boolean stopped = stopping.await(limitNs, TimeUnit.NANOSECONDS);
    assert !stopped || isStopping();
  }
}
