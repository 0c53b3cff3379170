package org.ktsn.dataplane;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one clock monitor for its report now and then, in a thread of its own: a monitor is somebody
 * else's code and may fail, or not come back. Its observers only hear of changes; the uncertainty
 * grows in between.
 */
final class ClockPoll implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ClockPoll.class);
  private static final long INTERVAL_NS = 200_000_000;

  private final ClockQuality monitor;
  private final Consumer<ClockReport> heard;
  private final Thread thread =
      Thread.ofPlatform().name("ktsn-clock-poll").daemon().unstarted(this);
  private boolean failed;
  private boolean stopped;

  /**
   * Makes one that asks nothing before {@link #start}.
   *
   * @param heard gets each report; must not block
   */
  ClockPoll(ClockQuality monitor, Consumer<ClockReport> heard) {
    this.monitor = monitor;
    this.heard = heard;
  }

  void start() {
    thread.start();
  }

  /** Has it ask now. Does not wait. */
  void askNow() {
    LockSupport.unpark(thread);
  }

  /** Ends it; nothing is heard of it any more. Does not wait for the monitor. */
  synchronized void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private synchronized void tell(ClockReport report) {
    if (!stopped) {
      heard.accept(report);
    }
  }

  boolean asks(ClockQuality other) {
    return monitor == other;
  }

  @Override
  public void run() {
    while (!isStopped()) {
      ask();
      LockSupport.parkNanos(INTERVAL_NS);
    }
  }

  private void ask() {
    try {
      tell(monitor.report());
      failed = false;
    } catch (RuntimeException | Error e) {
      if (!failed) {
        LOG.error("event=clock-monitor-failed action=last-report-until-it-is-old", e);
      }
      failed = true;
    }
  }
}
