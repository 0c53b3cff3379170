package org.ktsn.shaper.cbs;

import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;

/**
 * A schedule as the credits see it. Immutable but for the memory of its timeline.
 *
 * @param timeline the gates
 * @param knownFromNs the instant from which on what starts is decided with it in mind; it may lie
 *     before the one from which on it counts
 * @param sinceNs the instant from which on it counts
 * @param oper slopes and limits of the running parameters
 * @param pending those of the pending ones; the same if there are none
 * @param changeNs the instant at which these take effect
 */
record Regime(
    GateTimeline timeline,
    long knownFromNs,
    long sinceNs,
    CreditPlan oper,
    CreditPlan pending,
    long changeNs) {

  /** Returns the instant from which on a schedule counts: what was before does not know of it. */
  static long sinceNs(GateSchedule schedule) {
    return schedule
        .pending()
        .map(due -> Math.max(due.acceptedNs(), schedule.operSinceNs()))
        .orElse(schedule.operSinceNs());
  }

  /** Returns the slopes and limits at an instant. */
  CreditPlan planAt(long atNs) {
    return atNs < changeNs ? oper : pending;
  }
}
