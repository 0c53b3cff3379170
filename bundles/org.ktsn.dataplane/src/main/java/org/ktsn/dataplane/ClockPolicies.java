package org.ktsn.dataplane;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.stats.ClockEffect.Gates;
import org.ktsn.api.stats.ClockEffect.Monitor;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the reports on the clock ask for. Without a report, and with one that is too old because its
 * monitor is stuck, everything goes on as though there were no monitor.
 *
 * <p>Reports come from any thread and are only put down here; they are judged by {@link #look}. All
 * but {@link #heard} and {@link #away}: planner thread only. Allocates nothing while nothing
 * changes.
 */
final class ClockPolicies {
  private static final Logger LOG = LoggerFactory.getLogger(ClockPolicies.class);
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000;
  private static final int QUARTER = 4;

  private final long reportLimitNs;
  private volatile Optional<ClockReport> latest = Optional.empty();

  private Optional<ClockReport> followed = Optional.empty();
  private Set<ClockPolicy> policies = Set.of();
  private Monitor monitor = Monitor.AWAY;
  private boolean known;
  private long uncertaintyNs;
  private long guardBandNs;

  /**
   * Makes one that has heard nothing.
   *
   * @param reportLimitNs how old a report may be
   */
  ClockPolicies(long reportLimitNs) {
    this.reportLimitNs = reportLimitNs;
  }

  /**
   * Puts a report down. Any thread.
   *
   * @return whether it should be looked at at once
   */
  boolean heard(ClockReport report) {
    Optional<ClockReport> before = latest;
    latest = Optional.of(report);
    return before.isEmpty()
        || before.get().state() != report.state()
        || !before.get().policies().equals(report.policies());
  }

  /** There is no monitor any more. Any thread. */
  void away() {
    latest = Optional.empty();
  }

  /**
   * Judges the latest report.
   *
   * @param nanoTime the monotonic clock
   * @return whether anything that others see has changed
   */
  boolean look(long nanoTime) {
    Optional<ClockReport> report = latest;
    Monitor monitorBefore = monitor;
    monitor = monitorOf(report, nanoTime);
    tellOfStuck(monitorBefore);
    ClockState stateBefore = state();
    followed = monitor == Monitor.HEARD ? report : Optional.empty();
    Set<ClockPolicy> policiesBefore = policies;
    policies = followed.isPresent() ? followed.get().policies() : Set.of();
    long guardBefore = guardBandNs;
    measure();
    boolean changed = monitor != monitorBefore || state() != stateBefore;
    if (changed || !policies.equals(policiesBefore)) {
      LOG.info(
          "event=clock-policies monitor={} state={} policies={} guard-band-ns={}",
          monitor,
          state(),
          policies,
          guardBandNs);
      changed = true;
    }
    return changed || guardBandNs != guardBefore;
  }

  Monitor monitor() {
    return monitor;
  }

  ClockState state() {
    return followed.isPresent() ? followed.get().state() : ClockState.LOCAL;
  }

  /** Returns by which gates frames leave. */
  Gates gates() {
    if (policies.contains(ClockPolicy.OPEN_ALL_GATES)) {
      return Gates.OPEN;
    }
    return guardBandNs > 0 ? Gates.NARROWED : Gates.AS_SCHEDULED;
  }

  /**
   * Returns by how much windows are narrowed at both ends: the uncertainty and a quarter of it, so
   * that it suffices until the uncertainty has grown by that much and is taken up anew.
   */
  long guardBandNs() {
    return guardBandNs;
  }

  boolean schedulesHeld() {
    return policies.contains(ClockPolicy.HOLD_NEW_SCHEDULES);
  }

  /**
   * Refuses a new schedule while none are taken.
   *
   * @throws ScheduleException that names the clock's state, since when it lasts, and the remedy
   */
  void refuseIfHeld() {
    if (!schedulesHeld()) {
      return;
    }
    ClockReport report = followed.orElseThrow();
    String state = word(report.state());
    String why =
        report.reasons().isEmpty() ? "" : " (" + report.reasons().getFirst().sentence() + ")";
    throw new ScheduleException(
        List.of(
            new ScheduleProblem(
                "",
                ("the clock is %s since %d.%09d TAI%s, and no new schedule is accepted until that"
                        + " changes; see ktsn:ptp, or take hold-new-schedules out of policy.%s of"
                        + " org.ktsn.clock.ptp")
                    .formatted(
                        state,
                        Math.floorDiv(report.sinceTaiNs(), NANOSECONDS_PER_SECOND),
                        Math.floorMod(report.sinceTaiNs(), NANOSECONDS_PER_SECOND),
                        why,
                        state.replace('-', '.')))));
  }

  private static String word(ClockState state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Monitor monitorOf(Optional<ClockReport> report, long nanoTime) {
    if (report.isEmpty()) {
      return Monitor.AWAY;
    }
    return nanoTime - report.get().checkedNanoTime() > reportLimitNs
        ? Monitor.STUCK
        : Monitor.HEARD;
  }

  private void tellOfStuck(Monitor before) {
    if (monitor == Monitor.STUCK && before != Monitor.STUCK) {
      LOG.warn(
          "event=clock-monitor-stuck limit-ms={} action=as-without-monitor",
          reportLimitNs / 1_000_000);
    } else if (before == Monitor.STUCK && monitor == Monitor.HEARD) {
      LOG.info("event=clock-monitor-heard-again");
    }
  }

  /** Where the uncertainty is not known, the last one that was counts. */
  private void measure() {
    boolean widen =
        policies.contains(ClockPolicy.WIDEN_GUARD_BANDS)
            && !policies.contains(ClockPolicy.OPEN_ALL_GATES);
    if (followed.isEmpty()) {
      known = false;
      uncertaintyNs = 0;
    } else {
      OptionalLong now = followed.get().uncertaintyNs();
      if (now.isPresent()) {
        takeUp(Math.clamp(now.getAsLong(), 0, CycleTime.MAX_NANOSECONDS));
      }
    }
    guardBandNs = widen ? uncertaintyNs + Math.ceilDiv(uncertaintyNs, QUARTER) : 0;
  }

  private void takeUp(long nowNs) {
    if (!known || Math.abs(nowNs - uncertaintyNs) > uncertaintyNs / QUARTER) {
      known = true;
      uncertaintyNs = nowNs;
    }
  }
}
