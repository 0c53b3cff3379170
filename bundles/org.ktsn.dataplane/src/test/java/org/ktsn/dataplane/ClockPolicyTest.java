package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.stats.ClockEffect.Gates;
import org.ktsn.api.stats.ClockEffect.Monitor;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

/** The planner follows what is configured for the quality of the clock, while frames wait. */
final class ClockPolicyTest {
  private static final long CYCLE_NS = 2_000_000;
  private static final long WINDOW_NS = 500_000;
  private static final long HORIZON_NS = CrankedPlanner.HORIZON_NS;
  private static final long FRAME_NS = 672;
  private static final long PERIOD_NS = 700_000;
  private static final int FRAMES = 900;
  private static final long AHEAD_NS = 10_000_000;

  /** So often the planner looks how old the report on the clock is. */
  private static final long HOUSEKEEPING_NS = 200_000_000;

  private final GateParameters parameters = schedule(0);
  private final CrankedPlanner crank = new CrankedPlanner(2048);
  private final Planner planner = crank.planner;

  private record Sent(long plannedNs, long actualNs) {
    boolean isPlannedIn(long fromNs, long toNs) {
      return plannedNs >= fromNs && plannedNs < toNs;
    }

    boolean isInside(long fromPhaseNs, long toPhaseNs) {
      long phaseNs = Math.floorMod(actualNs, CYCLE_NS);
      return phaseNs >= fromPhaseNs && phaseNs + FRAME_NS <= toPhaseNs;
    }
  }

  @BeforeEach
  void start() {
    planner.changeSchedule(parameters);
    crank.passUntil("in force", () -> planner.schedule().at(crank.nowNs).oper().gateEnabled());
  }

  /** Class 7 for half a millisecond of two, then the others; class 3 sends no large frames. */
  private static GateParameters schedule(long baseNs) {
    return new GateParameters(
        true,
        GateParameters.ALL_OPEN,
        List.of(
            new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, WINDOW_NS),
            new GateControlEntry(GateOperation.SET_GATE_STATES, 0x7f, CYCLE_NS - WINDOW_NS)),
        CycleTime.ofNanoseconds(CYCLE_NS),
        0,
        baseNs,
        List.of(0, 0, 0, 20, 0, 0, 0, 0));
  }

  private static ClockReport report(
      ClockState state, long uncertaintyNs, long checkedNanoTime, ClockPolicy... policies) {
    return new ClockReport(
        state,
        1_700_000_000_000_000_042L,
        List.of(new ClockReason("no_sync", "no Sync message comes")),
        OptionalLong.of(uncertaintyNs),
        OptionalLong.empty(),
        "",
        37,
        Set.of(policies),
        checkedNanoTime);
  }

  private void say(ClockState state, long uncertaintyNs, ClockPolicy... policies) {
    planner.clockHeard(report(state, uncertaintyNs, crank.monotonicNs, policies));
    crank.settle();
  }

  private void sayAndAwait(Gates gates, ClockState state, long uncertaintyNs, ClockPolicy policy) {
    say(state, uncertaintyNs, policy);
    assertEquals(gates, planner.clockEffect().gates());
  }

  private void send(int priority) {
    crank.send(1, crank.nowNs + AHEAD_NS, priority);
    crank.settle();
  }

  /** Hands frames over, has something done while they wait, and returns what was sent of them. */
  private List<Sent> send(Runnable meanwhile) {
    crank.launcher.sent.clear();
    long sentBefore = crank.sent();
    long begin = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      crank.send(1, begin + i * PERIOD_NS, 7);
    }
    meanwhile.run();
    crank.passUntil("all frames", () -> crank.sent() == sentBefore + FRAMES);
    assertEquals(0, planner.frames().used());
    List<Sent> all = new ArrayList<>();
    for (SimulatedLauncher.Completion done : crank.launcher.sent) {
      long launchTimeNs = done.launch().launchTimeNs();
      assertEquals(begin + all.size() * PERIOD_NS, launchTimeNs, "lost or reordered");
      assertTrue(done.launch().instantNs() >= launchTimeNs, "before its launch time");
      assertEquals(done.launch().instantNs(), done.actualNs());
      all.add(new Sent(done.launch().instantNs(), done.actualNs()));
    }
    assertEquals(FRAMES, all.size());
    return all;
  }

  /** What is planned up to the horizon stays as it is. */
  private long behindHorizonNs() {
    return crank.nowNs + CrankedPlanner.HORIZON_NS + 1;
  }

  private void awaitSent(int count) {
    long target = Math.min(crank.sent() + count, FRAMES);
    crank.passUntil(target + " frames", () -> crank.sent() >= target);
  }

  @Test
  void shouldNarrowTheWindowsWhileFramesWaitAndWidenThemAgain() {
    long[] narrow = new long[2];
    List<Sent> sent =
        send(
            () -> {
              awaitSent(FRAMES / 6);
              sayAndAwait(
                  Gates.NARROWED, ClockState.HOLDOVER, 80_000, ClockPolicy.WIDEN_GUARD_BANDS);
              assertEquals(100_000, planner.clockEffect().guardBandNs());
              assertEquals(parameters, planner.schedule().at(crank.nowNs).oper());
              narrow[0] = behindHorizonNs();
              awaitSent(FRAMES / 4);
              narrow[1] = crank.nowNs;
              sayAndAwait(Gates.AS_SCHEDULED, ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
            });
    int narrowed = 0;
    int full = 0;
    for (Sent frame : sent) {
      assertTrue(frame.isInside(0, WINDOW_NS), frame.toString());
      if (frame.isPlannedIn(narrow[0], narrow[1])) {
        assertTrue(frame.isInside(100_000, WINDOW_NS - 100_000), frame.toString());
        narrowed++;
      } else if (!frame.isInside(100_000, WINDOW_NS - 100_000)) {
        full++;
      }
    }
    assertTrue(narrowed >= FRAMES / 8, narrowed + " in narrowed windows");
    assertTrue(full >= FRAMES / 8, full + " at the ends of the windows");
  }

  @Test
  void shouldOpenAllGatesWhileFramesWaitAndHaveThemComeBackByThemselves() {
    long[] open = new long[3];
    List<Sent> sent =
        send(
            () -> {
              awaitSent(FRAMES / 6);
              sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
              open[0] = behindHorizonNs();
              assertEquals(parameters, planner.schedule().at(crank.nowNs).oper());
              assertNotEquals(parameters, planner.effectiveSchedule().oper());
              awaitSent(FRAMES / 4);
              open[1] = crank.nowNs;
              sayAndAwait(Gates.AS_SCHEDULED, ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
              open[2] = behindHorizonNs();
            });
    int outside = 0;
    int inside = 0;
    for (Sent frame : sent) {
      boolean in = frame.isInside(0, WINDOW_NS);
      if (frame.isPlannedIn(open[0], open[1])) {
        outside += in ? 0 : 1;
      } else if (frame.plannedNs() < open[0] - HORIZON_NS || frame.plannedNs() >= open[2]) {
        inside++;
        assertTrue(in || frame.plannedNs() < open[2], frame.toString());
      }
    }
    assertTrue(outside >= FRAMES / 8, outside + " left outside of the windows");
    assertTrue(inside >= FRAMES / 8, inside + " left in their windows");
    assertEquals(0, planner.counters.get(Counters.OVERRUN_BY_CLASS + 7));
  }

  @Test
  void shouldFollowManyChangesInARowWhileShapersAreSwapped() {
    List<Sent> sent =
        send(
            () -> {
              for (int i = 0; i < 60; i++) {
                awaitSent(FRAMES / 100);
                say(ClockState.HOLDOVER, 10_000 + i * 1_000, ClockPolicy.WIDEN_GUARD_BANDS);
                if (i % 7 == 0) {
                  crank.offer(crank.fallback("swap" + i, CrankedPlanner.LINK));
                }
              }
            });
    for (Sent frame : sent) {
      assertTrue(frame.isInside(0, WINDOW_NS), frame.toString());
    }
    assertEquals(0, planner.shaper.failures());
  }

  @Test
  void shouldKeepTheLimitsOnFrameSizesWhenAllGatesAreOpen() {
    sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
    send(3);
    assertEquals(1, crank.dropped(Verdict.OVERSIZE));
  }

  @Test
  void shouldRefuseNewSchedulesWhileTheyAreHeldAndKeepWhatIsPending() {
    GateParameters later = schedule(crank.nowNs + 3_600_000_000_000L);
    planner.changeSchedule(later);
    GateSchedule before = planner.schedule();
    say(ClockState.FREE_RUNNING, 0, ClockPolicy.HOLD_NEW_SCHEDULES);

    ScheduleException refusal =
        assertThrows(ScheduleException.class, () -> planner.changeSchedule(schedule(1)));

    assertEquals(
        "/: the clock is free-running since 1700000000.000000042 TAI (no Sync message comes), and"
            + " no new schedule is accepted until that changes; see ktsn:ptp, or take"
            + " hold-new-schedules out of policy.free.running of org.ktsn.clock.ptp",
        refusal.getMessage());
    assertTrue(planner.clockEffect().schedulesHeld());
    assertEquals(Gates.AS_SCHEDULED, planner.clockEffect().gates());
    assertEquals(before, planner.schedule());
    assertEquals(later, planner.schedule().pending().orElseThrow().parameters());
    planner.restoreSchedule(schedule(2));
    assertNotEquals(before, planner.schedule());

    say(ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
    GateSchedule after = planner.changeSchedule(schedule(1));
    assertEquals(schedule(1), after.pending().orElseThrow().parameters());
    assertFalse(planner.clockEffect().schedulesHeld());
  }

  @Test
  void shouldTreatWhatIsPendingLikeWhatIsInForce() {
    sayAndAwait(Gates.NARROWED, ClockState.HOLDOVER, 80_000, ClockPolicy.WIDEN_GUARD_BANDS);
    GateParameters later = schedule(crank.nowNs + 3_600_000_000_000L);
    planner.changeSchedule(later);
    GateSchedule.Pending narrowed = planner.effectiveSchedule().pending().orElseThrow();
    assertEquals(100_000, narrowed.guardBandNs());
    assertEquals(4, narrowed.parameters().controlList().size() - 1);
    assertEquals(later, planner.schedule().pending().orElseThrow().parameters());
    sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
    GateSchedule.Pending open = planner.effectiveSchedule().pending().orElseThrow();
    assertFalse(open.parameters().gateEnabled());
    assertEquals(later.queueMaxSdu(), open.parameters().queueMaxSdu());
    sayAndAwait(Gates.AS_SCHEDULED, ClockState.LOCAL, 0, ClockPolicy.GO_ON);
    assertEquals(
        planner.schedule().pending().orElseThrow(),
        planner.effectiveSchedule().pending().orElseThrow());
  }

  @Test
  void shouldCloseAClassThatHasNoWindowLeftAndSaySo() {
    sayAndAwait(Gates.NARROWED, ClockState.HOLDOVER, 300_000, ClockPolicy.WIDEN_GUARD_BANDS);
    assertEquals(List.of(7), planner.clockEffect().closedClasses());
    send(7);
    crank.passUntil("dropped", () -> crank.dropped(Verdict.NEVER_FITS) == 1);
    say(ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
    assertEquals(List.of(), planner.clockEffect().closedClasses());
    send(7);
    crank.passUntil("sent", () -> crank.sent() == 1);
  }

  @Test
  void shouldGoOnAsWithoutAMonitorWhenTheMonitorIsStuckOrAway() {
    sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
    assertEquals(Monitor.HEARD, planner.clockEffect().monitor());
    crank.run(CrankedPlanner.REPORT_LIMIT_NS);
    assertEquals(Monitor.HEARD, planner.clockEffect().monitor());
    crank.run(HOUSEKEEPING_NS);
    assertEquals(Monitor.STUCK, planner.clockEffect().monitor());
    assertEquals(Gates.AS_SCHEDULED, planner.clockEffect().gates());
    assertEquals(ClockState.LOCAL, planner.clockEffect().state());
    assertEquals(planner.schedule().oper(), planner.effectiveSchedule().oper());
    say(ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
    crank.run(HOUSEKEEPING_NS); // it says what it said before: that is no hurry
    assertEquals(Gates.OPEN, planner.clockEffect().gates());
    assertEquals(Monitor.HEARD, planner.clockEffect().monitor());
    planner.clockUnwatched();
    crank.settle();
    assertEquals(Monitor.AWAY, planner.clockEffect().monitor());
    assertEquals(Gates.AS_SCHEDULED, planner.clockEffect().gates());
  }

  @Test
  void shouldGoOnInNarrowedWindowsWhenTheClockIsSetBack() {
    sayAndAwait(Gates.NARROWED, ClockState.HOLDOVER, 80_000, ClockPolicy.WIDEN_GUARD_BANDS);
    long stepsBefore = planner.counters.get(Counters.CLOCK_STEPS);
    crank.step(-37_000_000_000L);
    crank.turn();
    assertEquals(stepsBefore + 1, planner.counters.get(Counters.CLOCK_STEPS));
    for (Sent frame : send(() -> say(ClockState.WRONG, 80_000, ClockPolicy.WIDEN_GUARD_BANDS))) {
      assertTrue(frame.isInside(100_000, WINDOW_NS - 100_000), frame.toString());
    }
  }
}
