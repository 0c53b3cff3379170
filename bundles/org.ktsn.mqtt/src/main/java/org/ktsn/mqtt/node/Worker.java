package org.ktsn.mqtt.node;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.ktsn.runtime.FailureBook;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that does what takes longer, one thing after the other. Any thread may ask. */
public final class Worker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final ScheduledExecutorService executor;
  private final FailureBook failures;
  private Runnable cancelTimer = () -> {};

  /** Makes a thread of this name. */
  public Worker(String name) {
    executor = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name(name).factory());
    failures =
        new FailureBook("the thread " + name, "the log says more; if it lasts, restart KTSNd");
  }

  /** Does something after what is under way. */
  public void soon(Runnable task) {
    later(task, 0);
  }

  /** Does something after some time. */
  public void later(Runnable task, long delayNs) {
    Future<?> accepted = submit(task, delayNs);
    LOG.trace("event=task-accepted cancelled={}", accepted.isCancelled());
  }

  /** Does something after some time, instead of what was to be done by the last such call. */
  public synchronized void onlyLater(Runnable task, long delayNs) {
    cancelTimer.run();
    Future<?> accepted = submit(task, delayNs);
    cancelTimer = () -> accepted.cancel(false);
  }

  /** Does something again and again. */
  public void every(Runnable task, int periodS) {
    Runnable again =
        () -> {
          run(task);
          every(task, periodS);
        };
    later(again, TimeUnit.SECONDS.toNanos(periodS));
  }

  private Future<?> submit(Runnable task, long delayNs) {
    try {
      return executor.schedule(() -> run(task), delayNs, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return java.util.concurrent.CompletableFuture.completedFuture(null); // the node is going
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) { // the other tasks go on, and those that come again
      boolean told = failures.failed(e);
      LOG.debug("event=mqtt-task-failed told={}", told);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
    failures.close();
  }
}
