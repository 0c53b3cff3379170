package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.NativeClock;

/** Frames that could only leave long after their launch times, and deadlines. */
final class LifetimesTest {
  private static final int FRAMES = 1_024;
  private static final long HOUR_NS = 3_600_000_000_000L;

  /** So far ahead that no machine is too slow for it. */
  private static final long FAR_NS = 20_000_000_000L;

  private static final int BUSY = 2;

  private static DpdkPort device;

  private RunningPlanner running;
  private Planner planner;

  @BeforeAll
  static void openDevice() {
    device = RunningPlanner.openDevice();
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void start() {
    running = new RunningPlanner(device, FRAMES);
    planner = running.planner;
    planner.mailbox.call(() -> planner.attach(BUSY, Optional.empty()));
  }

  @AfterEach
  void stop() throws InterruptedException {
    running.close();
  }

  private static GateParameters list(long baseNs, int gates) {
    return GateParameters.of(
        baseNs,
        CycleTime.ofNanoseconds(1_000_000),
        List.of(new GateControlEntry(GateOperation.SET_GATE_STATES, gates, 1_000_000)));
  }

  /** Class 7 is closed for an hour. */
  private void closeTheHighestClass() {
    planner.mailbox.call(() -> planner.changeSchedule(list(0, 0x7f)));
    await("its list", () -> planner.schedule().at(NativeClock.taiNs()).oper().gateEnabled());
    long baseNs = NativeClock.taiNs() + HOUR_NS;
    planner.mailbox.call(() -> planner.changeSchedule(list(baseNs, 0xff)));
  }

  private void send(int pod, int priority, int count, long launchNs) {
    running.ingress.priority = priority;
    for (int i = 0; i < count; i++) {
      running.ingress.send(pod, launchNs);
    }
  }

  @Test
  void shouldDropAtOnceWhatWouldWaitForAListInTheFarFuture() {
    closeTheHighestClass();
    send(1, 7, 2_000, NativeClock.taiNs() + FAR_NS);
    await("all of them", () -> running.dropped(Verdict.OVERDUE) == 2_000);
    await("every row free", () -> planner.frames().used() == 0);
    send(1, 5, 10, NativeClock.taiNs() + FAR_NS);
    await("its other class", () -> planner.frames().queuedCount() == 10);
  }

  @Test
  void shouldDropThemAlsoWhereAnotherClassAlwaysHasAFrameThatLeavesBefore() {
    closeTheHighestClass();
    send(BUSY, 5, 1, NativeClock.taiNs() + 2 * FAR_NS);
    await("it waits", () -> planner.frames().queuedCount() == 1);
    send(1, 7, 2_000, NativeClock.taiNs() + FAR_NS);
    await("all of them", () -> running.dropped(Verdict.OVERDUE) == 2_000);
    assertEquals(1, planner.frames().used());
  }

  @Test
  void shouldDropWhatWaitsBehindAFrameThatLeavesInTime() {
    PortModel slow = new PortModel(10_000, 0); // 67 ms for a frame
    planner
        .shaper
        .slot()
        .offer(
            new ActiveShaper(
                "slow", new FallbackShaper(planner.frames(), slow, planner.schedule()), slow));
    planner.port.offer(new RatedPort(running.port("slow"), slow));
    send(1, 0, 60, NativeClock.taiNs() + AHEAD_NS);
    await("each is dealt with", () -> running.sent() + running.dropped(Verdict.OVERDUE) == 60);
    assertTrue(running.sent() <= 1 + RunningPlanner.MAX_WAIT_NS / slow.durationNs(60));
    assertTrue(running.sent() > 0);
  }

  @Test
  void shouldRefuseADeadlineThatHasPassed() {
    running.ingress.deadlineMode = true;
    send(1, 7, 50, 1);
    await("all of them", () -> running.dropped(Verdict.LATE_ON_ARRIVAL) == 50);
    assertEquals(0, running.sent());
  }

  @Test
  void shouldMissADeadlineThatPassesBeforeTheGateOpens() {
    long beginNs = NativeClock.taiNs() + 600_000_000;
    planner.mailbox.call(() -> planner.changeSchedule(list(0, 0x7f)));
    await("its list", () -> planner.schedule().at(NativeClock.taiNs()).oper().gateEnabled());
    planner.mailbox.call(() -> planner.changeSchedule(list(beginNs, 0xff)));
    running.ingress.deadlineMode = true;
    send(1, 7, 50, beginNs - 300_000_000);
    await(
        "all of them",
        () -> running.dropped(Verdict.MISSED) + running.dropped(Verdict.LATE_ON_ARRIVAL) == 50);
    assertEquals(0, running.sent());
  }

  @Test
  void shouldSendWhatHasADeadlineAtOnce() {
    running.ingress.deadlineMode = true;
    send(1, 7, 5, NativeClock.taiNs() + 50_000_000_000L);
    await("all of them", () -> running.sent() == 5);
  }
}
