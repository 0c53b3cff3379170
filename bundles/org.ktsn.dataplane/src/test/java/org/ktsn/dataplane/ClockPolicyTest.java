package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.MODEL;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.NativeClock;

/** The planner follows what is configured for the quality of the clock, while frames wait. */
final class ClockPolicyTest {
  private static final long CYCLE_NS = 2_000_000;
  private static final long WINDOW_NS = 500_000;
  private static final long HORIZON_NS = 500_000;
  private static final long FRAME_NS = 672;
  private static final long PERIOD_NS = 700_000;
  private static final int FRAMES = 900;

  private static DpdkPort device;

  private final GateParameters parameters = schedule(0);
  private RunningPlanner running;
  private Planner planner;

  @TempDir Path directory;

  private record Sent(long launchTimeNs, long plannedNs, long actualNs) {
    boolean isPlannedIn(long fromNs, long toNs) {
      return plannedNs >= fromNs && plannedNs < toNs;
    }

    boolean isInside(long fromPhaseNs, long toPhaseNs) {
      long phaseNs = Math.floorMod(actualNs, CYCLE_NS);
      return phaseNs >= fromPhaseNs && phaseNs + FRAME_NS <= toPhaseNs;
    }
  }

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
    running = new RunningPlanner(device, 2048);
    planner = running.planner;
    running.ingress.priority = 7;
    planner.mailbox.call(() -> planner.changeSchedule(parameters));
    await("in force", () -> planner.schedule().at(NativeClock.taiNs()).oper().gateEnabled());
  }

  @AfterEach
  void stop() throws InterruptedException {
    NativeClock.shift(0);
    running.close();
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
    planner.clockHeard(report(state, uncertaintyNs, System.nanoTime(), policies));
  }

  private void sayAndAwait(Gates gates, ClockState state, long uncertaintyNs, ClockPolicy policy) {
    say(state, uncertaintyNs, policy);
    await(gates.toString(), () -> planner.clockEffect().gates() == gates);
  }

  /** Hands frames over, has something done while they wait, and returns what was sent of them. */
  private List<Sent> send(Runnable meanwhile) throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 4 * FRAMES, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long sentBefore = running.sent();
    long begin = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(begin + i * PERIOD_NS);
    }
    meanwhile.run();
    await("all frames", () -> running.sent() == sentBefore + FRAMES);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    await("every row free", () -> planner.frames().used() == 0);
    List<Sent> all = new ArrayList<>();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) == FrameTrace.SENT) {
        all.add(new Sent(records.getLong(at), records.getLong(at + 8), records.getLong(at + 16)));
      }
    }
    assertEquals(FRAMES, all.size());
    for (int i = 0; i < FRAMES; i++) {
      assertEquals(begin + i * PERIOD_NS, all.get(i).launchTimeNs(), "lost or reordered at " + i);
      assertTrue(all.get(i).actualNs() >= all.get(i).launchTimeNs(), "before its launch time");
    }
    return all;
  }

  private void awaitSent(int count) {
    long target = Math.min(running.sent() + count, FRAMES);
    await(target + " frames", () -> running.sent() >= target);
  }

  @Test
  void shouldNarrowTheWindowsWhileFramesWaitAndWidenThemAgain() throws IOException {
    long[] narrow = new long[2];
    List<Sent> sent =
        send(
            () -> {
              awaitSent(FRAMES / 6);
              sayAndAwait(
                  Gates.NARROWED, ClockState.HOLDOVER, 80_000, ClockPolicy.WIDEN_GUARD_BANDS);
              assertEquals(100_000, planner.clockEffect().guardBandNs());
              assertEquals(parameters, planner.schedule().at(NativeClock.taiNs()).oper());
              narrow[0] = NativeClock.taiNs() + HORIZON_NS;
              awaitSent(FRAMES / 4);
              narrow[1] = NativeClock.taiNs();
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
  void shouldOpenAllGatesWhileFramesWaitAndHaveThemComeBackByThemselves() throws IOException {
    long[] open = new long[3];
    List<Sent> sent =
        send(
            () -> {
              awaitSent(FRAMES / 6);
              sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
              open[0] = NativeClock.taiNs() + HORIZON_NS;
              assertEquals(parameters, planner.schedule().at(NativeClock.taiNs()).oper());
              assertNotEquals(parameters, planner.effectiveSchedule().oper());
              awaitSent(FRAMES / 4);
              open[1] = NativeClock.taiNs();
              sayAndAwait(Gates.AS_SCHEDULED, ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
              open[2] = NativeClock.taiNs() + HORIZON_NS;
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
  void shouldFollowManyChangesInARowWhileShapersAreSwapped() throws IOException {
    List<Sent> sent =
        send(
            () -> {
              for (int i = 0; i < 60; i++) {
                awaitSent(FRAMES / 100);
                say(ClockState.HOLDOVER, 10_000 + i * 1_000, ClockPolicy.WIDEN_GUARD_BANDS);
                if (i % 7 == 0) {
                  planner
                      .shaper
                      .slot()
                      .offer(
                          new ActiveShaper(
                              "swap" + i,
                              new FallbackShaper(planner.frames(), MODEL, planner.schedule()),
                              MODEL));
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
    running.ingress.priority = 3;
    running.ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("refused", () -> running.dropped(Verdict.OVERSIZE) == 1);
  }

  @Test
  void shouldRefuseNewSchedulesWhileTheyAreHeldAndKeepWhatIsPending() {
    GateParameters later = schedule(NativeClock.taiNs() + 3_600_000_000_000L);
    planner.mailbox.call(() -> planner.changeSchedule(later));
    GateSchedule before = planner.schedule();
    say(ClockState.FREE_RUNNING, 0, ClockPolicy.HOLD_NEW_SCHEDULES);

    ScheduleException refusal =
        assertThrows(
            ScheduleException.class,
            () -> planner.mailbox.call(() -> planner.changeSchedule(schedule(1))));

    assertEquals(
        "/: the clock is free-running since 1700000000.000000042 TAI (no Sync message comes), and"
            + " no new schedule is accepted until that changes; see ktsn:ptp, or take"
            + " hold-new-schedules out of policy.free.running of org.ktsn.clock.ptp",
        refusal.getMessage());
    assertTrue(planner.clockEffect().schedulesHeld());
    assertEquals(Gates.AS_SCHEDULED, planner.clockEffect().gates());
    assertEquals(before, planner.schedule());
    assertEquals(later, planner.schedule().pending().orElseThrow().parameters());
    planner.mailbox.call(() -> planner.restoreSchedule(schedule(2)));
    assertNotEquals(before, planner.schedule());

    say(ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
    GateSchedule after = planner.mailbox.call(() -> planner.changeSchedule(schedule(1)));
    assertEquals(schedule(1), after.pending().orElseThrow().parameters());
    assertFalse(planner.clockEffect().schedulesHeld());
  }

  @Test
  void shouldTreatWhatIsPendingLikeWhatIsInForce() {
    sayAndAwait(Gates.NARROWED, ClockState.HOLDOVER, 80_000, ClockPolicy.WIDEN_GUARD_BANDS);
    GateParameters later = schedule(NativeClock.taiNs() + 3_600_000_000_000L);
    planner.mailbox.call(() -> planner.changeSchedule(later));
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
    running.ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("dropped", () -> running.dropped(Verdict.NEVER_FITS) == 1);
    say(ClockState.SYNCHRONISED, 100, ClockPolicy.GO_ON);
    await("open again", () -> planner.clockEffect().closedClasses().isEmpty());
    running.ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("sent", () -> running.sent() == 1);
  }

  @Test
  void shouldGoOnAsWithoutAMonitorWhenTheMonitorIsStuckOrAway() {
    sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
    assertEquals(Monitor.HEARD, planner.clockEffect().monitor());
    await("stuck", () -> planner.clockEffect().monitor() == Monitor.STUCK);
    assertEquals(Gates.AS_SCHEDULED, planner.clockEffect().gates());
    assertEquals(ClockState.LOCAL, planner.clockEffect().state());
    assertEquals(planner.schedule().oper(), planner.effectiveSchedule().oper());
    sayAndAwait(Gates.OPEN, ClockState.WRONG, 0, ClockPolicy.OPEN_ALL_GATES);
    planner.clockUnwatched();
    await("away", () -> planner.clockEffect().monitor() == Monitor.AWAY);
    assertEquals(Gates.AS_SCHEDULED, planner.clockEffect().gates());
  }

  @Test
  void shouldGoOnInNarrowedWindowsWhenTheClockIsSetBack() throws IOException {
    sayAndAwait(Gates.NARROWED, ClockState.HOLDOVER, 80_000, ClockPolicy.WIDEN_GUARD_BANDS);
    long stepsBefore = planner.counters.get(Counters.CLOCK_STEPS);
    NativeClock.shift(-37_000_000_000L);
    await("the step is noticed", () -> planner.counters.get(Counters.CLOCK_STEPS) > stepsBefore);
    for (Sent frame : send(() -> say(ClockState.WRONG, 80_000, ClockPolicy.WIDEN_GUARD_BANDS))) {
      assertTrue(frame.isInside(100_000, WINDOW_NS - 100_000), frame.toString());
    }
  }
}
