package org.ktsn.shaper.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Assertions;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;

/** Random schedules and changes, compared tick by tick with the standard's state machines. */
class GateTimelineOracleTest {
  private static final int PARTS = 20;
  private static final int USUAL_CASES = 120;
  private static final int HORIZON_NS = 16_000;
  private static final int LAST_CHANGE_NS = 9_000;

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldFollowTheStateMachinesThroughChanges(@ForAll long seed) {
    OracleCases.run(seed, PARTS, USUAL_CASES, GateTimelineOracleTest::followsChanges);
  }

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldLookAheadThroughAPendingChange(@ForAll long seed) {
    OracleCases.run(seed, PARTS, USUAL_CASES, GateTimelineOracleTest::looksAhead);
  }

  /** The plan of the port's oracle leaves out the ticks in which no machine moves. */
  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldPlanWhatTheStateMachinesDoTickByTick(@ForAll long seed) {
    OracleCases.run(seed, PARTS, USUAL_CASES, GateTimelineOracleTest::plansTickByTick);
  }

  private static void plansTickByTick(long seed) {
    RandomGenerator random = new java.util.Random(seed);
    List<OracleEvent.Change> changes =
        LongStream.generate(() -> random.nextInt(LAST_CHANGE_NS))
            .limit(random.nextInt(5))
            .sorted()
            .mapToObj(t -> new OracleEvent.Change(t, t, parameters(random)))
            .toList();
    GatePlan plan = new GatePlan(changes, HORIZON_NS);
    GateMachines machines = new GateMachines();
    int[] states = new int[HORIZON_NS];
    int next = 0;
    for (int t = 0; t < HORIZON_NS; t++) {
      machines.tick();
      for (; next < changes.size() && changes.get(next).raisedNs() == t; next++) {
        machines.configChange(changes.get(next).parameters());
      }
      states[t] = machines.operGateStates();
      assertEquals(machines.running(), plan.running(t));
      for (int c = 0; c < 8; c++) {
        assertEquals(isOpen(states[t], c), plan.isOpen(c, t));
      }
    }
    for (int i = 0; i < 400; i++) {
      int t = random.nextInt(HORIZON_NS);
      int trafficClass = random.nextInt(8);
      long durationNs = 1L + random.nextInt(random.nextBoolean() ? 200 : 2_000);
      int window = window(states, trafficClass, t, durationNs);
      boolean ever = window < HORIZON_NS;
      assertEquals(ever && window == t, plan.staysOpen(trafficClass, t, durationNs));
      assertEquals(ever, plan.everStaysOpen(trafficClass, t, durationNs));
    }
  }

  private static void followsChanges(long seed) {
    RandomGenerator random = new java.util.Random(seed);
    long[] changes =
        LongStream.generate(() -> random.nextInt(LAST_CHANGE_NS))
            .limit(1 + random.nextInt(4))
            .sorted()
            .toArray();
    GateMachines machines = new GateMachines();
    GateSchedule schedule = GateSchedule.open();
    GateTimeline timeline = new GateTimeline(schedule);
    int[] states = new int[HORIZON_NS];
    int next = 0;
    for (int t = 0; t < HORIZON_NS; t++) {
      machines.tick();
      while (next < changes.length && changes[next] == t) {
        GateParameters admin = parameters(random);
        machines.configChange(admin);
        schedule = schedule.change(admin, t);
        timeline = new GateTimeline(schedule);
        remembers(states, Math.max(schedule.operSinceNs(), t - 500), t, timeline);
        next++;
      }
      states[t] = machines.operGateStates();
      if (states[t] != timeline.gateStates(t)) {
        Assertions.fail(
            "at "
                + t
                + " expected "
                + states[t]
                + ", was "
                + timeline.gateStates(t)
                + ": "
                + schedule);
      }
      if (t % 500 == 499) {
        schedule = schedule.at(t);
        timeline = new GateTimeline(schedule);
        assertEquals(machines.configPending(), schedule.pending().isPresent());
        assertEquals(machines.configChangeError(), schedule.configChangeErrors());
      }
    }
    int fromNs = (int) Math.max(changes[changes.length - 1], schedule.operSinceNs());
    searchesAgree(states, fromNs, random, schedule);
  }

  private static void looksAhead(long seed) {
    RandomGenerator random = new java.util.Random(seed);
    GateMachines machines = new GateMachines();
    machines.tick();
    GateParameters first = parameters(random);
    machines.configChange(first);
    GateSchedule schedule = GateSchedule.open().change(first, 0);
    int changeNs = random.nextInt(LAST_CHANGE_NS);
    for (int t = 1; t <= changeNs; t++) {
      machines.tick();
    }
    GateParameters second = parameters(random);
    machines.configChange(second);
    schedule = schedule.change(second, changeNs);
    int[] states = new int[HORIZON_NS];
    states[changeNs] = machines.operGateStates();
    for (int t = changeNs + 1; t < HORIZON_NS; t++) {
      machines.tick();
      states[t] = machines.operGateStates();
    }
    searchesAgree(states, changeNs, random, schedule);
  }

  /** A shaper still plans for instants before a change counts: those must stay what they were. */
  private static void remembers(int[] states, long fromNs, int toNs, GateTimeline timeline) {
    for (int t = (int) Math.max(0, fromNs); t < toNs; t++) {
      assertEquals(states[t], timeline.gateStates(t), "at " + t + ", before the change at " + toNs);
    }
  }

  /** Compares every search with a walk through the recorded states. */
  private static void searchesAgree(
      int[] states, int fromNs, RandomGenerator random, GateSchedule schedule) {
    GateTimeline timeline = new GateTimeline(schedule);
    boolean whole =
        isWhole(schedule.oper())
            && schedule.pending().stream().allMatch(p -> isWhole(p.parameters()));
    for (int i = 0; i < 400; i++) {
      int t = fromNs + random.nextInt(HORIZON_NS - fromNs);
      int trafficClass = random.nextInt(8);
      long durationNs = random.nextInt(random.nextBoolean() ? 200 : 2_000);
      int open = t;
      while (open < HORIZON_NS && !isOpen(states[open], trafficClass)) {
        open++;
      }
      int close = t;
      while (close < HORIZON_NS && isOpen(states[close], trafficClass)) {
        close++;
      }
      int change = t;
      while (change < HORIZON_NS && states[change] == states[t]) {
        change++;
      }
      agrees("nextOpen", open, timeline.nextOpen(trafficClass, t));
      agrees("nextClose", close, timeline.nextClose(trafficClass, t));
      agrees("nextChange", change, timeline.nextChange(t));
      long found = timeline.nextWindow(trafficClass, t, durationNs);
      int window = window(states, trafficClass, t, durationNs);
      boolean rounded = !whole && window(states, trafficClass, t, durationNs + 1) == HORIZON_NS;
      if (window == HORIZON_NS) {
        assertTrue(found == GateTimeline.NEVER || found + durationNs >= HORIZON_NS);
      } else if (found != GateTimeline.NEVER || !rounded) {
        // A window that only some cycles have, those rounded up by 1 ns, is not relied on.
        assertEquals(window, found, "nextWindow of " + durationNs + " at " + t);
      }
    }
  }

  private static boolean isWhole(GateParameters parameters) {
    CycleTime cycle = parameters.cycleTime();
    return 1_000_000_000L * cycle.numerator() % cycle.denominator() == 0;
  }

  private static int window(int[] states, int trafficClass, int fromNs, long durationNs) {
    int run = 0;
    for (int t = fromNs; t < HORIZON_NS; t++) {
      run = isOpen(states[t], trafficClass) ? run + 1 : 0;
      if (run > 0 && run >= durationNs) {
        return t - run + 1;
      }
    }
    return HORIZON_NS;
  }

  private static void agrees(String search, int expected, long found) {
    if (expected < HORIZON_NS) {
      assertEquals(expected, found, search);
    } else {
      assertTrue(found >= HORIZON_NS, () -> search + " found " + found);
    }
  }

  private static boolean isOpen(int states, int trafficClass) {
    return (states >> trafficClass & 1) != 0;
  }

  private static GateParameters parameters(RandomGenerator random) {
    int numerator = 1 + random.nextInt(5);
    CycleTime cycle =
        random.nextBoolean()
            ? CycleTime.ofNanoseconds(1_000 + random.nextInt(2_000))
            : new CycleTime(numerator, numerator * (350_000L + random.nextInt(640_000)) + 1);
    if (random.nextInt(4) == 0) {
      cycle = CycleTime.ofNanoseconds(1_000);
    }
    long cycleNs = cycle.nanosecondsRoundedDown();
    int entries = random.nextInt(8) == 0 ? random.nextInt(2) : 1 + random.nextInt(7);
    List<GateControlEntry> list = new ArrayList<>();
    long offsetNs = 0;
    for (int i = 0; i < entries; i++) {
      int states = random.nextInt(4) == 0 ? 0xff : random.nextInt(256);
      long intervalNs = random.nextInt(10) == 0 ? 0 : random.nextInt(600);
      // An entry that would begin in the last fraction of a nanosecond of a cycle is not run.
      if (offsetNs + Math.max(1, intervalNs) == cycleNs) {
        intervalNs += 2;
      }
      offsetNs += Math.max(1, intervalNs);
      list.add(new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs));
    }
    long extensionNs =
        switch (random.nextInt(3)) {
          case 0 -> 0;
          case 1 -> random.nextInt(800);
          default -> random.nextInt(4_000);
        };
    return new GateParameters(
        random.nextInt(12) != 0,
        random.nextInt(256),
        list,
        cycle,
        extensionNs,
        random.nextInt(12_000),
        Collections.nCopies(8, 0));
  }
}
