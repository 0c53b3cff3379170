package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.stats.FlowStatus.Range;

/** What is counted flow by flow, and that no pod can take more than its share of it. */
final class FlowTableTest {
  private static final int POD = 3;
  private static final long T0 = 1_000_000_000_000L;
  private static final int LENGTH = 60;

  private final FrameTable frames = new FrameTable(4_096);
  private final FlowTable flows = new FlowTable(frames);
  private final FakeDatagram datagram = new FakeDatagram();

  FlowTableTest() {
    flows.open(POD);
  }

  /** Takes a datagram in, as the planner does; returns its frame. */
  private int receive(int pod, int sourcePort, long launchTimeNs, long nowNs, boolean encoded) {
    datagram.pod = pod;
    datagram.sourcePort = sourcePort;
    datagram.launchTimeNs = launchTimeNs;
    int frame = frames.peekFree();
    frames.take(frame, pod, launchTimeNs, datagram.deadlineMode);
    frames.family[frame] = datagram.family;
    frames.shape(frame, encoded ? LENGTH : 0, 0, encoded ? datagram.priority : 0);
    flows.identify(frame, datagram, nowNs);
    flows.received(frame, datagram.launchTimeNs, nowNs, nowNs);
    return frame;
  }

  private int receive(int sourcePort, long launchTimeNs, long nowNs) {
    return receive(POD, sourcePort, launchTimeNs, nowNs, true);
  }

  private void send(int frame, long plannedNs, long actualNs) {
    frames.plannedNs[frame] = plannedNs;
    flows.sent(frame, actualNs);
    frames.release(frame);
  }

  private void drop(int frame, DropReason reason) {
    flows.dropped(frame, reason);
    frames.release(frame);
  }

  private FlowStatus only() {
    List<FlowStatus> all = flows.status(T0);
    assertEquals(1, all.size(), all.toString());
    return all.getFirst();
  }

  @Test
  void shouldCountWhatBecomesOfAFlowsFrames() {
    datagram.priority = 5;
    int first = receive(40_000, T0 + 3_000, T0);
    int second = receive(40_000, T0 + 9_000, T0 + 2_000);
    flows.late(first);
    send(first, T0 + 4_000, T0 + 4_040);
    assertEquals(1, only().waiting());
    drop(second, Verdict.MISSED);
    drop(receive(POD, 40_000, T0, T0 + 500, false), Verdict.LATE_ON_ARRIVAL);

    FlowStatus flow = only();
    assertEquals(POD, flow.pod());
    assertEquals(
        Optional.of(new FlowStatus.Flow("10.77.0.2", 40_000, "10.77.0.3", 5_000, 5)), flow.flow());
    assertEquals(OptionalInt.of(5), flow.trafficClass(), "of the last frame that was encoded");
    assertEquals(3, flow.received());
    assertEquals(1, flow.sent());
    assertEquals(1, flow.late());
    assertEquals(Map.of("missed", 1L, "late_on_arrival", 1L), flow.drops());
    assertEquals(0, flow.waiting());
    assertEquals(3, flow.lateFrames());
    assertEquals(LENGTH, flow.octets());
    assertEquals(T0, flow.lastLaunchTimeNs());
    assertEquals(T0, flow.firstSeenNs());
    assertEquals(T0 + 500, flow.lastSeenNs());
    assertEquals(new Range(-500, 3_167, 7_000), flow.noticeNs());
    assertEquals(new Range(1_000, 1_000, 1_000), flow.waitNs());
    assertEquals(1, flow.txErrorNs().count());
    assertEquals(40, flow.txErrorNs().p50());
    assertEquals(40, flow.txErrorNs().max());
  }

  @Test
  void shouldTellFlowsApartByEverythingThatMakesThem() {
    receive(40_000, T0, T0);
    receive(40_001, T0, T0);
    datagram.destinationPort++;
    receive(40_001, T0, T0);
    datagram.destinationHigh += AddressFamily.highOf(1);
    receive(40_001, T0, T0);
    datagram.sourceHigh += AddressFamily.highOf(1);
    receive(40_001, T0, T0);
    datagram.family = AddressFamily.INET6;
    receive(40_001, T0, T0);
    datagram.destinationLow++;
    receive(40_001, T0, T0);
    datagram.sourceLow++;
    receive(40_001, T0, T0);
    datagram.family = AddressFamily.PACKET;
    receive(40_001, T0, T0);
    datagram.priority++;
    receive(40_001, T0, T0);
    flows.open(POD + 1);
    receive(POD + 1, 40_001, T0, T0, true);

    assertEquals(11, flows.status(T0).size());
    assertTrue(flows.status(T0).stream().allMatch(flow -> flow.received() == 1));
  }

  @Test
  void shouldNameFlowsByTheirFamilysAddresses() {
    datagram.destinationPort = 5_000;
    datagram.family = AddressFamily.INET6;
    datagram.sourceHigh = 0xfd00_0077_0000_0000L;
    datagram.sourceLow = 2;
    datagram.destinationHigh = 0x2001_0db8_0000_0000L;
    datagram.destinationLow = 0xffff_0000_0000_0000L;
    datagram.priority = 15;
    assertEquals(
        new FlowStatus.Flow(
            AddressFamily.INET6, "fd00:77::2", 40_000, "2001:db8:0:0:ffff::", 5_000, 15),
        named(receive(40_000, T0, T0)));
    datagram.family = AddressFamily.PACKET;
    datagram.sourceHigh = 0x0200_0000_0002_0000L;
    datagram.sourceLow = 0;
    datagram.destinationHigh = 0x0180_c200_000e_0000L;
    datagram.destinationLow = 0;
    datagram.destinationPort = 0;
    assertEquals(
        new FlowStatus.Flow(
            AddressFamily.PACKET, "02:00:00:00:00:02", 0, "01:80:c2:00:00:0e", 0, 15),
        named(receive(0, T0, T0 + 1)));
  }

  /** The flow that was heard last. */
  private FlowStatus.Flow named(int frame) {
    drop(frame, Verdict.MISSED);
    return flows.status(T0).getFirst().flow().orElseThrow();
  }

  @Test
  void shouldMeasureNoWaitInDeadlineMode() {
    datagram.deadlineMode = true;
    send(receive(40_000, T0 + 5_000, T0), T0 + 1_000, T0 + 1_010);
    assertEquals(Range.NONE, only().waitNs());
    assertEquals(new Range(5_000, 5_000, 5_000), only().noticeNs());
  }

  @Test
  void shouldKeepTheMeanOfNoticesThatNoSumOfIntegersCouldHold() {
    for (int i = 0; i < 100; i++) {
      drop(receive(40_000, Long.MAX_VALUE, 0), Verdict.TOO_EARLY);
    }
    assertEquals(new Range(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE), only().noticeNs());
  }

  @Test
  void shouldShowTheRateOfTheLastSecondsEvenAfterSilence() {
    long nowNs = T0;
    for (int i = 0; i < 5_000; i++) { // 1 kHz for 5 s, after which it falls silent
      nowNs = T0 + i * 1_000_000L;
      send(receive(40_000, nowNs + 1_000, nowNs), nowNs + 1_000, nowNs + 1_000);
    }
    FlowStatus active = flows.status(nowNs).getFirst();
    assertEquals(1_000, active.framesPerSecond(), 2);
    assertEquals(1_000 * LENGTH * 8, active.bitsPerSecond(), 2 * LENGTH * 8);
    FlowStatus silent = flows.status(nowNs + 200_000_000_000L).getFirst();
    assertTrue(silent.framesPerSecond() < 11, silent.toString());
  }

  @Test
  void shouldGoOnCountingRatesAfterTheClockWasSetBack() {
    send(receive(40_000, T0, T0), T0, T0);
    long earlierNs = T0 - 3_600_000_000_000L;
    for (int i = 0; i <= 3_000; i++) {
      long nowNs = earlierNs + i * 1_000_000L;
      send(receive(40_000, nowNs, nowNs), nowNs, nowNs);
    }
    FlowStatus flow = flows.status(earlierNs + 3_000_000_000L).getFirst();
    assertEquals(1_000, flow.framesPerSecond(), 2);
  }

  @Test
  void shouldPushOutTheFlowThatWasSilentTheLongest() {
    for (int i = 0; i < FlowRows.FLOWS; i++) {
      send(receive(1_000 + i, T0, T0 + i), T0, T0);
    }
    send(receive(1_000, T0, T0 + 100), T0, T0); // heard again, so that 1,001 is the oldest
    send(receive(9_000, T0, T0 + 101), T0, T0);

    List<FlowStatus> all = flows.status(T0 + 200);
    assertEquals(FlowRows.FLOWS + 1, all.size());
    List<Integer> ports =
        all.stream().flatMap(f -> f.flow().stream()).map(FlowStatus.Flow::sourcePort).toList();
    assertEquals(List.of(9_000, 1_000, 1_063), ports.subList(0, 3), "the one heard last first");
    assertTrue(!ports.contains(1_001), ports.toString());
    FlowStatus others = all.getLast();
    assertEquals(Optional.empty(), others.flow());
    assertEquals(1, others.flows());
    assertEquals(1, others.received());
    assertEquals(1, others.sent());
    assertEquals(1, others.txErrorNs().count());
    assertEquals(T0 + 1, others.lastSeenNs());
  }

  @Test
  void shouldCountWaitingFramesOfAFlowThatWasPushedOutWithTheOthers() {
    int waiting = receive(1_000, T0, T0);
    int refused = receive(1_000, T0, T0);
    for (int i = 1; i <= FlowRows.FLOWS; i++) {
      send(receive(1_000 + i, T0, T0), T0, T0);
    }
    flows.late(waiting);
    send(waiting, T0, T0);
    drop(refused, Verdict.PORT_DOWN);

    FlowStatus others = flows.status(T0).getLast();
    assertEquals(2, others.received());
    assertEquals(1, others.sent());
    assertEquals(1, others.late());
    assertEquals(Map.of("port_down", 1L), others.drops());
    assertTrue(
        flows.status(T0).stream()
            .filter(flow -> flow.flow().isPresent())
            .allMatch(flow -> flow.received() == 1 && flow.sent() == 1 && flow.dropped() == 0));
  }

  @Test
  void shouldLetNoPodPushOutTheFlowsOfAnother() {
    flows.open(POD + 1);
    send(receive(POD + 1, 5_555, T0, T0, true), T0, T0);
    for (int i = 0; i < 50_000; i++) {
      send(receive(POD, 1 + i, T0, T0 + i, true), T0, T0);
    }
    Map<Integer, List<FlowStatus>> byPod =
        flows.status(T0).stream().collect(Collectors.groupingBy(FlowStatus::pod));
    assertEquals(FlowRows.FLOWS + 1, byPod.get(POD).size());
    assertEquals(50_000 - FlowRows.FLOWS, byPod.get(POD).getLast().flows());
    assertEquals(
        50_000, byPod.get(POD).stream().mapToLong(FlowStatus::received).sum(), "none is forgotten");
    assertEquals(1, byPod.get(POD + 1).size());
    assertEquals(5_555, byPod.get(POD + 1).getFirst().flow().orElseThrow().sourcePort());
  }

  @Test
  void shouldNotCountADetachedPodsFramesForTheNextOneOfItsNumber() {
    int old = receive(40_000, T0, T0);
    int older = receive(40_001, T0, T0);
    flows.forget(POD);
    flows.late(old);
    assertEquals(List.of(), flows.status(T0));
    flows.open(POD);
    send(receive(40_000, T0, T0), T0, T0);
    send(old, T0, T0);
    drop(older, Verdict.POD_GONE);

    assertEquals(1, only().sent());
    assertEquals(0, only().late());
  }

  @Test
  void shouldIgnoreFramesOfPodsWithoutFlows() {
    int frame = receive(POD + 1, 40_000, T0, T0, true);
    flows.late(frame);
    send(frame, T0, T0);
    assertEquals(List.of(), flows.status(T0));
  }

  /** What a flow has counted, in the model. */
  private static final class Count {
    long received;
    long sent;
    long late;
    long dropped;
    long noticeLeast = Long.MAX_VALUE;
  }

  private record Pending(int frame, int sourcePort, Count count) {}

  @Test
  void shouldCountAsAMapOfTheLeastRecentlyHeardDoes() {
    for (long seed = 0; seed < 10; seed++) {
      flows.forget(POD);
      flows.open(POD);
      Random random = new Random(seed);
      int ports = 1 + random.nextInt(3 * FlowRows.FLOWS);
      Map<Integer, Count> model = new LinkedHashMap<>(16, 0.75f, true);
      Count others = new Count();
      Deque<Pending> pending = new ArrayDeque<>();
      long pushedOut = 0;
      for (int step = 0; step < 10_000; step++) {
        long nowNs = T0 + step;
        if (pending.isEmpty() || (pending.size() < 200 && random.nextBoolean())) {
          int port = 1 + random.nextInt(ports);
          long launchNs = nowNs + random.nextInt(1_000) - 100;
          if (!model.containsKey(port) && model.size() == FlowRows.FLOWS) {
            int oldest = model.keySet().iterator().next();
            Count gone = model.remove(oldest);
            others.received += gone.received;
            others.sent += gone.sent;
            others.late += gone.late;
            others.dropped += gone.dropped;
            others.noticeLeast = Math.min(others.noticeLeast, gone.noticeLeast);
            pushedOut++;
          }
          Count count = model.computeIfAbsent(port, p -> new Count());
          count.received++;
          count.noticeLeast = Math.min(count.noticeLeast, launchNs - nowNs);
          pending.add(new Pending(receive(port, launchNs, nowNs), port, count));
        } else {
          Pending next = random.nextBoolean() ? pending.removeFirst() : pending.removeLast();
          Count count =
              model.entrySet().stream() // not get(): that would be hearing it
                  .filter(e -> e.getKey() == next.sourcePort() && e.getValue() == next.count())
                  .findFirst()
                  .map(Map.Entry::getValue)
                  .orElse(others);
          switch (random.nextInt(3)) {
            case 0 -> {
              count.late++;
              flows.late(next.frame());
              pending.addLast(next);
            }
            case 1 -> {
              count.sent++;
              send(next.frame(), nowNs, nowNs);
            }
            default -> {
              count.dropped++;
              drop(next.frame(), Verdict.MISSED);
            }
          }
        }
      }
      pending.forEach(left -> frames.release(left.frame()));
      assertSame(model, others, pushedOut, "seed " + seed);
    }
  }

  private void assertSame(Map<Integer, Count> model, Count others, long pushedOut, String seed) {
    List<FlowStatus> all = flows.status(T0 + 20_000);
    List<Integer> heard = new ArrayList<>(model.keySet()).reversed();
    assertEquals(
        heard,
        all.stream().flatMap(f -> f.flow().stream()).map(FlowStatus.Flow::sourcePort).toList(),
        seed);
    for (FlowStatus flow : all) {
      Count count = flow.flow().isPresent() ? model.get(flow.flow().get().sourcePort()) : others;
      assertEquals(count.received, flow.received(), seed);
      assertEquals(count.sent, flow.sent(), seed);
      assertEquals(count.late, flow.late(), seed);
      assertEquals(count.dropped, flow.dropped(), seed);
      assertEquals(count.noticeLeast, flow.noticeNs().smallest(), seed);
      assertEquals(count.sent, flow.txErrorNs().count(), seed);
    }
    assertEquals(pushedOut == 0, all.getLast().flow().isPresent(), seed);
    if (pushedOut > 0) {
      assertEquals(pushedOut, all.getLast().flows(), seed);
    }
  }

  /** A flow's port, its launch times and its priority are tied, so that a mixed row shows. */
  @Test
  void shouldNeverShowAReaderOneFlowsFiguresUnderAnothersName() {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Long> seen =
        CompletableFuture.supplyAsync(
            () -> {
              long rows = 0;
              do {
                for (FlowStatus status : flows.status(T0)) {
                  if (status.flow().isPresent()) {
                    FlowStatus.Flow flow = status.flow().get();
                    assertEquals(flow.sourcePort() % 16, flow.priority());
                    assertEquals(T0 + flow.sourcePort(), status.lastLaunchTimeNs());
                    assertEquals(flow.sourcePort(), status.firstSeenNs());
                    rows++;
                  }
                }
              } while (!stop.get());
              return rows;
            });
    for (int i = 0; i < 300_000; i++) {
      int port = 1 + i % 60_000;
      datagram.priority = port % 16;
      frames.release(receive(port, T0 + port, port));
    }
    stop.set(true);
    assertNotEquals(0, seen.join());
  }
}
