package org.ktsn.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.ingress.Report;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.filter.credit.CreditFilterFactory;
import org.ktsn.foreign.NativeMemory;

/**
 * A planner that is cranked by hand, turn by turn, under a clock that the test sets: no thread, no
 * device, no waiting.
 */
final class CrankedPlanner {
  static final PortModel LINK = new PortModel(1_000_000_000L, 0);
  static final long HORIZON_NS = 2_000_000;

  /** How long before its launch a frame is decided on at the latest. */
  static final long LEAD_NS = 10_000;

  /** How far ahead a frame is held. */
  static final long MAX_AHEAD_NS = 60_000_000_000L;

  /** How long a frame may wait. */
  static final long MAX_WAIT_NS = 1_000_000_000;

  /** How old a report on the clock may be. */
  static final long REPORT_LIMIT_NS = 2_000_000_000;

  static final int FRAMES = 256;
  static final int BUFFER_OCTETS = 2048;
  static final int PODS = 4;
  static final long BEGIN_NS = 1_000_000_000_000L;

  /** So often the planner is cranked while time passes: more than once in a horizon. */
  private static final long STEP_NS = HORIZON_NS / 10;

  /** So long at most {@link #passUntil} cranks. */
  private static final long MOST_NS = 200_000_000_000L;

  /** The present instant of the clock that may be set. */
  long nowNs = BEGIN_NS;

  /** Of the one that is not. */
  long monotonicNs;

  final SimulatedLauncher launcher = new SimulatedLauncher();
  final Deque<FakeDatagram> ring = new ArrayDeque<>();

  /** What programs were told. */
  final List<Told> told = new ArrayList<>();

  final Planner planner;
  final Life life;

  /** Which destinations are on other nodes. */
  final RemoteStations stations = new RemoteStations();

  /** Whom the stack writes that frames are for. */
  long destination;

  /** What the stack answers. */
  Verdict stackSays = Verdict.ACCEPTED;

  /** Buffers that were taken. */
  int buffers;

  /** The last sleep: how long the planner would have slept. */
  long sleptNs;

  private final MemorySegment memory;
  private final Ingress ingress = new Rings();
  final NetworkStack stack = new Writer();

  /** Of the datagrams that are handed over from now on. */
  boolean deadlineMode;

  /** A report, with the first octet of the frame, which the stack has written for it. */
  record Told(
      Report.Kind kind,
      int pod,
      long socket,
      int number,
      long stamp,
      long instantNs,
      int frameOctets,
      int firstOctet) {}

  CrankedPlanner() {
    this(FRAMES);
  }

  /** Makes one with room for so many frames, half of them for a pod. */
  CrankedPlanner(int maxFrames) {
    memory = Arena.ofAuto().allocate((long) maxFrames * BUFFER_OCTETS);
    planner =
        new Planner(
            new PlannerSettings(
                HORIZON_NS,
                LEAD_NS,
                MAX_AHEAD_NS,
                MAX_WAIT_NS,
                maxFrames,
                maxFrames / 2,
                LateOnArrival.CLOCK,
                REPORT_LIMIT_NS,
                -1,
                0),
            new PlannerHost(
                () -> nowNs,
                () -> monotonicNs,
                launcher,
                new Bells(),
                new Memory(),
                BUFFER_OCTETS,
                stations),
            LINK,
            new TrafficClasses(8),
            GateSchedule.open());
    launcher.frames = planner.frames();
    planner.ingress.offer(ingress); // nobody waits for a planner that does not run
    planner.stacks.slot(AddressFamily.INET).offer(stack);
    planner.port.offer(port(LINK));
    life = planner.beginLife(0);
    for (int pod = 0; pod < PODS; pod++) {
      planner.attach(TestPods.pod(pod));
    }
    turn();
  }

  /** Time passes, and the launcher is in time. */
  void pass(long ns) {
    nowNs += ns;
    monotonicNs += ns;
    launcher.launchUntil(nowNs);
  }

  /** Time passes while the machine stands still. */
  void stall(long ns) {
    nowNs += ns;
    monotonicNs += ns;
    launcher.stallUntil(nowNs);
  }

  /** The clock is set. */
  void step(long byNs) {
    nowNs += byNs;
  }

  /** Others' frames come to lie in every buffer. */
  void overwriteBuffers() {
    memory.fill((byte) 0x7f);
  }

  int turn() {
    return planner.turn(life);
  }

  /** Time passes, and planner and launcher do in it what there is to do. */
  void run(long ns) {
    settle();
    for (long restNs = ns; restNs > 0; restNs -= STEP_NS) {
      pass(Math.min(STEP_NS, restNs));
      settle();
    }
  }

  /** Time passes, as in {@link #run}, up to an instant. */
  void runUntil(long instantNs) {
    run(instantNs - nowNs);
  }

  /** Time passes, as in {@link #run}, until something is so. */
  void passUntil(String what, BooleanSupplier condition) {
    settle();
    long endNs = monotonicNs + MOST_NS;
    while (!condition.getAsBoolean()) {
      if (monotonicNs > endNs) {
        throw new AssertionError("not within " + MOST_NS + " ns: " + what);
      }
      pass(STEP_NS);
      settle();
    }
  }

  /** Cranks until a turn finds nothing to do. */
  void settle() {
    for (int i = 0; turn() > 0; i++) {
      if (i > 10_000) {
        throw new AssertionError("the planner does not come to rest");
      }
    }
  }

  /** Hands over a datagram. */
  void send(int pod, long launchTimeNs, int priority) {
    send(AddressFamily.INET, pod, launchTimeNs, priority);
  }

  /** Hands over a datagram that a test has made. */
  void send(FakeDatagram datagram) {
    ring.add(datagram);
  }

  /** Hands over a datagram of a family. */
  void send(AddressFamily family, int pod, long launchTimeNs, int priority) {
    FakeDatagram datagram = new FakeDatagram();
    datagram.family = family;
    datagram.pod = pod;
    datagram.launchTimeNs = launchTimeNs;
    datagram.priority = priority;
    datagram.deadlineMode = deadlineMode;
    ring.add(datagram);
  }

  void offer(NetworkStack next) {
    offer(AddressFamily.INET, next);
  }

  void offer(AddressFamily family, NetworkStack next) {
    offerWithoutWaiting(planner.stacks.slot(family), next);
  }

  void offer(Port next) {
    offerWithoutWaiting(planner.port, next);
  }

  /** Puts these filters on the frames' way, and no others. */
  void offer(FilterStep... filters) {
    offerWithoutWaiting(planner.filters.slot(), new FilterRow(List.of(filters)));
  }

  FilterStep filter(String name, Filter filter) {
    return planner.filters.step(name, filter);
  }

  /** A filter that heeds the pods' idle slopes. */
  FilterStep credit() {
    return filter("credit", new CreditFilterFactory().create(site()));
  }

  FilterSite site() {
    return new FilterSite(
        planner.frames().capacity(), BUFFER_OCTETS, LINK, planner.effectiveSchedule());
  }

  void offer(ActiveShaper next) {
    offerWithoutWaiting(planner.shaper.slot(), next);
  }

  /** The planner runs in this thread, so nobody else could be waited for. */
  static <T> void offerWithoutWaiting(StageSlot<T> slot, T stage) {
    slot.propose(stage);
  }

  /** A stack that says what {@link #stackSays} is. */
  NetworkStack writer() {
    return new Writer();
  }

  ActiveShaper fallback() {
    return fallback("other", LINK);
  }

  ActiveShaper fallback(String name, PortModel link) {
    return new ActiveShaper(
        name, new FallbackShaper(planner.frames(), link, planner.effectiveSchedule()), link);
  }

  static Port port(PortModel model) {
    return new RatedPort(NoStages.PORT, "cranked", 1, model);
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

  long dropped() {
    return planner.counters.drops().values().stream().mapToLong(Long::longValue).sum();
  }

  private final class Rings implements Ingress {
    @Override
    public int poll(DatagramSink sink, int budget) {
      boolean[] refused = new boolean[PODS];
      int taken = 0;
      for (Iterator<FakeDatagram> all = ring.iterator(); taken < budget && all.hasNext(); ) {
        FakeDatagram next = all.next();
        if (refused[next.pod]) {
          continue; // behind one that waits
        }
        if (sink.accept(next)) {
          all.remove();
          taken++;
        } else {
          refused[next.pod] = true;
        }
      }
      return taken;
    }

    @Override
    public boolean prepareSleep(long wakeAtNs, long horizonNs) {
      return ring.isEmpty();
    }

    @Override
    public void awake() {}

    @Override
    public void report(Report report) {
      int first = report.frameOctets == 0 ? -1 : NativeMemory.getByte(report.frameAddress);
      told.add(
          new Told(
              report.kind,
              report.pod,
              report.socket,
              report.number,
              report.stamp,
              report.instantNs,
              report.frameOctets,
              first));
    }

    @Override
    public int doorbell() {
      return 0;
    }
  }

  private final class Writer implements NetworkStack {
    @Override
    public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
      NativeMemory.putLong(address, Long.reverseBytes(destination << 16));
      out.lengthOctets = 60;
      out.headerOctets = 14;
      out.pcp = datagram.priority();
      if (datagram.reports() != 0) {
        NativeMemory.fill(address, 60, (byte) datagram.reportNumber());
      }
      return stackSays;
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      return stackSays;
    }
  }

  private final class Bells implements Doorbells {
    @Override
    public void sleep(long atMostNs) {
      sleptNs = atMostNs;
    }

    @Override
    public void wake() {}

    @Override
    public void add(int descriptor) {}

    @Override
    public void remove(int descriptor) {}
  }

  private final class Memory implements PacketBuffers {
    @Override
    public long take() {
      return ++buffers;
    }

    @Override
    public long data(long buffer) {
      return memory.address()
          + (buffer - 1) * BUFFER_OCTETS % memory.byteSize(); // sent ones are free again
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
