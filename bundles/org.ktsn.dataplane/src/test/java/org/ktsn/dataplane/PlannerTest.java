package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.Launcher;
import org.ktsn.foreign.NativeClock;
import org.ktsn.foreign.Poller;

/**
 * The planner with the real launcher and a real DPDK device that swallows frames, in ordinary
 * memory.
 */
final class PlannerTest {
  private static final PortModel MODEL = new PortModel(1_000_000_000L, 0);

  /** Enough for a busy machine: what comes late is dropped, as it should be. */
  private static final long AHEAD_NS = 400_000_000;

  private static DpdkPort device;

  private final Arena arena = Arena.ofShared();
  private final Poller poller = Poller.open();
  private final Launcher launcher = new Launcher();
  private final SimulatedIngress ingress = new SimulatedIngress();
  private final SimulatedStack stack = new SimulatedStack();
  private Planner planner;
  private Thread launcherThread;

  private static final class SimulatedStack implements NetworkStack {
    volatile Verdict verdict = Verdict.ACCEPTED;

    @Override
    public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
      out.lengthOctets = 60;
      out.headerOctets = 14;
      out.pcp = datagram.priority();
      return verdict;
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      return verdict;
    }
  }

  private record TestPort(String name) implements Port {
    @Override
    public long handle() {
      return device.address();
    }

    @Override
    public PortModel model() {
      return MODEL;
    }

    @Override
    public PortStatus status() {
      return new PortStatus(name, true, 0, 0, 0);
    }
  }

  @BeforeAll
  static void startDpdk() {
    Dpdk.start(
        List.of("--no-pci", "--no-huge", "--no-shconf", "-m", "64", "--no-telemetry"), 8192, 2048);
    device = DpdkPort.open("net_null0", "");
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void start() {
    planner =
        new Planner(
            new PlannerSettings(500_000, 10_000, 60_000_000_000L, 1024, 512, true, -1, 0),
            NativeClock::taiNs,
            launcher,
            poller,
            new BufferReserve(arena.allocate(BufferReserve.scratchOctets(), 8).address()),
            2048,
            MODEL,
            new TrafficClasses(8),
            GateSchedule.open());
    launcherThread = Thread.ofPlatform().daemon().start(() -> launcher.run(-1, 0, 50_000, 250_000));
    Thread.ofPlatform().name("planner").daemon().start(planner);
    await("the threads", () -> planner.isRunning() && launcher.isRunning());
    planner.ingress.offer(ingress);
    planner.stack.offer(stack);
    planner.port.offer(new TestPort("test"));
    planner.mailbox.call(() -> planner.attach(1));
  }

  @AfterEach
  void stop() throws InterruptedException {
    planner.stop();
    launcher.stop();
    launcherThread.join();
    launcher.close();
    poller.close();
    ingress.close();
    arena.close();
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within 10 s: " + what);
      Thread.onSpinWait();
    }
  }

  private long sent() {
    return planner.counters.get(Counters.SENT);
  }

  private long dropped(Verdict verdict) {
    return planner
        .counters
        .drops()
        .getOrDefault(verdict.name().toLowerCase(java.util.Locale.ROOT), 0L);
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
  void shouldDropAFrameWhoseNextHopIsNotResolvedInTime() {
    stack.verdict = Verdict.HOLD;
    ingress.send(NativeClock.taiNs() + 2_000_000);
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
      planner.shaper.offer(
          new ActiveShaper(
              "swap" + i, new FallbackShaper(planner.frames(), MODEL, planner.schedule()), MODEL));
    }
    assertEquals("swap49", planner.shaper.inUse().name());
    await("400 frames", () -> sent() == 400);
    await("every row free", () -> planner.frames().used() == 0);
  }

  @Test
  void shouldReplaceAShaperThatThrowsAndKeepFramesFlowing() {
    planner.shaper.offer(new ActiveShaper("broken", new BrokenShaper(), MODEL));
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 10; i++) {
      ingress.send(base + i * 100_000L);
    }
    await("10 frames", () -> sent() == 10);
    assertEquals("fallback", planner.shaper.inUse().name());
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
    planner.port.offer(new TestPort("another"));
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
    launcher.stop();
    launcherThread.join();
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

  private static final class BrokenShaper implements Shaper {
    private int queued;

    @Override
    public Verdict enqueue(int frame) {
      queued++;
      return Verdict.ACCEPTED;
    }

    @Override
    public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
      throw new IllegalStateException("broken on purpose");
    }

    @Override
    public void take(Departure departure) {
      throw new IllegalStateException("never reached");
    }

    @Override
    public Verdict missed(int frame, long nowNs) {
      return Verdict.MISSED;
    }

    @Override
    public void schedule(GateSchedule schedule) {}

    @Override
    public int queued() {
      return queued;
    }

    @Override
    public int queued(int trafficClass) {
      return 0;
    }
  }
}
