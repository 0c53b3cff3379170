package org.ktsn.schedule.mqtt.node;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.ktsn.runtime.FailureBook;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that does what takes longer, one thing after the other. Any thread may ask. */
final class Worker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("ktsn-mqtt-node").factory());
  private final FailureBook failures =
      new FailureBook("the thread ktsn-mqtt-node", "the log says more; if it lasts, restart KTSNd");
  private Runnable cancelTimer = () -> {};

  /** Does something after what is under way. */
  void soon(Runnable task) {
    later(task, 0);
  }

  /** Does something after some time. */
  void later(Runnable task, long delayNs) {
    Future<?> accepted = submit(task, delayNs);
    LOG.trace("event=task-accepted cancelled={}", accepted.isCancelled());
  }

  /** Does something after some time, instead of what was to be done by the last such call. */
  synchronized void onlyLater(Runnable task, long delayNs) {
    cancelTimer.run();
    Future<?> accepted = submit(task, delayNs);
    cancelTimer = () -> accepted.cancel(false);
  }

  /** Does something again and again. */
  void every(Runnable task, int periodS) {
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
