package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.Launcher;
import org.ktsn.foreign.NativeClock;
import org.ktsn.foreign.NativePort;
import org.ktsn.foreign.Poller;

/**
 * A planner with the real launcher and a real DPDK device that swallows frames, in ordinary memory,
 * between a simulated ingress and a simulated stack.
 */
final class RunningPlanner {
  static final PortModel MODEL = new PortModel(1_000_000_000L, 0);

  /** Enough for a busy machine: what comes late is dropped, as it should be. */
  static final long AHEAD_NS = 400_000_000;

  private static final long REPORT_LIMIT_NS = 2_000_000_000;

  private static final long MAX_WAIT_NS = 1_000_000_000;

  private static final int AWAIT_SECONDS = 60;

  private static boolean dpdkRuns;
  private static final long HORIZON_NS = 500_000;

  private final Arena arena = Arena.ofShared();
  private final Poller poller = Poller.open();
  private final NativePort device;
  final Launcher launcher = new Launcher();
  final SimulatedIngress ingress = new SimulatedIngress();
  final SimulatedStack stack = new SimulatedStack();
  final Planner planner;
  final Thread launcherThread;

  static final class SimulatedStack implements NetworkStack {
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

  private record TestPort(String name, NativePort device) implements Port {
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

  /** Opens the device that swallows frames; DPDK starts once in a process. */
  static synchronized NativePort openDevice() {
    if (!dpdkRuns) {
      Dpdk.start(
          List.of("--no-pci", "--no-huge", "--no-shconf", "-m", "64", "--no-telemetry"),
          8192,
          2048);
      dpdkRuns = true;
    }
    return NativePort.dpdk("net_null0", "");
  }

  RunningPlanner(NativePort device, int maxFrames) {
    this.device = device;
    planner =
        new Planner(
            new PlannerSettings(
                HORIZON_NS,
                10_000,
                60_000_000_000L,
                MAX_WAIT_NS,
                maxFrames,
                maxFrames / 2,
                LateOnArrival.CLOCK,
                REPORT_LIMIT_NS,
                -1,
                0),
            new PlannerHost(
                NativeClock::taiNs,
                System::nanoTime,
                launcher,
                Doorbells.of(poller),
                new BufferReserve(arena.allocate(BufferReserve.scratchOctets(), 8).address()),
                2048),
            MODEL,
            new TrafficClasses(8),
            GateSchedule.open());
    launcher.ringWhenMissed(poller.wakeDescriptor());
    launcherThread =
        Thread.ofPlatform().daemon().start(() -> launcher.run(-1, 0, 50_000, 250_000, 0, 1_000));
    Thread.ofPlatform().name("planner").daemon().start(planner);
    await("the threads", () -> planner.isRunning() && launcher.isRunning());
    planner.ingress.offer(ingress);
    planner.stacks.slot(AddressFamily.INET).offer(stack);
    planner.port.offer(port("test"));
    planner.mailbox.call(() -> planner.attach(TestPods.pod(1)));
  }

  /** A port through the one device. */
  Port port(String name) {
    return new TestPort(name, device);
  }

  /** Waits for what must come, however slow the machine is, and leaves it the processor. */
  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(AWAIT_SECONDS);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within " + AWAIT_SECONDS + " s: " + what);
      LockSupport.parkNanos(50_000);
    }
  }

  long received() {
    return planner.counters.get(Counters.RECEIVED);
  }

  long sent() {
    return planner.counters.get(Counters.SENT);
  }

  long dropped(DropReason reason) {
    return planner.counters.drops().getOrDefault(reason.name(), 0L);
  }

  /** Ends both threads and gives everything back. */
  void close() throws InterruptedException {
    planner.stop();
    launcher.stop();
    launcherThread.join();
    launcher.close();
    poller.close();
    ingress.close();
    arena.close();
  }
}
