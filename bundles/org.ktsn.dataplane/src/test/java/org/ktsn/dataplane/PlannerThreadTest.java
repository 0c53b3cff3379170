package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.MODEL;
import static org.ktsn.dataplane.RunningPlanner.await;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.NativeClock;

/**
 * The planner in its thread, before the real launcher and a real device. A machine that is busy has
 * frames come late: judged is what becomes of each, not how many are in time.
 */
final class PlannerThreadTest {
  @RegisterExtension static final SwallowingDevice DEVICE = new SwallowingDevice();

  private RunningPlanner running;
  private Planner planner;

  @BeforeEach
  void start() {
    running = new RunningPlanner(DEVICE.port(), 1024);
    planner = running.planner;
  }

  @AfterEach
  void stop() throws InterruptedException {
    NativeClock.shift(0);
    running.close();
  }

  /**
   * Those that came too late or were made so, or could not leave for too long, are dealt with too.
   */
  private long dealtWith() {
    return running.sent()
        + running.dropped(Verdict.LATE_ON_ARRIVAL)
        + running.dropped(Verdict.MISSED)
        + running.dropped(NoStages.NO_STACK)
        + running.dropped(Verdict.OVERDUE);
  }

  @Test
  void shouldSendEachFrameOnceAtItsInstantOrLater(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 1_000, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 100; i++) {
      running.ingress.send(base + i * 200_000L);
    }
    await("100 frames", () -> dealtWith() == 100);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int sent = 0;
    long lastArrival = Long.MIN_VALUE;
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) == FrameTrace.SENT) {
        sent++;
        assertTrue(records.getLong(at + 8) >= records.getLong(at), "before its launch time");
        assertTrue(records.getLong(at + 16) >= records.getLong(at + 8), "before its instant");
        assertTrue(records.getLong(at + 56) > lastArrival, "out of the order of arrival");
        lastArrival = records.getLong(at + 56);
      }
    }
    assertEquals(running.sent(), sent);
    await("every row free", () -> planner.frames().used() == 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000L, -1_000_000_000L, 37_000_000_000L, -37_000_000_000L})
  void shouldKeepFramesInTheWindowsOfTheNewTimeWhenTheClockIsSet(
      long stepNs, @TempDir Path directory) throws IOException {
    planner.mailbox.call(() -> planner.changeSchedule(ClockStepTest.windows()));
    running.ingress.priority = 7;
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 4_000, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long begin = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 100; i++) {
      running.ingress.send(begin + i * 4_000_000L);
    }
    await("some of them", () -> dealtWith() >= 10);
    long stepsBefore = planner.counters.get(Counters.CLOCK_STEPS);
    NativeClock.shift(stepNs);
    await("the step is noticed", () -> planner.counters.get(Counters.CLOCK_STEPS) > stepsBefore);
    if (stepNs > 0) {
      await("the rest is missed", () -> dealtWith() == 100);
    }
    long before = dealtWith();
    long again = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 100; i++) {
      running.ingress.send(again + i * 1_000_000L);
    }
    await("the new ones", () -> dealtWith() >= before + 100);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) == FrameTrace.SENT) {
        long actualNs = records.getLong(at + 16);
        long phaseNs = Math.floorMod(actualNs, ClockStepTest.CYCLE_NS);
        assertTrue(phaseNs + 672 <= ClockStepTest.WINDOW_NS, i + " left at phase " + phaseNs);
        assertTrue(actualNs >= records.getLong(at), "before its launch time");
      }
    }
    assertEquals(stepsBefore + 1, planner.counters.get(Counters.CLOCK_STEPS));
  }

  @Test
  void shouldLeaveItsBuffersToTheNextPlanner() throws InterruptedException {
    await("an empty table", () -> planner.frames().used() == 0);
    long launchNs = NativeClock.taiNs() + 50_000_000_000L;
    for (int i = 0; i < 200; i++) {
      running.ingress.send(launchNs);
    }
    await("received", () -> running.received() == 200);
    long before = Dpdk.freeFrames();
    planner.stop();
    running.launcher.stop();
    running.launcherThread.join();
    int left = planner.leaveBuffers();
    assertTrue(left >= 200, "only " + left + " buffers were left");
    assertTrue(Dpdk.freeFrames() >= before + left);
  }

  @Test
  void shouldAllocateNothingPerFrame() {
    assertNothingIsAllocatedPerFrame();
  }

  @Test
  void shouldAllocateNothingPerFrameOfWhateverFamily() {
    planner.flows.open(1);
    planner.stacks.slot(AddressFamily.INET6).offer(running.stack);
    running.ingress.inTurn = true; // nobody serves the third
    assertNothingIsAllocatedPerFrame();
    assertTrue(running.dropped(NoStages.NO_STACK) > 0);
    assertEquals(3, planner.flows.status(NativeClock.taiNs()).size());
  }

  @Test
  void shouldAllocateNothingPerFrameWithFilters() {
    FilterLine line = planner.filters;
    TouchingFilter filter = new TouchingFilter();
    FilterStep one = line.step("one", filter);
    FilterStep two = line.step("two", new TouchingFilter());
    line.slot().offer(new FilterRow(List.of(one, two)));
    assertNothingIsAllocatedPerFrame();
    assertEquals(List.of("", ""), List.of(one.problem(), two.problem()));
    assertTrue(filter.seen != 0);
  }

  /** Looks at each frame wherever it can, has each held once, and changes its class. */
  private static final class TouchingFilter implements Filter {
    private long seen;

    @Override
    public void admit(FrameView frame, long nowNs, Admission answer) {
      seen += frame.fourOctets(10) + frame.flow() + frame.linkOctets();
      answer.internalPriority(5);
    }

    @Override
    public void inspect(FrameView frame, long nowNs, Leave answer) {
      if (!frame.wasHeld()) {
        answer.hold(answer.departsNs() + 1_000);
      }
    }

    @Override
    public void held(FrameView frame, long untilNs) {
      seen += frame.number();
    }

    @Override
    public void leaves(FrameView frame, long departsNs) {
      seen += frame.octet(3);
    }

    @Override
    public void sent(FrameView frame, long actualNs) {
      seen += frame.arrival();
    }

    @Override
    public void dropped(FrameView frame, DropReason reason) {
      seen += reason.number();
    }
  }

  private void assertNothingIsAllocatedPerFrame() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    await("planner", () -> planner.lives.threadId() != 0);
    long allocatedBefore = 0;
    int frames = 4_000;
    for (int round = 0; round < 8; round++) { // the last round counts: by then all is compiled
      allocatedBefore = threads.getThreadAllocatedBytes(planner.lives.threadId());
      long target = dealtWith() + frames;
      long base = NativeClock.taiNs() + AHEAD_NS;
      for (int i = 0; i < frames; i++) {
        await("room", () -> planner.frames().used() <= 400);
        running.ingress.send(base + i * 50_000L);
      }
      await("frames of round " + round, () -> dealtWith() == target);
    }
    long allocated = threads.getThreadAllocatedBytes(planner.lives.threadId()) - allocatedBefore;
    assertTrue(
        allocated < frames,
        "the planner allocated " + allocated + " octets for " + frames + " frames");
  }
}
