package org.ktsn.pod;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether the limits of what is sent to pods are still there, and puts back what
 * the switch has removed. A thread of its own, {@code ktsn-pod-limits}: it waits for a command of
 * the kernel's, and holds no lock meanwhile.
 */
final class IngressLimitWatch {
  private static final Logger LOG = LoggerFactory.getLogger(IngressLimitWatch.class);
  private static final long EVERY_MS = 2_000;

  private final IngressQdisc qdisc;
  private final AttachedPods pods;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("ktsn-pod-limits").factory());
  private final ScheduledFuture<?> looks;

  /** Begins to look. */
  IngressLimitWatch(IngressQdisc qdisc, AttachedPods pods) {
    this.qdisc = qdisc;
    this.pods = pods;
    looks = thread.scheduleWithFixedDelay(this::look, EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /** Ends it; the limits stay. */
  void close() {
    looks.cancel(true);
    thread.shutdownNow();
  }

  private void look() {
    try {
      qdisc.restore(pods.pods());
    } catch (RuntimeException | Error e) { // whatever it is: it is looked again
      LOG.warn("event=ingress-limits-not-looked-at reason=\"{}\"", e.getMessage());
    }
  }
}
