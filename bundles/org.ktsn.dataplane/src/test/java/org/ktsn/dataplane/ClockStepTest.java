package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.MODEL;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.NativeClock;

/** The clock of planner and launcher is set while frames wait. */
final class ClockStepTest {
  private static final long CYCLE_NS = 2_000_000;
  private static final long WINDOW_NS = 500_000;
  private static final int FRAMES = 300;
  private static final long PERIOD_NS = 4_000_000;

  private static DpdkPort device;

  private RunningPlanner running;
  private Planner planner;

  @TempDir Path directory;

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
    running = new RunningPlanner(device, 1024);
    planner = running.planner;
    running.ingress.priority = 7;
    planner.mailbox.call(
        () ->
            planner.changeSchedule(
                GateParameters.of(
                    0,
                    CycleTime.ofNanoseconds(CYCLE_NS),
                    List.of(
                        new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, WINDOW_NS),
                        new GateControlEntry(
                            GateOperation.SET_GATE_STATES, 0x7f, CYCLE_NS - WINDOW_NS)))));
  }

  @AfterEach
  void stop() throws InterruptedException {
    NativeClock.shift(0);
    running.close();
  }

  private long gone() {
    return running.sent()
        + running.dropped(Verdict.MISSED)
        + running.dropped(Verdict.LATE_ON_ARRIVAL);
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000L, -1_000_000_000L, 37_000_000_000L, -37_000_000_000L})
  void shouldKeepEveryFrameInTheWindowsOfTheNewTimeAndSendNoBurst(long stepNs) throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 4 * FRAMES, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long begin = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(begin + i * PERIOD_NS);
    }
    await("some of them", () -> running.sent() >= FRAMES / 6);
    long stepsBefore = planner.counters.get(Counters.CLOCK_STEPS);
    NativeClock.shift(stepNs);
    long stepped = NativeClock.taiNs();
    await("the step is noticed", () -> planner.counters.get(Counters.CLOCK_STEPS) > stepsBefore);
    if (stepNs > 0) {
      await("the rest is missed", () -> gone() == FRAMES);
      assertTrue(running.dropped(Verdict.MISSED) > 0);
    }
    // Frames of the new time go on at their instants, whatever of the old one still waits.
    long again = NativeClock.taiNs() + AHEAD_NS;
    long goneBefore = gone();
    for (int i = 0; i < FRAMES / 3; i++) {
      running.ingress.send(again + i * 1_000_000L);
    }
    await("the new ones", () -> gone() >= goneBefore + FRAMES / 3);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    judge(file, stepped);
    assertEquals(stepsBefore + 1, planner.counters.get(Counters.CLOCK_STEPS));
  }

  /** Inside its window by the time in force; and never faster than the frames were asked for. */
  private static void judge(Path file, long steppedNs) throws IOException {
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int afterStep = 0;
    long firstNs = Long.MAX_VALUE;
    long lastNs = Long.MIN_VALUE;
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) != FrameTrace.SENT) {
        continue;
      }
      long launchTimeNs = records.getLong(at);
      long actualNs = records.getLong(at + 16);
      long phaseNs = Math.floorMod(actualNs, CYCLE_NS);
      assertTrue(phaseNs + 672 <= WINDOW_NS, "frame " + i + " left at phase " + phaseNs);
      assertTrue(actualNs >= launchTimeNs, "before its launch time");
      if (actualNs >= steppedNs && launchTimeNs >= steppedNs) {
        afterStep++;
        firstNs = Math.min(firstNs, actualNs);
        lastNs = Math.max(lastNs, actualNs);
      }
    }
    assertTrue(afterStep > 10, "only " + afterStep + " frames of the new time");
    assertTrue(
        lastNs - firstNs >= (afterStep / 3) * 1_000_000L,
        afterStep + " frames in " + (lastNs - firstNs) + " ns are a burst");
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
