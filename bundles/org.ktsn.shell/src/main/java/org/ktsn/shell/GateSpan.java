package org.ktsn.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;

/**
 * The gates over a stretch of time, as {@link GateTimeline} has them: from {@link #fromNs} until
 * before {@link #toNs}, in TAI nanoseconds. Not thread-safe.
 */
final class GateSpan {
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;

  private final GateTimeline timeline;
  private final Optional<Long> changeNs;
  private final CycleTime cycleTime;
  private final boolean listRuns;
  private final long fromNs;
  private final long toNs;

  /** A time in which a gate is open. */
  record Window(long fromNs, long toNs) {}

  private GateSpan(GateSchedule schedule, long nowNs, int cycles) {
    timeline = new GateTimeline(schedule);
    changeNs = schedule.pending().map(GateSchedule.Pending::configChangeTimeNs);
    boolean runs = schedule.oper().gateEnabled();
    GateParameters shown =
        schedule
            .pending()
            .filter(pending -> !runs)
            .map(GateSchedule.Pending::parameters)
            .orElse(schedule.oper());
    cycleTime = shown.cycleTime();
    long startNs = timeline.cycleStartNs(nowNs);
    listRuns = startNs != GateTimeline.NO_CYCLE;
    fromNs = listRuns ? startNs : nowNs;
    toNs = fromNs + lengthNs(cycleTime, cycles);
  }

  private static long lengthNs(CycleTime cycle, int cycles) {
    long fraction = cycle.numerator() * NANOSECONDS_PER_SECOND % cycle.denominator();
    return cycles * cycle.nanosecondsRoundedDown() + cycles * fraction / cycle.denominator();
  }

  /**
   * Looks at some cycles' time from the start of the cycle in progress on, or from now on if there
   * is none.
   */
  static GateSpan of(GateSchedule schedule, long nowNs, int cycles) {
    return new GateSpan(schedule, nowNs, cycles);
  }

  long fromNs() {
    return fromNs;
  }

  long toNs() {
    return toNs;
  }

  /** Tells whether a list runs at its beginning. */
  boolean listRuns() {
    return listRuns;
  }

  /** Returns the cycle time of the list that runs or, if none does, of the pending one. */
  CycleTime cycleTime() {
    return cycleTime;
  }

  boolean holds(long atNs) {
    return atNs >= fromNs && atNs < toNs;
  }

  /** Returns when the pending schedule takes effect, if there is one; perhaps after the stretch. */
  Optional<Long> changeNs() {
    return changeNs;
  }

  boolean isOpen(int trafficClass, long atNs) {
    return timeline.nextOpen(trafficClass, atNs) == atNs;
  }

  /** Returns the first instant after one at which a gate opens or closes. */
  long nextChange(int trafficClass, long atNs) {
    return isOpen(trafficClass, atNs)
        ? timeline.nextClose(trafficClass, atNs)
        : timeline.nextOpen(trafficClass, atNs);
  }

  /** Returns when the gate of a class is open, cut to the stretch. */
  List<Window> windows(int trafficClass) {
    List<Window> windows = new ArrayList<>();
    long openNs = timeline.nextOpen(trafficClass, fromNs);
    while (openNs < toNs) {
      long closeNs = timeline.nextClose(trafficClass, openNs);
      windows.add(new Window(openNs, Math.min(closeNs, toNs)));
      openNs = closeNs < toNs ? timeline.nextOpen(trafficClass, closeNs) : toNs;
    }
    return windows;
  }

  /** Returns the instants at which cycles start. */
  List<Long> cycleStartsNs() {
    List<Long> backwards = new ArrayList<>();
    long atNs = toNs - 1;
    while (atNs >= fromNs) {
      long startNs = timeline.cycleStartNs(atNs);
      if (startNs != GateTimeline.NO_CYCLE) {
        if (startNs >= fromNs) {
          backwards.add(startNs);
        }
        atNs = startNs - 1;
      } else if (changeNs.isPresent() && atNs >= changeNs.get()) {
        atNs = changeNs.get() - 1; // until the first new cycle the gates are held
      } else {
        break;
      }
    }
    return backwards.reversed();
  }
}
