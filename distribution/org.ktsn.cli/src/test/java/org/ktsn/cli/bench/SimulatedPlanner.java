package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.cli.bench.DecisionAudit.Stay;
import org.ktsn.cli.testbed.ReportedGates;

/**
 * A planner as the data plane has one, on a manual clock and on a bad machine: its turns come
 * irregularly, datagrams come late or after their launch times, frames are missed by the launcher
 * and come back. Its windows are those that shapers plan with.
 */
final class SimulatedPlanner {
  static final long LEAD_NS = 1_000;

  private static final long HORIZON_NS = 50_000;
  private static final long MAX_WAIT_NS = 300_000;
  private static final long END_NS = 4_000_000;

  private final GateCalendar gates;
  private final GateTimeline timeline;
  private final Random random;
  private final List<ClassFlow> flows = new ArrayList<>();
  private final List<Waiting> coming = new ArrayList<>();
  private final List<Waiting> queued = new ArrayList<>();
  private final List<Committed> committed = new ArrayList<>();
  private final List<Stay> stays = new ArrayList<>();
  private long nowNs;
  private long decisions;
  private int dropped;
  private int missed;
  private int gaps;

  /** A frame that comes or waits. */
  private record Waiting(ClassFlow flow, int sequence, long fromNs) {
    long launchNs() {
      return flow.launchNs(sequence);
    }

    long durationNs() {
      return flow.durationNs(sequence);
    }
  }

  /** A frame with the launcher; it is missed unless the planner never learns so. */
  private record Committed(
      Waiting frame, long decidedNs, long plannedNs, long learnedNs, long order) {
    long endNs() {
      return plannedNs + frame.durationNs();
    }
  }

  SimulatedPlanner(ReportedGates program, Random random) {
    this.random = random;
    gates = new GateCalendar(program, 0, 3 * END_NS);
    List<GateControlEntry> list =
        program.entries().stream()
            .map(
                entry ->
                    new GateControlEntry(
                        GateOperation.SET_GATE_STATES, entry.gateStates(), entry.intervalNs()))
            .toList();
    CycleTime cycle = CycleTime.ofNanoseconds(program.cycleNumerator());
    timeline =
        new GateTimeline(
            new GateSchedule(GateParameters.of(0, cycle, list), 0, Optional.empty(), 0));
    for (int trafficClass : new int[] {7, 5, 0}) {
      int periodNs = 15_000 + random.nextInt(40_000);
      int salt = random.nextInt(1_000);
      ClassFlow flow =
          new ClassFlow(
              trafficClass,
              30,
              200_000 + random.nextInt(1_000),
              periodNs,
              sequence -> 1_000 + (sequence * 7_919L + salt) % 9_000);
      flows.add(flow);
      for (int sequence = 0; sequence < flow.frames(); sequence++) {
        long aheadNs = random.nextInt(6) == 0 ? random.nextInt(40_000) - 8_000 : 180_000;
        coming.add(new Waiting(flow, sequence, flow.launchNs(sequence) - aheadNs));
      }
    }
    coming.sort(Comparator.comparingLong(Waiting::fromNs));
  }

  GateCalendar gates() {
    return gates;
  }

  List<ClassFlow> flows() {
    return flows;
  }

  int dropped() {
    return dropped;
  }

  int missed() {
    return missed;
  }

  int gaps() {
    return gaps;
  }

  /** Returns every stay. */
  List<Stay> run() {
    while (!(coming.isEmpty() && queued.isEmpty() && committed.isEmpty())) {
      nowNs += random.nextInt(12) == 0 ? random.nextInt(150_000) : 1 + random.nextInt(10_000);
      collect();
      takeIn();
      nowNs += 1 + random.nextInt(500);
      while (commitOne()) {
        // until nothing is due
      }
    }
    return stays;
  }

  private void collect() {
    for (Committed one : List.copyOf(committed)) {
      if (one.learnedNs() != DecisionAudit.NEVER && one.learnedNs() <= nowNs) {
        if (!committed.remove(one)) {
          continue; // it came back with one before it
        }
        stays.add(stay(one, nowNs));
        missed++;
        holdBack(one);
        if (random.nextInt(4) > 0) {
          queued.add(new Waiting(one.frame().flow(), one.frame().sequence(), nowNs));
        } else {
          dropped++;
        }
      } else if (one.learnedNs() == DecisionAudit.NEVER && one.endNs() <= nowNs) {
        if (!committed.remove(one)) {
          continue;
        }
        stays.add(stay(one, DecisionAudit.NEVER));
      }
    }
  }

  /** Those of its class behind a missed frame come back with it. */
  private void holdBack(Committed first) {
    for (Committed one : List.copyOf(committed)) {
      if (one.frame().flow().equals(first.frame().flow()) && one.plannedNs() > first.plannedNs()) {
        committed.remove(one);
        stays.add(stay(one, nowNs));
        queued.add(new Waiting(one.frame().flow(), one.frame().sequence(), nowNs));
      }
    }
  }

  private static Stay stay(Committed one, long outOfPlanNs) {
    Waiting frame = one.frame();
    return new Stay(
        frame.flow(),
        frame.sequence(),
        frame.fromNs(),
        one.decidedNs(),
        one.plannedNs(),
        outOfPlanNs,
        one.order());
  }

  private void takeIn() {
    while (!coming.isEmpty() && coming.getFirst().fromNs() <= nowNs) {
      Waiting frame = coming.removeFirst();
      if (frame.launchNs() < nowNs) {
        dropped++;
      } else {
        queued.add(new Waiting(frame.flow(), frame.sequence(), nowNs));
      }
    }
  }

  private boolean commitOne() {
    long startNs = nowNs + LEAD_NS;
    committed.sort(Comparator.comparingLong(Committed::plannedNs));
    for (int place = 0; place < committed.size(); place++) {
      List<Committed> behind = committed.subList(place, committed.size());
      if (commit(startNs, behind.getFirst().plannedNs(), behind)) {
        gaps++;
        return true;
      }
      startNs = Math.max(startNs, committed.get(place).endNs());
    }
    return commit(startNs, DecisionAudit.NEVER, List.of());
  }

  private boolean commit(long startNs, long endNs, List<Committed> behind) {
    Waiting best = null;
    long bestNs = DecisionAudit.NEVER;
    for (ClassFlow flow : flows) { // the highest class first
      Optional<Waiting> first =
          queued.stream()
              .filter(frame -> frame.flow().equals(flow))
              .min(Comparator.comparingLong(Waiting::launchNs));
      if (first.isEmpty() || passes(first.get(), behind)) {
        continue;
      }
      long windowNs =
          timeline.nextWindow(
              flow.trafficClass(),
              Math.max(startNs, first.get().launchNs()),
              first.get().durationNs());
      if (windowNs < bestNs && windowNs <= endNs - first.get().durationNs()) {
        best = first.get();
        bestNs = windowNs;
      }
    }
    if (best != null && bestNs > best.launchNs() + MAX_WAIT_NS) {
      queued.remove(best);
      dropped++;
      stays.add(
          new Stay(
              best.flow(),
              best.sequence(),
              best.fromNs(),
              DecisionAudit.NEVER,
              DecisionAudit.NEVER,
              nowNs,
              ++decisions));
      return true;
    }
    if (best == null || bestNs > nowNs + HORIZON_NS) {
      return false;
    }
    queued.remove(best);
    long endsNs = bestNs + best.durationNs();
    long learnedNs =
        random.nextInt(15) == 0 ? endsNs + random.nextInt(30_000) : DecisionAudit.NEVER;
    committed.add(new Committed(best, nowNs, bestNs, learnedNs, ++decisions));
    return true;
  }

  private static boolean passes(Waiting frame, List<Committed> behind) {
    return behind.stream()
        .anyMatch(
            one ->
                one.frame().flow().equals(frame.flow())
                    && one.frame().launchNs() <= frame.launchNs());
  }
}
