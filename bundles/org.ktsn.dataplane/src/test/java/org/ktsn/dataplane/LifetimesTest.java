package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;

/** Frames that could only leave long after their launch times, and deadlines; with each shaper. */
final class LifetimesTest {
  private static final int FRAMES = 1_024;
  private static final long HOUR_NS = 3_600_000_000_000L;

  private static final long FAR_NS = 20_000_000_000L;

  private static final long IN_2255_NS = 9_000_000_000_000_000_000L;

  private static final int BUSY = 2;

  private final CrankedPlanner crank = new CrankedPlanner(FRAMES);
  private final Planner planner = crank.planner;

  private static GateParameters list(long baseNs, int gates) {
    return GateParameters.of(
        baseNs,
        CycleTime.ofNanoseconds(1_000_000),
        List.of(new GateControlEntry(GateOperation.SET_GATE_STATES, gates, 1_000_000)));
  }

  /** Class 7 is closed until an instant. */
  private void closeTheHighestClassUntil(long openNs) {
    planner.changeSchedule(list(0, 0x7f));
    crank.passUntil("its list", () -> planner.schedule().at(crank.nowNs).oper().gateEnabled());
    planner.changeSchedule(list(openNs, 0xff));
  }

  private void send(int pod, int priority, int count, long launchNs) {
    for (int i = 0; i < count; i++) {
      crank.send(pod, launchNs, priority);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldDropAtOnceWhatWouldWaitForAListInTheFarFuture(EveryShaper shaper) {
    shaper.work(crank);
    closeTheHighestClassUntil(crank.nowNs + HOUR_NS);
    send(1, 7, 2_000, crank.nowNs + FAR_NS);
    crank.settle();
    assertEquals(2_000, crank.dropped(Verdict.OVERDUE));
    assertEquals(0, planner.frames().used());
    send(1, 5, 10, crank.nowNs + FAR_NS);
    crank.settle();
    assertEquals(10, planner.frames().queuedCount(), "its other class");
  }

  @ParameterizedTest
  @EnumSource
  void shouldDropThemAlsoWhereAnotherClassAlwaysHasAFrameThatLeavesBefore(EveryShaper shaper) {
    shaper.work(crank);
    closeTheHighestClassUntil(crank.nowNs + HOUR_NS);
    send(BUSY, 5, 1, crank.nowNs + 2 * FAR_NS);
    crank.settle();
    assertEquals(1, planner.frames().queuedCount());
    send(1, 7, 2_000, crank.nowNs + FAR_NS);
    crank.settle();
    assertEquals(2_000, crank.dropped(Verdict.OVERDUE));
    assertEquals(1, planner.frames().used());
  }

  @ParameterizedTest
  @EnumSource
  void shouldSendNoneOfThemLateWhereANewListComesAfterOneThatWasFarAway(EveryShaper shaper) {
    shaper.work(crank);
    closeTheHighestClassUntil(IN_2255_NS);
    send(1, 7, 50, crank.nowNs + 20_000_000);
    crank.run(5_000_000_000L);
    planner.changeSchedule(list(0, 0xff));
    long laterNs = crank.nowNs + 20_000_000;
    send(1, 7, 1, laterNs);
    crank.passUntil("the new list lets class 7 out", () -> crank.sent() > 0);
    crank.run(CrankedPlanner.MAX_WAIT_NS);
    assertEquals(50, crank.dropped(Verdict.OVERDUE));
    assertEquals(1, crank.sent());
    assertEquals(0, planner.frames().used());
  }

  @ParameterizedTest
  @EnumSource
  void shouldDropWhatWaitsBehindAFrameThatLeavesInTime(EveryShaper shaper) {
    PortModel slow = new PortModel(10_000, 0); // 67 ms for a frame
    shaper.work(crank, slow);
    send(1, 0, 60, crank.nowNs + FAR_NS);
    crank.passUntil(
        "each is dealt with", () -> crank.sent() + crank.dropped(Verdict.OVERDUE) == 60);
    assertEquals(1 + CrankedPlanner.MAX_WAIT_NS / slow.durationNs(60), crank.sent());
  }

  @Test
  void shouldDropWhatItsCreditWouldLetLeaveTooLate() {
    long slope = 10_000; // 67 ms for a frame
    EveryShaper.work(crank, EveryShaper.credits("5=" + slope), CrankedPlanner.LINK);
    send(1, 5, 60, crank.nowNs + FAR_NS);
    send(1, 7, 10, crank.nowNs + FAR_NS);
    crank.passUntil(
        "each is dealt with", () -> crank.sent() + crank.dropped(Verdict.OVERDUE) == 70);
    PortModel atSlope = new PortModel(slope, 0);
    assertEquals(10 + 1 + CrankedPlanner.MAX_WAIT_NS / atSlope.durationNs(60), crank.sent());
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseADeadlineThatHasPassed(EveryShaper shaper) {
    shaper.work(crank);
    crank.deadlineMode = true;
    send(1, 7, 50, 1);
    crank.settle();
    assertEquals(50, crank.dropped(Verdict.LATE_ON_ARRIVAL));
    assertEquals(0, crank.sent());
  }

  @ParameterizedTest
  @EnumSource
  void shouldMissADeadlineThatPassesBeforeTheGateOpens(EveryShaper shaper) {
    shaper.work(crank);
    long beginNs = crank.nowNs + 600_000_000;
    planner.changeSchedule(list(0, 0x7f));
    crank.passUntil("its list", () -> planner.schedule().at(crank.nowNs).oper().gateEnabled());
    planner.changeSchedule(list(beginNs, 0xff));
    crank.deadlineMode = true;
    send(1, 7, 50, beginNs - 300_000_000);
    crank.runUntil(beginNs);
    assertEquals(50, crank.dropped(Verdict.MISSED));
    assertEquals(0, crank.sent());
  }

  @ParameterizedTest
  @EnumSource
  void shouldSendWhatHasADeadlineAtOnce(EveryShaper shaper) {
    shaper.work(crank);
    crank.deadlineMode = true;
    send(1, 7, 5, crank.nowNs + 50_000_000_000L);
    crank.run(CrankedPlanner.LEAD_NS + 5 * CrankedPlanner.LINK.durationNs(60));
    assertEquals(5, crank.sent());
  }
}
