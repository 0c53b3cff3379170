package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ktsn.cli.bench.DepartureOracle.Departure;

/**
 * Compares each decision of the planner with the oracle's, one after the other in the order in
 * which they were made: given what the planner knew then, and what was committed already. So a
 * frame that came late, was dropped, or was away with the launcher, and a planner that woke up
 * late, need no excuse: the oracle knows as much at that instant.
 *
 * <p>A decision is looked for first in the gaps before what is committed, for frames on short
 * notice, and then behind it; in a gap no frame may pass one of its own class behind the gap. Who
 * does not know of a missed launch yet takes its time for taken.
 *
 * @param equal decided as the oracle says, to the nanosecond
 * @param different decided otherwise
 * @param firstDifference the first of these, in words; empty if there is none
 */
record DecisionAudit(long equal, long different, String firstDifference) {
  static final long NEVER = Long.MAX_VALUE;

  private static final int CLASSES = 8;

  /**
   * A frame's stay with the planner, until it was committed or dropped. One that was missed and
   * came back has another.
   *
   * @param knownNs since when it could be planned
   * @param decidedNs when it was committed, or {@link #NEVER}
   * @param plannedNs for which instant
   * @param outOfPlanNs when the planner learned that it was not sent, so that its time was free
   *     again, or that it is dropped; {@link #NEVER} if it was sent
   * @param order the decision's place among all, drops included
   */
  record Stay(
      ClassFlow flow,
      int sequence,
      long knownNs,
      long decidedNs,
      long plannedNs,
      long outOfPlanNs,
      long order) {
    long endNs() {
      return plannedNs + flow.durationNs(sequence);
    }

    boolean isDecided() {
      return decidedNs != NEVER;
    }
  }

  /**
   * Compares.
   *
   * @param oracle knows of no frame yet
   * @param stays every stay of every frame, in any order
   * @param leadNs how long after a decision a frame may start at the earliest
   */
  static DecisionAudit of(DepartureOracle oracle, List<Stay> stays, long leadNs) {
    return new Replay(oracle, stays, leadNs).run();
  }

  /** The planner's decisions, once more. */
  private static final class Replay {
    private final DepartureOracle oracle;
    private final long leadNs;
    private final List<Stay> byKnown;
    private final List<Stay> decisions;

    /** What is committed, by instants. */
    private final List<Stay> committed = new ArrayList<>();

    private int came;

    Replay(DepartureOracle oracle, List<Stay> stays, long leadNs) {
      this.oracle = oracle;
      this.leadNs = leadNs;
      byKnown = stays.stream().sorted(Comparator.comparingLong(Stay::knownNs)).toList();
      decisions = stays.stream().sorted(Comparator.comparingLong(Stay::order)).toList();
    }

    DecisionAudit run() {
      long equal = 0;
      long different = 0;
      String first = "";
      for (Stay stay : decisions) {
        if (!stay.isDecided()) {
          learn(stay.outOfPlanNs());
          oracle.forget(stay.flow(), stay.sequence());
          continue;
        }
        learn(stay.decidedNs());
        Optional<Departure> said = decide(stay.decidedNs());
        Departure is = new Departure(stay.flow(), stay.sequence(), stay.plannedNs());
        if (said.isPresent() && said.get().equals(is)) {
          equal++;
        } else {
          different++;
          first = first.isEmpty() ? difference(stay, said) : first;
        }
        oracle.forget(stay.flow(), stay.sequence());
        commit(stay);
      }
      return new DecisionAudit(equal, different, first);
    }

    private void learn(long nowNs) {
      for (; came < byKnown.size() && byKnown.get(came).knownNs() <= nowNs; came++) {
        oracle.know(byKnown.get(came).flow(), byKnown.get(came).sequence());
      }
      committed.removeIf(stay -> stay.outOfPlanNs() <= nowNs || stay.endNs() <= nowNs);
    }

    private void commit(Stay stay) {
      int place = committed.size();
      while (place > 0 && committed.get(place - 1).plannedNs() > stay.plannedNs()) {
        place--;
      }
      committed.add(place, stay);
    }

    private Optional<Departure> decide(long nowNs) {
      long fromNs = nowNs + leadNs;
      for (int place = 0; place < committed.size(); place++) {
        long untilNs = committed.get(place).plannedNs();
        if (untilNs > fromNs) {
          Optional<Departure> found = oracle.next(fromNs, untilNs, limitsBefore(place));
          if (found.isPresent()) {
            return found;
          }
        }
        fromNs = Math.max(fromNs, committed.get(place).endNs());
      }
      long[] none = new long[CLASSES];
      Arrays.fill(none, NEVER);
      return oracle.next(fromNs, NEVER, none);
    }

    private long[] limitsBefore(int place) {
      long[] limits = new long[CLASSES];
      Arrays.fill(limits, NEVER);
      for (Stay behind : committed.subList(place, committed.size())) {
        int trafficClass = behind.flow().trafficClass();
        long launchNs = behind.flow().launchNs(behind.sequence());
        limits[trafficClass] = Math.min(limits[trafficClass], launchNs);
      }
      return limits;
    }

    private static String difference(Stay is, Optional<Departure> said) {
      return String.format(
          Locale.ROOT,
          "at %d frame %d of class %d was planned for %d; the oracle says %s",
          is.decidedNs(),
          is.sequence(),
          is.flow().trafficClass(),
          is.plannedNs(),
          said.map(
                  other ->
                      String.format(
                          Locale.ROOT,
                          "frame %d of class %d at %d",
                          other.sequence(),
                          other.flow().trafficClass(),
                          other.atNs()))
              .orElse("that there is none"));
    }
  }
}
