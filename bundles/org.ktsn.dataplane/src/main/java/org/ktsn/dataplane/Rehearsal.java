package org.ktsn.dataplane;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.foreign.Launcher;
import org.ktsn.foreign.LauncherStandIn;
import org.ktsn.foreign.NativeClock;
import org.ktsn.foreign.Poller;

/**
 * Has a planner of its own plan made-up datagrams under a made-up clock, so that the virtual
 * machine has compiled the planner's code before the first real frame is there. What runs for the
 * first time is interpreted, twenty times as slowly: without this a flow of 20,000 datagrams a
 * second loses its first half a second.
 *
 * <p>Nothing of it is seen outside: no memory of the device, no thread, no service. Control
 * threads.
 */
final class Rehearsal {
  private static final int FRAMES = 256;
  private static final int BUFFER_OCTETS = 2048;
  private static final int TURNS = 3_000;
  private static final int PER_TURN = 4;
  private static final long TURN_NS = 100_000;
  private static final long AHEAD_NS = 3_000_000;
  private static final PortModel LINK = NoStages.MODEL;

  private final LauncherStandIn device;
  private final Planner planner;
  private long nowNs = 1_000_000_000_000L;
  private int buffers;

  private Rehearsal(long memoryAddress, Launcher launcher, Poller poller) {
    device = new LauncherStandIn(launcher);
    planner =
        new Planner(
            new PlannerSettings(
                2_000_000,
                10_000,
                60_000_000_000L,
                1_000_000_000,
                FRAMES,
                FRAMES / 2,
                LateOnArrival.CLOCK,
                2_000_000_000,
                -1,
                0),
            new PlannerHost(
                this::madeUpNs,
                this::madeUpNs,
                launcher,
                new Wakeful(Doorbells.of(poller)),
                new Memory(memoryAddress),
                BUFFER_OCTETS),
            LINK,
            new TrafficClasses(8),
            GateSchedule.open());
    planner.ingress.propose(new Crowd());
    planner.stacks.slot(AddressFamily.INET).propose(new Writer());
    planner.port.propose(new RatedPort(NoStages.PORT, "rehearsal", 1, LINK));
    FilterStep filter = planner.filters.step("rehearsal", new Onlooker());
    planner.filters.slot().propose(new FilterRow(List.of(filter)));
  }

  /** Rehearses the planner with the fallback shaper; returns how many datagrams left. */
  static long run() {
    StageClasses.load(Verdict.class);
    StageClasses.load(Launcher.class);
    StageClasses.load(Rehearsal.class);
    StageClasses.implementOnceMore(
        Ingress.class, Datagram.class, NetworkStack.class, Filter.class, Shaper.class, Port.class);
    try (Arena arena = Arena.ofShared();
        Poller poller = Poller.open();
        Launcher launcher = new Launcher()) {
      long memory = arena.allocate((long) FRAMES * BUFFER_OCTETS, 64).address();
      return new Rehearsal(memory, launcher, poller).play();
    }
  }

  private long play() {
    Life life = planner.beginLife(0);
    planner.trace(Optional.of(trace()));
    for (int pod = 0; pod < 2; pod++) {
      planner.attach(pod(pod));
    }
    for (int i = 0; i < TURNS; i++) {
      nowNs += TURN_NS;
      device.launchUntil(nowNs);
      planner.turn(life);
    }
    planner.trace(Optional.empty()).ifPresent(FrameTrace::close);
    return planner.counters.get(Counters.SENT);
  }

  private static FrameTrace trace() {
    int records = TURNS * PER_TURN;
    Arena arena = Arena.ofShared();
    return new FrameTrace(arena, arena.allocate(FrameTrace.octets(records), 8), records, LINK);
  }

  private long madeUpNs() {
    NativeClock.taiNs();
    return nowNs;
  }

  private static Pod pod(int number) {
    return new Pod(
        "rehearsal" + number,
        number,
        Path.of("/"),
        "tsn0",
        "rehearsal" + number,
        MacAddress.parse("02:00:00:00:00:01"),
        List.of("192.0.2." + (1 + number) + "/24"),
        Path.of("/"),
        Map.of(),
        Optional.empty());
  }

  /** Two pods, in all classes. */
  private final class Crowd implements Ingress {
    private final MadeUp datagram = new MadeUp();

    @Override
    public int poll(DatagramSink sink, int budget) {
      int taken = 0;
      for (int i = 0; i < PER_TURN; i++) {
        datagram.number++;
        datagram.launchTimeNs = nowNs + AHEAD_NS + i * (TURN_NS / PER_TURN);
        taken += sink.accept(datagram) ? 1 : 0;
      }
      return taken;
    }

    @Override
    public boolean prepareSleep(long wakeAtNs, long horizonNs) {
      return true;
    }

    @Override
    public void awake() {}

    @Override
    public int doorbell() {
      return -1;
    }
  }

  private static final class MadeUp implements Datagram {
    private int number;
    private long launchTimeNs;

    @Override
    public int pod() {
      return number & 1;
    }

    @Override
    public long launchTimeNs() {
      return launchTimeNs;
    }

    @Override
    public boolean deadlineMode() {
      return (number & 15) == 0;
    }

    @Override
    public AddressFamily family() {
      return AddressFamily.INET;
    }

    @Override
    public long sourceHigh() {
      return AddressFamily.highOf(0xc0000201 + pod());
    }

    @Override
    public long sourceLow() {
      return 0;
    }

    @Override
    public long destinationHigh() {
      return AddressFamily.highOf(0xc0000209);
    }

    @Override
    public long destinationLow() {
      return 0;
    }

    @Override
    public int sourcePort() {
      return 1;
    }

    @Override
    public int destinationPort() {
      return 1;
    }

    @Override
    public int tos() {
      return 0;
    }

    @Override
    public int ttl() {
      return 64;
    }

    @Override
    public int priority() {
      return number >> 1 & 7;
    }

    @Override
    public boolean dontFragment() {
      return true;
    }

    @Override
    public boolean noChecksum() {
      return false;
    }

    @Override
    public long payloadAddress() {
      return 0;
    }

    @Override
    public int payloadLength() {
      return 18;
    }
  }

  /** Is asked and told everything about every second pod's frames, and holds some of them once. */
  private static final class Onlooker implements Filter {
    private int asked;

    @Override
    public boolean heeds(Pod pod) {
      return pod.number() == 0;
    }

    @Override
    public void admit(FrameView frame, long nowNs, Admission answer) {
      asked += frame.lengthOctets();
    }

    @Override
    public void inspect(FrameView frame, long nowNs, Leave answer) {
      asked++;
      if ((asked & 15) == 0) {
        answer.hold(nowNs + TURN_NS);
      }
    }

    @Override
    public void held(FrameView frame, long untilNs) {
      asked++;
    }

    @Override
    public void leaves(FrameView frame, long departsNs) {
      asked--;
    }

    @Override
    public void sent(FrameView frame, long actualNs) {
      asked++;
    }
  }

  private static final class Writer implements NetworkStack {
    @Override
    public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
      out.lengthOctets = 60;
      out.headerOctets = 14;
      out.pcp = datagram.priority();
      return Verdict.ACCEPTED;
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      return Verdict.ACCEPTED;
    }
  }

  /** As the planner's own, but that nobody sleeps. */
  private record Wakeful(Doorbells real) implements Doorbells {
    @Override
    public void sleep(long atMostNs) {
      real.sleep(0);
    }

    @Override
    public void wake() {}

    @Override
    public void add(int descriptor) {}

    @Override
    public void remove(int descriptor) {}
  }

  private final class Memory implements PacketBuffers {
    private final long address;

    Memory(long address) {
      this.address = address;
    }

    @Override
    public long take() {
      return ++buffers;
    }

    @Override
    public long data(long buffer) {
      return address + (buffer - 1) % FRAMES * BUFFER_OCTETS;
    }

    @Override
    public int idle() {
      return 0;
    }

    @Override
    public void leave(long buffer) {}

    @Override
    public void leave() {}
  }
}
