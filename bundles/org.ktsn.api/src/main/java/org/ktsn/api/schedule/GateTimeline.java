package org.ktsn.api.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the gates stand at any instant: a {@link GateSchedule} unrolled along time, across the
 * cycle's wrap, stretched and cut cycles, and into a pending schedule (IEEE 802.1Q-2022 8.6.9).
 * Times are TAI nanoseconds; cycles keep their exact phase. Nothing is allocated after
 * construction; not thread-safe.
 *
 * <p>Before the base time of a list, and without a list, the gates hold the admin gate states. The
 * last entry of a list lasts until its cycle ends; entries beyond the cycle do not run. The last
 * cycle before a pending schedule is cut, or is stretched by the cycle time extension of the
 * running one at most, and then the list goes on and its last entry is held. Instants before {@link
 * GateSchedule#operSinceNs()} are answered as though the operational parameters had been in force
 * then.
 */
public final class GateTimeline {
  /** The answer of {@link #nextOpen} and {@link #nextClose} when it never happens. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The answer of {@link #cycleStartNs} while no list runs. */
  public static final long NO_CYCLE = Span.NO_CYCLE;

  private final Span[] spans;

  /** Unrolls a schedule. */
  public GateTimeline(GateSchedule schedule) {
    List<Span> all = new ArrayList<>();
    GateProgram oper = new GateProgram(schedule.oper());
    if (schedule.pending().isPresent()) {
      GateSchedule.Pending pending = schedule.pending().get();
      unrollUntil(pending, oper, schedule.oper().cycleTimeExtensionNs(), all);
      unrollFrom(pending, all);
      all.removeIf(span -> span.fromNs() >= span.toNs());
      if (pending.guardBandNs() > 0) {
        guardChange(pending, all);
      }
    } else {
      unroll(oper, Long.MIN_VALUE, NEVER, all);
    }
    all.removeIf(span -> span.fromNs() >= span.toNs());
    spans = all.toArray(Span[]::new);
  }

  /** Returns the states of all gates at an instant, bit 7 for class 7. */
  public int gateStates(long atNs) {
    return spans[spanAt(atNs)].states(atNs);
  }

  /**
   * Returns the first instant, at {@code atNs} or later, at which the gate of a class is open, or
   * {@link #NEVER}.
   */
  public long nextOpen(int trafficClass, long atNs) {
    return isOpen(trafficClass, atNs) ? atNs : nextChange(trafficClass, atNs);
  }

  /**
   * Returns the first instant after {@code atNs} at which the gate of a class, open at {@code
   * atNs}, closes; it looks through consecutive open entries. {@link #NEVER} if it stays open.
   * Returns {@code atNs} if the gate is closed then.
   */
  public long nextClose(int trafficClass, long atNs) {
    return isOpen(trafficClass, atNs) ? nextChange(trafficClass, atNs) : atNs;
  }

  /** Returns the first instant after {@code atNs} at which any gate changes, or {@link #NEVER}. */
  public long nextChange(long atNs) {
    return nextChange(GateProgram.ANY_CLASS, atNs);
  }

  /**
   * Returns the first instant, at {@code atNs} or later, from which the gate of a class stays open
   * for a time, or {@link #NEVER}: the earliest start of a frame of that duration (8.6.8.4). Where
   * a cycle is no whole number of nanoseconds, a window that only the cycles have that are rounded
   * up does not count.
   *
   * @param durationNs 0 or more
   */
  public long nextWindow(int trafficClass, long atNs, long durationNs) {
    long fromNs = atNs;
    while (fromNs != NEVER) {
      long openNs = nextOpen(trafficClass, fromNs);
      if (openNs == NEVER) {
        return NEVER;
      }
      long closeNs = nextChange(trafficClass, openNs);
      if (closeNs == NEVER || closeNs - openNs >= durationNs) {
        return openNs;
      }
      fromNs = spans[spanAt(closeNs)].skipShortWindows(trafficClass, closeNs, durationNs);
    }
    return NEVER;
  }

  /** Returns the start of the cycle in progress at an instant, or {@link #NO_CYCLE}. */
  public long cycleStartNs(long atNs) {
    return spans[spanAt(atNs)].cycleStartNs(atNs);
  }

  /** Returns the last cycle of irregular length that was over at an instant. */
  Optional<GateSchedule.Stretched> lastStretchedBefore(long atNs) {
    for (int index = spans.length - 1; index >= 0; index--) {
      if (spans[index] instanceof Span.OneCycle(long fromNs, long toNs, _) && toNs <= atNs) {
        return Optional.of(new GateSchedule.Stretched(fromNs, toNs));
      }
    }
    return Optional.empty();
  }

  /**
   * Returns the sum of an instant and a time after it, or {@link #NEVER} beyond the end of time.
   */
  static long later(long atNs, long durationNs) {
    long sum = atNs + durationNs;
    return sum < atNs ? NEVER : sum;
  }

  private boolean isOpen(int trafficClass, long atNs) {
    return (gateStates(atNs) >> trafficClass & 1) != 0;
  }

  /** Returns the first later instant at which a class, or any, stands otherwise. */
  private long nextChange(int column, long atNs) {
    int index = spanAt(atNs);
    int mask = column == GateProgram.ANY_CLASS ? 0xff : 1 << column;
    int states = spans[index].states(atNs) & mask;
    long fromNs = atNs;
    while (true) {
      Span span = spans[index];
      long changeNs = span.nextChange(column, fromNs);
      if (changeNs < span.toNs() || ++index == spans.length) {
        return changeNs;
      }
      fromNs = spans[index].fromNs();
      if ((spans[index].states(fromNs) & mask) != states) {
        return fromNs;
      }
    }
  }

  /** Returns the index of the span that holds an instant; there are ten at most. */
  private int spanAt(long atNs) {
    int index = spans.length - 1;
    while (index > 0 && atNs < spans[index].fromNs()) {
      index--;
    }
    return index;
  }

  /** A program from an instant on: idle states until its base time, then its cycles. */
  private static void unroll(GateProgram program, long fromNs, long toNs, List<Span> out) {
    if (!program.cyclic()) {
      out.add(new Span.Held(fromNs, toNs, program.idleStates()));
      return;
    }
    long baseNs = Math.max(fromNs, program.phase().baseNs());
    out.add(new Span.Held(fromNs, Math.min(baseNs, toNs), program.idleStates()));
    out.add(new Span.Cycles(baseNs, toNs, program));
  }

  /**
   * The running program up to a change. Its last cycle is the first, from the one in progress when
   * the change was accepted, whose regular end lies less than the extension before the change, or
   * after it (SetCycleStartTime, 8.6.9.1.1).
   */
  private static void unrollUntil(
      GateSchedule.Pending pending, GateProgram oper, long extensionNs, List<Span> out) {
    long changeNs = pending.configChangeTimeNs();
    CyclePhase phase = oper.phase();
    if (!oper.cyclic() || changeNs <= phase.baseNs()) {
      unroll(oper, Long.MIN_VALUE, changeNs, out);
      return;
    }
    long earliestNextStartNs = changeNs - extensionNs;
    long inProgressNs = pending.cycleStartNs();
    long nextStartNs; // the first start that the change can still move
    if (inProgressNs == Span.NO_CYCLE) {
      nextStartNs = phase.startAtOrAfter(pending.acceptedNs());
      if (nextStartNs == phase.baseNs() && earliestNextStartNs <= nextStartNs) {
        out.add(new Span.Held(Long.MIN_VALUE, changeNs, oper.idleStates()));
        return;
      }
      unroll(oper, Long.MIN_VALUE, nextStartNs, out);
    } else {
      unrollPast(pending, oper, inProgressNs, out);
      long regularEndNs = phase.endOf(inProgressNs);
      if (earliestNextStartNs <= regularEndNs) {
        out.add(new Span.OneCycle(inProgressNs, changeNs, oper));
        return;
      }
      // A cycle that an earlier change had stretched already is held until the next regular start.
      nextStartNs = phase.startAtOrAfter(Math.max(regularEndNs, pending.acceptedNs()));
      out.add(new Span.OneCycle(inProgressNs, Math.min(nextStartNs, changeNs), oper));
    }
    if (nextStartNs >= changeNs) {
      return;
    }
    long firstAllowedNs = phase.startAtOrAfter(earliestNextStartNs);
    long lastStartNs =
        firstAllowedNs > nextStartNs ? phase.startOf(firstAllowedNs - 1) : nextStartNs;
    out.add(new Span.Cycles(nextStartNs, lastStartNs, oper));
    out.add(new Span.OneCycle(lastStartNs, changeNs, oper));
  }

  /** The running program up to a start of one of its cycles, as it was. */
  private static void unrollPast(
      GateSchedule.Pending pending, GateProgram oper, long toNs, List<Span> out) {
    if (pending.stretched().isEmpty()) {
      unroll(oper, Long.MIN_VALUE, toNs, out);
      return;
    }
    GateSchedule.Stretched past = pending.stretched().get();
    unroll(oper, Long.MIN_VALUE, past.fromNs(), out);
    out.add(new Span.OneCycle(past.fromNs(), past.toNs(), oper));
    out.add(new Span.Cycles(past.toNs(), toNs, oper));
  }

  /** The pending program from its change on; until its first cycle the gates hold. */
  private static void unrollFrom(GateSchedule.Pending pending, List<Span> out) {
    long changeNs = pending.configChangeTimeNs();
    GateProgram program = new GateProgram(pending.parameters());
    if (!program.cyclic()) {
      out.add(new Span.Held(changeNs, NEVER, program.idleStates()));
      return;
    }
    long firstStartNs = program.phase().startAtOrAfter(changeNs);
    if (firstStartNs > changeNs) {
      out.removeIf(span -> span.fromNs() >= span.toNs());
      int held = out.getLast().states(changeNs - 1);
      out.add(new Span.Held(changeNs, firstStartNs, held));
    }
    out.add(new Span.Cycles(firstStartNs, NEVER, program));
  }

  /**
   * Around a change a gate is open only if it is open just before and just after, and wherever the
   * running list itself begins or is stretched so shortly before the change.
   */
  private static void guardChange(GateSchedule.Pending pending, List<Span> all) {
    long fromNs = pending.configChangeTimeNs() - pending.guardBandNs();
    long toNs = later(pending.configChangeTimeNs(), pending.guardBandNs());
    int held = states(all, fromNs - 1) & states(all, toNs);
    for (Span span : all) {
      if (span.fromNs() >= fromNs && span.fromNs() < pending.configChangeTimeNs()) {
        held &= span.states(span.fromNs());
      }
    }
    List<Span> before = new ArrayList<>();
    List<Span> after = new ArrayList<>();
    for (Span span : all) {
      before.add(span.between(span.fromNs(), Math.min(span.toNs(), fromNs)));
      after.add(span.between(Math.max(span.fromNs(), toNs), span.toNs()));
    }
    after.removeIf(span -> span.fromNs() >= span.toNs());
    all.clear();
    all.addAll(before);
    all.add(new Span.Held(fromNs, toNs, held));
    all.addAll(after);
  }

  private static int states(List<Span> all, long atNs) {
    Span last = all.getFirst();
    for (Span span : all) {
      last = span.fromNs() <= atNs ? span : last;
    }
    return last.states(atNs);
  }
}
