package org.ktsn.cli.testbed;

import java.util.Optional;

/**
 * The list that is in force during a run, or the two: the second from an instant on.
 *
 * @param first the list at the beginning
 * @param change what takes its place
 */
public record ListsInForce(ReportedGates first, Optional<Change> change) {
  private static final long SECOND = 1_000_000_000L;

  /**
   * A change.
   *
   * @param atNs ConfigChangeTime
   * @param list the list from then on
   */
  public record Change(long atNs, ReportedGates list) {}

  /**
   * Returns who judges by the list in force at a frame's instant, and across the change by both.
   */
  public Judge judge() {
    WindowJudge before = new WindowJudge(first);
    if (change.isEmpty()) {
      return before::open;
    }
    long atNs = change.get().atNs();
    WindowJudge after = new WindowJudge(change.get().list());
    return (trafficClass, startNs, durationNs) -> {
      long oldNs = Math.clamp(atNs - startNs, 0, durationNs);
      return (oldNs == 0 || before.open(trafficClass, startNs, oldNs))
          && (oldNs == durationNs || after.open(trafficClass, startNs + oldNs, durationNs - oldNs));
    };
  }

  /** Returns how far into a cycle an instant lies; the cycles are whole nanoseconds here. */
  public long offsetInCycleNs(long atNs) {
    ReportedGates list = change.filter(to -> atNs >= to.atNs()).map(Change::list).orElse(first);
    long cycleNs = SECOND * list.cycleNumerator() / list.cycleDenominator();
    return Math.floorMod(atNs - list.baseTimeNs(), cycleNs);
  }

  /** Says whether a gate is open from an instant on for so long. */
  @FunctionalInterface
  public interface Judge {
    /** Tells whether it is. */
    boolean open(int trafficClass, long startNs, long durationNs);
  }
}
