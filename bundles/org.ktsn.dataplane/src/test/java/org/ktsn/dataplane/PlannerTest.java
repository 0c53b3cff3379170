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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.NativeClock;

/** The planner's work from the ring to the device. */
final class PlannerTest {
  private static DpdkPort device;

  private RunningPlanner running;
  private Planner planner;
  private SimulatedIngress ingress;
  private RunningPlanner.SimulatedStack stack;

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
    ingress = running.ingress;
    stack = running.stack;
  }

  @AfterEach
  void stop() throws InterruptedException {
    running.close();
  }

  private long sent() {
    return running.sent();
  }

  private long dropped(DropReason reason) {
    return running.dropped(reason);
  }

  @Test
  void shouldSendEachFrameOnceAtItsInstantOrLater(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 100, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 100; i++) {
      ingress.send(base + i * 200_000L);
    }
    await("100 frames", () -> sent() == 100);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(100, records.getLong(24));
    for (int i = 0; i < 100; i++) {
      int at = 64 + i * 64;
      assertEquals(base + i * 200_000L, records.getLong(at), "launch time of " + i);
      assertTrue(records.getLong(at + 8) >= records.getLong(at), "planned before its launch time");
      assertTrue(records.getLong(at + 16) >= records.getLong(at + 8), "sent before its instant");
      assertEquals(0, records.get(at + 43));
    }
    await("every row free", () -> planner.frames().used() == 0);
  }

  @Test
  void shouldPlanNothingWhileALaunchedFrameIsOnTheLink(@TempDir Path directory) throws IOException {
    PortModel slow = new PortModel(10_000, 0);
    planner
        .shaper
        .slot()
        .offer(
            new ActiveShaper(
                "slow", new FallbackShaper(planner.frames(), slow, GateSchedule.open()), slow));
    planner.port.offer(new RatedPort(running.port("slow"), slow));
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 2, slow);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("the first is on the link", () -> sent() == 1);
    ingress.send(NativeClock.taiNs() + slow.durationNs(60) / 2);
    await("both", () -> sent() == 2);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(records.getLong(64 + 8) + slow.durationNs(60), records.getLong(128 + 8));
  }

  @Test
  void shouldDropAndCountWhatComesTooLateOrTooEarly() {
    long now = NativeClock.taiNs();
    ingress.send(now - 1_000_000);
    ingress.send(now + 3_600_000_000_000L);
    await("late", () -> dropped(Verdict.LATE_ON_ARRIVAL) == 1);
    await("early", () -> dropped(Verdict.TOO_EARLY) == 1);
    await("every row free", () -> planner.frames().used() == 0);
  }

  @Test
  void shouldSendAFrameWhoseNextHopIsResolvedInTime() {
    stack.verdict = Verdict.HOLD;
    ingress.send(NativeClock.taiNs() + 200_000_000);
    await("received", () -> planner.counters.get(Counters.RECEIVED) == 1);
    stack.verdict = Verdict.ACCEPTED;
    await("sent", () -> sent() == 1);
  }

  @Test
  void shouldKeepAWholeBurstWhoseNextHopIsResolvedInTime() {
    stack.verdict = Verdict.HOLD;
    for (int i = 0; i < 400; i++) {
      ingress.send(NativeClock.taiNs() + 20_000_000_000L);
    }
    await("received", () -> planner.counters.get(Counters.RECEIVED) == 400);
    stack.verdict = Verdict.ACCEPTED;
    await("all are with the shaper", () -> planner.frames().queuedCount() == 400);
    assertEquals(0, dropped(Verdict.NO_NEIGHBOUR));
  }

  @Test
  void shouldDropAFrameWhoseNextHopIsNotResolvedInTime() {
    stack.verdict = Verdict.HOLD;
    ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("dropped", () -> dropped(Verdict.NO_NEIGHBOUR) == 1);
    await("every row free", () -> planner.frames().used() == 0);
  }

  @Test
  void shouldKeepFramesInsideTheirGateEvenWithoutAnyShaper() throws IOException {
    GateParameters parameters =
        GateParameters.of(
            0,
            CycleTime.ofNanoseconds(2_000_000),
            List.of(
                new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, 500_000),
                new GateControlEntry(GateOperation.SET_GATE_STATES, 0x7f, 1_500_000)));
    GateSchedule schedule = planner.mailbox.call(() -> planner.changeSchedule(parameters));
    long begin = schedule.pending().orElseThrow().configChangeTimeNs() + AHEAD_NS;
    ingress.priority = 7;
    Path file = Files.createTempFile("ktsn", ".trace");
    FrameTrace trace = new FrameTrace(file, 200, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    for (int i = 0; i < 100; i++) {
      ingress.send(begin + i * 130_000L);
    }
    await("100 frames", () -> sent() == 100);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < (int) records.getLong(24); i++) {
      if (records.get(64 + i * 64 + 43) == 0) {
        long phase = Math.floorMod(records.getLong(64 + i * 64 + 16), 2_000_000L);
        assertTrue(phase + 672 <= 500_000, "frame " + i + " left at phase " + phase);
      }
    }
    Files.delete(file);
  }

  @Test
  void shouldHandWaitingFramesToAnotherShaperAndLoseNone() {
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 400; i++) {
      ingress.send(base + i * 100_000L);
    }
    await("received", () -> planner.counters.get(Counters.RECEIVED) == 400);
    for (int i = 0; i < 50; i++) {
      planner
          .shaper
          .slot()
          .offer(
              new ActiveShaper(
                  "swap" + i,
                  new FallbackShaper(planner.frames(), MODEL, planner.schedule()),
                  MODEL));
    }
    assertEquals("swap49", planner.shaper.name());
    await("400 frames", () -> sent() == 400);
    await("every row free", () -> planner.frames().used() == 0);
  }

  @Test
  void shouldCallCommittedFramesBackWhenThePortLeaves() {
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 20; i++) {
      ingress.send(base + i * 10_000L);
    }
    await("committed", () -> planner.committedCount() > 0);
    planner.port.offer(NoStages.PORT);
    assertEquals(0, planner.committedCount());
    planner.port.offer(running.port("another"));
    await("20 frames", () -> sent() == 20);
  }

  @Test
  void shouldGoOnWithAnotherStackAfterOneHasFailed() {
    planner.stack.offer(
        new NetworkStack() {
          @Override
          public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
            throw new AssertionError("broken on purpose");
          }

          @Override
          public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
            return Verdict.HOLD;
          }
        });
    ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("the failure", () -> dropped(Verdict.NO_ROUTE) == 1);
    planner.stack.offer(stack);
    ingress.send(NativeClock.taiNs() + AHEAD_NS);
    await("the next frame", () -> sent() == 1);
    await("every row free", () -> planner.frames().used() == 0);
  }

  @Test
  void shouldSendNothingOfAPodThatWasDetached() {
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 10; i++) {
      ingress.send(base + i * 100_000L);
    }
    await("received", () -> planner.counters.get(Counters.RECEIVED) == 10);
    planner.mailbox.call(() -> planner.detach(1));
    await("dropped", () -> dropped(Verdict.POD_GONE) == 10);
    await("every row free", () -> planner.frames().used() == 0);
    assertEquals(0, sent());
  }

  @Test
  void shouldLeaveItsBuffersToTheNextPlanner() throws InterruptedException {
    await("an empty table", () -> planner.frames().used() == 0);
    for (int i = 0; i < 200; i++) {
      ingress.send(NativeClock.taiNs() + 10_000_000_000L);
    }
    await("received", () -> planner.counters.get(Counters.RECEIVED) == 200);
    long before = Dpdk.freeFrames();
    planner.stop();
    running.launcher.stop();
    running.launcherThread.join();
    int left = planner.leaveBuffers();
    assertTrue(left >= 200, "only " + left + " buffers were left");
    assertTrue(Dpdk.freeFrames() >= before + left);
  }

  /** On a busy machine some of them come too late; those are dealt with too. */
  private long dealtWith() {
    return sent() + dropped(Verdict.LATE_ON_ARRIVAL);
  }

  @Test
  void shouldAllocateNothingPerFrame() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    await("planner", () -> planner.threadId() != 0);
    long allocatedBefore = 0;
    int frames = 4_000;
    for (int round = 0; round < 8; round++) { // the last round counts: by then all is compiled
      allocatedBefore = threads.getThreadAllocatedBytes(planner.threadId());
      long target = dealtWith() + frames;
      long base = NativeClock.taiNs() + AHEAD_NS;
      for (int i = 0; i < frames; i++) {
        long at = base + i * 50_000L;
        while (planner.frames().used() > 400) {
          Thread.onSpinWait();
        }
        ingress.send(at);
      }
      await("frames of round " + round, () -> dealtWith() == target);
    }
    long allocated = threads.getThreadAllocatedBytes(planner.threadId()) - allocatedBefore;
    assertTrue(
        allocated < frames,
        "the planner allocated " + allocated + " octets for " + frames + " frames");
  }
}
