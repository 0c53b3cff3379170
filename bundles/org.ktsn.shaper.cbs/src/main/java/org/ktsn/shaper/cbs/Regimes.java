package org.ktsn.shaper.cbs;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.schedule.GateTimeline;

/**
 * The schedules by which credits run, each from its instant on: what is planned ahead still runs by
 * the one before. Shared by the accounts of all classes. Planner thread only; only {@link #takeUp}
 * allocates.
 */
final class Regimes {
  private static final int MOST = 8;

  /** In the order of their instants; the first one counts for all time before it as well. */
  private Regime[] regimes;

  Regimes(Regime first) {
    regimes = new Regime[] {first};
  }

  /** Returns the schedule that counts at an instant. */
  Regime at(long atNs) {
    int index = regimes.length - 1;
    while (index > 0 && atNs < regimes[index].sinceNs()) {
      index--;
    }
    return regimes[index];
  }

  /** Returns when a gate closes next that is open at an instant, as far as was known then. */
  long nextCloseNs(int trafficClass, long atNs) {
    Regime now = at(atNs);
    long closeNs = now.timeline().nextClose(trafficClass, atNs);
    Regime known = knownAt(atNs);
    long sinceNs = known.sinceNs();
    if (sinceNs <= atNs || closeNs < sinceNs) {
      return closeNs;
    }
    return known.timeline().nextOpen(trafficClass, sinceNs) > sinceNs
        ? sinceNs
        : known.timeline().nextClose(trafficClass, sinceNs);
  }

  private Regime knownAt(long atNs) {
    int index = regimes.length - 1;
    while (index > 0 && atNs < regimes[index].knownFromNs()) {
      index--;
    }
    return regimes[index];
  }

  /** Returns the slopes and limits at an instant. */
  CreditPlan planAt(long atNs) {
    return at(atNs).planAt(atNs);
  }

  /** Returns until when slopes and what is known of gates stay what they are at an instant. */
  long sameUntilNs(long atNs) {
    Regime now = at(atNs);
    long untilNs = atNs < now.changeNs() ? now.changeNs() : GateTimeline.NEVER;
    for (int index = 1; index < regimes.length; index++) {
      if (regimes[index].knownFromNs() > atNs) {
        untilNs = Math.min(untilNs, regimes[index].knownFromNs());
      }
      if (regimes[index].sinceNs() > atNs) {
        return Math.min(untilNs, regimes[index].sinceNs());
      }
    }
    return untilNs;
  }

  /** Returns to which instant credits must be settled at least before another one is taken up. */
  long leastSettledNs() {
    return regimes.length < MOST ? Long.MIN_VALUE : regimes[1].sinceNs();
  }

  /**
   * Takes up another one, in place of those that would have counted from the same instant or later.
   *
   * @param settledNs until when all credits are settled: what counted before is forgotten
   */
  void takeUp(Regime next, long settledNs) {
    List<Regime> kept = new ArrayList<>();
    for (int index = 0; index < regimes.length; index++) {
      boolean over = index + 1 < regimes.length && regimes[index + 1].sinceNs() <= settledNs;
      if (!over && regimes[index].sinceNs() < next.sinceNs()) {
        kept.add(regimes[index]);
      }
    }
    kept.add(next);
    regimes = kept.toArray(Regime[]::new);
  }
}
