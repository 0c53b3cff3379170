package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;

/** The clock is set while frames wait. */
final class ClockStepTest {
  static final long CYCLE_NS = 2_000_000;
  static final long WINDOW_NS = 500_000;
  private static final int FRAMES = 300;
  private static final int NEW_FRAMES = FRAMES / 3;
  private static final long PERIOD_NS = 4_000_000;
  private static final long NEW_PERIOD_NS = 1_000_000;
  private static final long AHEAD_NS = 10_000_000;

  private final CrankedPlanner crank = new CrankedPlanner(1024);
  private final Planner planner = crank.planner;

  /** Class 7 for half a millisecond of two, then the others. */
  static GateParameters windows() {
    return GateParameters.of(
        0,
        CycleTime.ofNanoseconds(CYCLE_NS),
        List.of(
            new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, WINDOW_NS),
            new GateControlEntry(GateOperation.SET_GATE_STATES, 0x7f, CYCLE_NS - WINDOW_NS)));
  }

  @BeforeEach
  void start() {
    planner.changeSchedule(windows());
    crank.passUntil("in force", () -> planner.schedule().at(crank.nowNs).oper().gateEnabled());
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000L, -1_000_000_000L, 37_000_000_000L, -37_000_000_000L})
  void shouldKeepEveryFrameInTheWindowsOfTheNewTimeAndSendNoBurst(long stepNs) {
    long begin = crank.nowNs + AHEAD_NS + 50_000; // the second that is skipped ends behind the last
    for (int i = 0; i < FRAMES; i++) {
      crank.send(1, begin + i * PERIOD_NS, 7);
    }
    crank.passUntil("some of them", () -> crank.sent() >= FRAMES / 6);
    long sentBefore = crank.sent();
    assertInTheirWindows();
    crank.launcher.sent.clear();
    crank.step(stepNs);
    crank.turn();
    assertEquals(1, planner.counters.get(Counters.CLOCK_STEPS));
    crank.pass(1);
    crank.settle();
    long missed = stepNs > 0 ? FRAMES - sentBefore : 0;
    assertEquals(missed, crank.dropped(Verdict.MISSED));
    // Frames of the new time go on at their instants, whatever of the old one still waits.
    long again = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < NEW_FRAMES; i++) {
      crank.send(1, again + i * NEW_PERIOD_NS, 7);
    }
    crank.runUntil(again + NEW_FRAMES * NEW_PERIOD_NS + CYCLE_NS);
    List<SimulatedLauncher.Completion> ofNewTime = new ArrayList<>(crank.launcher.sent);
    assertEquals(NEW_FRAMES, ofNewTime.size());
    for (int i = 0; i < NEW_FRAMES; i++) {
      assertEquals(again + i * NEW_PERIOD_NS, ofNewTime.get(i).launch().launchTimeNs());
    }
    long lastedNs = ofNewTime.getLast().actualNs() - ofNewTime.getFirst().actualNs();
    assertTrue(
        lastedNs >= NEW_FRAMES / 3 * NEW_PERIOD_NS,
        NEW_FRAMES + " frames in " + lastedNs + " ns are a burst");
    long all = FRAMES + NEW_FRAMES - missed;
    crank.passUntil("those of the old time", () -> crank.sent() == all);
    assertInTheirWindows();
    assertEquals(missed, crank.dropped());
    assertEquals(0, planner.frames().used());
    assertEquals(1, planner.counters.get(Counters.CLOCK_STEPS));
  }

  /** Inside the window by the time in force, and no earlier than asked for. */
  private void assertInTheirWindows() {
    for (SimulatedLauncher.Completion done : crank.launcher.sent) {
      long phaseNs = Math.floorMod(done.actualNs(), CYCLE_NS);
      assertTrue(phaseNs + 672 <= WINDOW_NS, "a frame left at phase " + phaseNs);
      assertTrue(done.actualNs() >= done.launch().launchTimeNs(), "before its launch time");
      assertTrue(
          done.actualNs() < done.launch().launchTimeNs() + CYCLE_NS, "later than the next window");
    }
  }

  @Test
  void shouldTakeNoServosCorrectionForAStep() {
    ClockSteps steps = new ClockSteps();
    assertEquals(0, steps.look(1_000, 5_000_000, 1_050));
    assertEquals(0, steps.look(2_000, 5_001_900, 2_050), "900 ns in a microsecond");
    assertEquals(0, steps.look(3_000, 95_000_000, 900_000), "interrupted between the two");
    assertEquals(-37_000_000_000L, steps.look(4_000, 5_003_900 - 37_000_000_000L, 4_050));
    assertEquals(0, steps.look(5_000, 5_004_900 - 37_000_000_000L, 5_050));
    assertEquals(2_000_000, steps.look(6_000, 7_005_900 - 37_000_000_000L, 6_050));
  }
}
