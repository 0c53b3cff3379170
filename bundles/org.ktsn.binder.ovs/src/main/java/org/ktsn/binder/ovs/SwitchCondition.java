package org.ktsn.binder.ovs;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the switch is: what is the matter with it and since when, and whether the keeper is to look
 * or to stop. Whoever waits for something to be done waits here.
 */
final class SwitchCondition {
  private static final Logger LOG = LoggerFactory.getLogger(SwitchCondition.class);

  private final OvsSettings settings;
  private final DesiredState desired;

  /** Guards the rest, the mark too. */
  private final Object lock = new Object();

  private final AwayMark mark;

  private boolean kicked;
  private boolean stopped;
  private String problem;
  private long awaySinceNs = System.nanoTime();

  SwitchCondition(OvsSettings settings, DesiredState desired, AwayMark mark) {
    this.settings = settings;
    this.mark = mark;
    this.desired = desired;
    this.problem = "Open vSwitch in " + settings.runDirectory() + " has not answered yet";
  }

  /** Has the keeper look. Any thread. */
  void kick() {
    synchronized (lock) {
      kicked = true;
      lock.notifyAll();
    }
  }

  /**
   * Waits until what was asked for up to a revision is done, or the switch has been away for too
   * long. Any thread but the keeper's.
   *
   * @param grace how long the switch may be away
   * @return empty if it is done, else what is the matter
   */
  Optional<String> awaitSettled(long revision, Duration grace) {
    long deadlineNs = System.nanoTime() + 2 * settings.answerLimit().toNanos();
    synchronized (lock) {
      while (!desired.isSettled(revision)) {
        long nowNs = System.nanoTime();
        long untilNs = deadlineNs;
        if (!problem.isEmpty()) {
          untilNs = Math.min(untilNs, awaySinceNs + grace.toNanos());
        }
        if (stopped) {
          return Optional.of("KTSNd is about to stop");
        }
        if (untilNs - nowNs <= 0) {
          return Optional.of(
              problem.isEmpty() ? "Open vSwitch did not carry it out in time" : problem);
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, untilNs - nowNs);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return Optional.of("the wait for Open vSwitch was interrupted");
        }
      }
      return Optional.empty();
    }
  }

  /** Waits until the keeper is to look, at most so long, or to stop. Keeper's thread only. */
  void awaitKick(Duration limit) throws InterruptedException {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    synchronized (lock) {
      while (!kicked && !stopped) {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
      }
      kicked = false;
    }
  }

  /** Waits so long, or until the keeper is to stop. Keeper's thread only. */
  void pause(Duration length) throws InterruptedException {
    long deadlineNs = System.nanoTime() + length.toNanos();
    synchronized (lock) {
      while (!stopped) {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
      }
    }
  }

  /** Says what is the matter with the switch. Keeper's thread only. */
  void away(String message) {
    synchronized (lock) {
      if (stopped) {
        return;
      }
      if (problem.isEmpty()) {
        awaySinceNs = System.nanoTime();
      }
      if (!problem.equals(message)) {
        LOG.warn("event=switch-away bridge={} reason=\"{}\"", settings.bridge(), message);
      }
      problem = message;
      mark.away(System.nanoTime() - awaySinceNs);
      lock.notifyAll();
    }
  }

  /**
   * Says that all is as it is wanted. Keeper's thread only.
   *
   * @param version the switch's
   */
  void well(String version) {
    synchronized (lock) {
      if (!problem.isEmpty()) {
        LOG.info(
            "event=switch-ready version={} bridge={} port={}",
            version,
            settings.bridge(),
            settings.port());
        problem = "";
        mark.clear();
      }
      lock.notifyAll();
    }
  }

  /** Tells whether nothing is the matter. Any thread. */
  boolean isWell() {
    synchronized (lock) {
      return problem.isEmpty();
    }
  }

  /** Says what has been the matter for at least so long; empty if nothing has. Any thread. */
  Optional<String> trouble(Duration patience) {
    synchronized (lock) {
      boolean lasts = System.nanoTime() - awaySinceNs >= patience.toNanos();
      return problem.isEmpty() || stopped || !lasts ? Optional.empty() : Optional.of(problem);
    }
  }

  /** Lets everybody go who waits, the keeper too. Any thread. */
  void stop() {
    synchronized (lock) {
      stopped = true;
      mark.clear();
      lock.notifyAll();
    }
  }
}
