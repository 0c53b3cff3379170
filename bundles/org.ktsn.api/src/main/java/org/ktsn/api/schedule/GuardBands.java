package org.ktsn.api.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Narrows the windows of a schedule for a clock that may be wrong: a frame that leaves inside a
 * narrowed window leaves inside the true one, whatever the clock's error is up to the uncertainty.
 * Pure functions; any thread.
 */
public final class GuardBands {
  private static final int CLASSES = 8;
  private static final int CLASS_BITS = 3;
  private static final long LONGEST_INTERVAL_NS = 0xffff_ffffL;

  private GuardBands() {}

  /**
   * Narrows every window of each class at both ends. In the cycles of the list that is returned, a
   * gate is open at an instant if and only if the given list has it open from {@code uncertaintyNs}
   * before to {@code uncertaintyNs} after it.
   *
   * <p>A window across the cycle's wrap is one window. A class that is open all the time stays so;
   * a window that is too short vanishes. Two exceptions, both towards closed: where a cycle is no
   * whole number of nanoseconds, an end may lie a nanosecond further inside; and where a cycle may
   * be stretched into entries beyond its regular end that close a gate, this gate's window counts
   * as ending with the cycle. While no list runs, the gates stand still and nothing changes.
   *
   * @param parameters what is in force, or will be
   * @param uncertaintyNs how far the clock may be wrong, in nanoseconds; 0 or more
   * @return the narrowed list, of {@link GateParameters#MAX_ENTRIES_NARROWED} entries at most, that
   *     only sets gates; all else is as given
   */
  public static GateParameters widen(GateParameters parameters, long uncertaintyNs) {
    if (uncertaintyNs < 0) {
      throw new IllegalArgumentException(
          "an uncertainty of " + uncertaintyNs + " ns; give 0 or more");
    }
    GateProgram program = new GateProgram(parameters);
    if (uncertaintyNs == 0 || !program.cyclic()) {
      return parameters;
    }
    return new GateParameters(
        true,
        parameters.adminGateStates(),
        new Narrowing(program, parameters, uncertaintyNs).list(),
        parameters.cycleTime(),
        parameters.cycleTimeExtensionNs(),
        parameters.baseTimeNs(),
        parameters.queueMaxSdu());
  }

  /**
   * Narrows every window of what is in force and of what is pending, as {@link
   * #widen(GateParameters, long)} does, and around the change from the one to the other: there a
   * gate is open only if it is before and after.
   */
  public static GateSchedule widen(GateSchedule schedule, long uncertaintyNs) {
    return new GateSchedule(
        widen(schedule.oper(), uncertaintyNs),
        schedule.operSinceNs(),
        schedule.pending().map(pending -> widen(pending, uncertaintyNs)),
        schedule.configChangeErrors());
  }

  private static GateSchedule.Pending widen(GateSchedule.Pending pending, long uncertaintyNs) {
    return new GateSchedule.Pending(
        widen(pending.parameters(), uncertaintyNs),
        pending.configChangeTimeNs(),
        pending.acceptedNs(),
        pending.cycleStartNs(),
        pending.stretched(),
        Math.min(uncertaintyNs, CycleTime.MAX_NANOSECONDS));
  }

  /**
   * Returns the classes whose windows have all vanished, one bit per class, bit 7 for class 7: they
   * have some in one schedule and none in the other, in force or pending.
   *
   * @param narrowed what {@link #widen(GateSchedule, long)} made of the given schedule
   */
  public static int closedClasses(GateSchedule given, GateSchedule narrowed) {
    int closed = everOpen(given.oper()) & ~everOpen(narrowed.oper());
    Optional<GateParameters> before = given.pending().map(GateSchedule.Pending::parameters);
    Optional<GateParameters> after = narrowed.pending().map(GateSchedule.Pending::parameters);
    return before.isPresent() && after.isPresent()
        ? closed | (everOpen(before.get()) & ~everOpen(after.get()))
        : closed;
  }

  private static int everOpen(GateParameters parameters) {
    GateProgram program = new GateProgram(parameters);
    if (!program.cyclic()) {
      return program.idleStates();
    }
    int states = 0;
    for (int entry = 0; entry < program.regularEntries(); entry++) {
      states |= program.states(entry);
    }
    return states;
  }

  /** The work on one list: collects where gates change, then writes the entries between. */
  private static final class Narrowing {
    private final GateProgram program;
    private final long cycleNs;
    private final long uncertaintyNs;
    private final int regular;
    private final int endingWithCycle;

    /** Where a gate changes: the offset in the cycle, and the class in the lowest bits. */
    private long[] changes = new long[64];

    private int count;

    Narrowing(GateProgram program, GateParameters parameters, long uncertaintyNs) {
      this.program = program;
      this.uncertaintyNs = Math.min(uncertaintyNs, CycleTime.MAX_NANOSECONDS);
      cycleNs = parameters.cycleTime().nanosecondsRoundedDown();
      regular = program.regularEntries();
      int openBeyond = 0xff;
      if (parameters.cycleTimeExtensionNs() > 0) {
        for (int entry = regular; entry < program.length(); entry++) {
          openBeyond &= program.states(entry);
        }
      }
      endingWithCycle = ~openBeyond;
    }

    List<GateControlEntry> list() {
      for (int trafficClass = 0; trafficClass < CLASSES; trafficClass++) {
        narrow(trafficClass);
      }
      Arrays.sort(changes, 0, count);
      List<GateControlEntry> entries = new ArrayList<>();
      int states = 0;
      long fromNs = 0;
      for (int i = 0; i < count; i++) {
        long atNs = changes[i] >> CLASS_BITS;
        if (atNs > fromNs) {
          hold(states, atNs - fromNs, entries);
          fromNs = atNs;
        }
        states ^= 1 << (changes[i] & (CLASSES - 1));
      }
      hold(states, cycleNs - fromNs, entries);
      return entries;
    }

    private static void hold(int states, long durationNs, List<GateControlEntry> out) {
      long restNs = durationNs;
      for (; restNs > LONGEST_INTERVAL_NS; restNs -= LONGEST_INTERVAL_NS) {
        out.add(new GateControlEntry(GateOperation.SET_GATE_STATES, states, LONGEST_INTERVAL_NS));
      }
      out.add(new GateControlEntry(GateOperation.SET_GATE_STATES, states, restNs));
    }

    private void narrow(int trafficClass) {
      boolean wraps = (endingWithCycle >> trafficClass & 1) == 0;
      boolean closes = false;
      for (int entry = 0; entry < regular; entry++) {
        boolean before =
            entry == 0
                ? wraps && isOpen(trafficClass, regular - 1)
                : isOpen(trafficClass, entry - 1);
        boolean open = isOpen(trafficClass, entry);
        closes |= !open || !before;
        if (open && !before) {
          window(trafficClass, program.offsetNs(entry), closeNs(trafficClass, entry, wraps));
        }
      }
      if (!closes) {
        change(trafficClass, 0);
      }
    }

    private boolean isOpen(int trafficClass, int entry) {
      return (program.states(entry) >> trafficClass & 1) != 0;
    }

    /** Returns the offset at which a window closes, beyond the cycle if it does in the next one. */
    private long closeNs(int trafficClass, int opens, boolean wraps) {
      for (int entry = opens + 1; entry < regular; entry++) {
        if (!isOpen(trafficClass, entry)) {
          return program.offsetNs(entry);
        }
      }
      int entry = 0;
      while (wraps && isOpen(trafficClass, entry)) {
        entry++;
      }
      return cycleNs + program.offsetNs(entry);
    }

    private void window(int trafficClass, long opensNs, long closesNs) {
      long fromNs = opensNs + uncertaintyNs;
      long toNs = closesNs - uncertaintyNs;
      if (fromNs >= toNs) {
        return;
      }
      if (fromNs >= cycleNs) {
        fromNs -= cycleNs;
        toNs -= cycleNs;
      }
      change(trafficClass, fromNs);
      if (toNs > cycleNs) {
        change(trafficClass, 0);
        change(trafficClass, toNs - cycleNs);
      } else if (toNs < cycleNs) {
        change(trafficClass, toNs);
      }
    }

    private void change(int trafficClass, long atNs) {
      if (count == changes.length) {
        changes = Arrays.copyOf(changes, 2 * count);
      }
      changes[count++] = atNs << CLASS_BITS | trafficClass;
    }
  }
}
