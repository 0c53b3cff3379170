package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.api.stack.AddressFamily.INET;
import static org.ktsn.api.stack.AddressFamily.INET6;
import static org.ktsn.api.stack.AddressFamily.PACKET;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.api.trace.TraceLayout;
import org.ktsn.api.trace.TraceLayout.RecordField;
import org.ktsn.foreign.NativeMemory;

/** Stacks of several address families beside each other, turn by turn. */
final class StackFamiliesTest {
  private static final int FRAME_OCTETS = 60;
  private static final long GAP_NS = 4 * LINK.durationNs(FRAME_OCTETS);

  private final CrankedPlanner crank = new CrankedPlanner();
  private final Set<Long> asked = new HashSet<>();

  /** A stack of one family, which leaves its mark in the frame and looks for it. */
  private static final class FamilyStack implements NetworkStack {
    private final AddressFamily family;
    private final List<Long> written = new ArrayList<>();
    private Verdict says = Verdict.ACCEPTED;
    private int completed;

    /** So many datagrams are written before one fails. */
    private int good = Integer.MAX_VALUE;

    FamilyStack(AddressFamily family) {
      this.family = family;
    }

    @Override
    public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
      assertEquals(family, datagram.family());
      if (written.size() == good) {
        throw new StackOverflowError("broken on purpose");
      }
      written.add(datagram.launchTimeNs());
      NativeMemory.putByte(address, (byte) family.number());
      out.lengthOctets = FRAME_OCTETS;
      out.headerOctets = 14;
      out.pcp = datagram.priority();
      return says;
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      assertEquals(family.number(), NativeMemory.getByte(bufferAddress), "another family's frame");
      completed++;
      return says;
    }
  }

  private FamilyStack use(AddressFamily family) {
    FamilyStack stack = new FamilyStack(family);
    crank.offer(family, stack);
    return stack;
  }

  /** Frames of these families in turn, of one pod. */
  private void send(int pod, int count, long firstNs, AddressFamily... families) {
    for (int i = 0; i < count; i++) {
      long launchNs = firstNs + i * GAP_NS;
      crank.send(families[i % families.length], pod, launchNs, 3);
      asked.add(launchNs);
    }
  }

  private long soonNs() {
    return crank.nowNs + HORIZON_NS;
  }

  private void assertAllLeaveAtTheirInstants() {
    crank.run(4 * HORIZON_NS);
    Set<Long> sent = new HashSet<>();
    crank.launcher.sent.forEach(done -> sent.add(done.actualNs()));
    assertEquals(asked, sent);
    assertEquals(asked.size(), crank.sent());
    assertEquals(0, crank.planner.frames().used());
  }

  @Test
  void shouldHaveEachDatagramWrittenByTheStackOfItsFamily() {
    FamilyStack four = use(INET);
    FamilyStack six = use(INET6);
    FamilyStack two = use(PACKET);
    send(0, 30, soonNs(), INET, INET6, PACKET);
    assertAllLeaveAtTheirInstants();
    assertEquals(
        List.of(10, 10, 10), List.of(four.written.size(), six.written.size(), two.written.size()));
    assertEquals(Map.of(), crank.planner.counters.drops());
  }

  @ParameterizedTest
  @EnumSource(
      value = AddressFamily.class,
      names = {"INET", "INET6"})
  void shouldLoseNothingWhileOneStackIsSwapped(AddressFamily swapped) {
    List<FamilyStack> stacks = new ArrayList<>(List.of(use(INET), use(INET6)));
    for (int swap = 0; swap < 50; swap++) {
      send(swap % 4, 4, soonNs(), INET, INET6);
      crank.turn();
      stacks.add(use(swapped));
      send(swap % 4, 4, soonNs() + 4 * GAP_NS, INET, INET6);
      crank.run(2 * HORIZON_NS);
    }
    assertAllLeaveAtTheirInstants();
    assertEquals(400, stacks.stream().mapToInt(stack -> stack.written.size()).sum());
    assertTrue(stacks.stream().skip(2).allMatch(stack -> !stack.written.isEmpty()));
    assertEquals(Map.of(), crank.planner.counters.drops());
  }

  @Test
  void shouldKeepIpv4FlowingWhenTheStackOfIpv6FailsAndDropWhatNobodyServes() {
    use(INET);
    FamilyStack six = use(INET6);
    six.good = 5;
    send(0, 40, soonNs(), INET, INET6);
    crank.settle();
    assertEquals(NoStages.STACK, crank.planner.stacks.slot(INET6).inUse());
    assertTrue(crank.ring.isEmpty(), "nothing waits behind what nobody serves");
    assertEquals(40, crank.received());
    crank.run(4 * HORIZON_NS);
    assertEquals(25, crank.sent(), "all of IPv4, and what was written before");
    assertEquals(Map.of("no_route", 1L, "no_stack", 14L), crank.planner.counters.drops());
    asked.clear();
    crank.launcher.sent.clear();
    use(INET6);
    send(1, 10, soonNs(), INET6, INET);
    crank.run(4 * HORIZON_NS);
    assertEquals(35, crank.sent());
    assertEquals(0, crank.planner.frames().used());
  }

  @Test
  void shouldKeepIpv6FlowingWhenTheStackOfIpv4FailsAndHaveItsDatagramsWait() {
    FamilyStack four = use(INET);
    use(INET6);
    four.good = 5;
    send(0, 10, soonNs(), INET);
    send(1, 10, soonNs() + 10 * GAP_NS, INET6);
    send(2, 2, soonNs() + 20 * GAP_NS, INET6, INET);
    crank.settle();
    assertEquals(NoStages.STACK, crank.planner.stacks.slot(INET).inUse());
    assertEquals(Map.of("no_route", 1L), crank.planner.counters.drops());
    assertEquals(5 + 1 + 10 + 1, crank.received());
    assertEquals(5, crank.ring.size());
    asked.remove(four.written.getLast() + GAP_NS); // what it held when it failed
    use(INET);
    assertAllLeaveAtTheirInstants();
    assertEquals(Map.of("no_route", 1L), crank.planner.counters.drops());
  }

  @Test
  void shouldDropWhatNobodyServesWithAReasonAndTakeWhatComesBehind() {
    send(0, 20, soonNs(), INET6, INET, PACKET, INET);
    send(1, 20, soonNs() + 20 * GAP_NS, INET);
    crank.run(4 * HORIZON_NS);
    assertEquals(30, crank.sent());
    assertEquals(Map.of("no_stack", 10L), crank.planner.counters.drops());
    assertEquals(Map.of("no_stack", 10L), crank.planner.counters.podDrops(0));
    assertEquals(0, crank.planner.frames().used());
  }

  @Test
  void shouldHaveDatagramsWaitWhileTheStackOfTheirFamilyIsUpdatedInItsPlace() {
    use(INET6);
    crank.turn();
    crank.offer(INET6, NoStages.STACK);
    send(0, 10, crank.nowNs + StackStage.PATIENCE_NS, INET6, INET);
    crank.run(StackStage.PATIENCE_NS / 2);
    assertEquals(10, crank.ring.size());
    use(INET6);
    crank.run(StackStage.PATIENCE_NS / 2);
    assertAllLeaveAtTheirInstants();
    assertEquals(Map.of(), crank.planner.counters.drops());
  }

  @Test
  void shouldDropWhatWaitsForAStackThatDoesNotComeBackAndTakeWhatLiesBehind() {
    use(INET6);
    crank.turn();
    crank.offer(INET6, NoStages.STACK);
    send(0, 10, crank.nowNs + 2 * StackStage.PATIENCE_NS, INET6, INET);
    send(1, 10, soonNs(), INET);
    crank.run(StackStage.PATIENCE_NS / 2);
    assertEquals(10, crank.sent(), "other pods' frames flow");
    crank.step(-10_000_000_000L); // the clock may be set meanwhile
    crank.run(StackStage.PATIENCE_NS / 2);
    assertTrue(crank.ring.isEmpty());
    assertEquals(5, crank.dropped(NoStages.NO_STACK));
  }

  @Test
  void shouldNotBeHeldUpByAPodThatSendsNothingButWhatNobodyServes() {
    for (int i = 0; i < 4 * CrankedPlanner.FRAMES; i++) {
      crank.send(i % 2 == 0 ? INET6 : PACKET, 0, soonNs() + 100 * HORIZON_NS, i % 8);
    }
    send(1, 10, soonNs(), INET);
    crank.settle();
    assertTrue(crank.ring.isEmpty());
    assertAllLeaveAtTheirInstants();
    assertEquals(4L * CrankedPlanner.FRAMES, crank.dropped(NoStages.NO_STACK));
  }

  @Test
  void shouldGiveHeldFramesBackToTheStackOfTheirFamilyOrItsSuccessor() {
    FamilyStack four = use(INET);
    FamilyStack six = use(INET6);
    four.says = Verdict.HOLD;
    six.says = Verdict.HOLD;
    long firstNs = crank.nowNs + 20 * HORIZON_NS;
    send(0, 20, firstNs, INET, INET6);
    crank.run(HORIZON_NS);
    assertTrue(four.completed >= 10 && six.completed >= 10);
    assertEquals(0, crank.planner.frames().queuedCount());
    use(INET6); // it has its next hops
    crank.run(2 * HORIZON_NS);
    assertEquals(10, crank.planner.frames().queuedCount());
    crank.offer(INET, NoStages.STACK);
    crank.run(2 * HORIZON_NS);
    assertEquals(10, crank.planner.frames().queuedCount());
    use(INET);
    crank.run(20 * HORIZON_NS);
    assertAllLeaveAtTheirInstants();
    assertEquals(Map.of(), crank.planner.counters.drops());
  }

  @Test
  void shouldKeepHeldFramesOfAStackThatFailsAndCompleteTheOthers() {
    use(INET);
    FamilyStack six = use(INET6);
    six.says = Verdict.HOLD;
    send(0, 20, crank.nowNs + 20 * HORIZON_NS, INET, INET6);
    crank.settle();
    crank.offer(
        INET6,
        new NetworkStack() {
          @Override
          public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
            return Verdict.NO_ROUTE;
          }

          @Override
          public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
            throw new IllegalStateException("broken on purpose");
          }
        });
    crank.run(2 * HORIZON_NS);
    assertEquals(NoStages.STACK, crank.planner.stacks.slot(INET6).inUse());
    assertEquals(10, crank.planner.frames().queuedCount());
    use(INET6);
    crank.run(20 * HORIZON_NS);
    assertAllLeaveAtTheirInstants();
    assertEquals(Map.of(), crank.planner.counters.drops());
  }

  @Test
  void shouldDropHeldFramesThatNobodyCompletesInTime() {
    FamilyStack six = use(INET6);
    six.says = Verdict.HOLD;
    crank.send(INET6, 0, soonNs(), 3);
    crank.settle();
    crank.offer(INET6, NoStages.STACK);
    crank.run(4 * HORIZON_NS);
    assertEquals(Map.of("no_neighbour", 1L), crank.planner.counters.drops());
    assertEquals(0, crank.planner.frames().used());
  }

  @Test
  void shouldWriteNoIpv4AddressIntoTheTraceOfAnotherFamilysFrame(@TempDir Path directory)
      throws IOException {
    use(INET6);
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 10, LINK);
    crank.planner.trace(Optional.of(trace));
    send(0, 2, soonNs(), INET6, INET);
    assertAllLeaveAtTheirInstants();
    crank.planner.trace(Optional.empty());
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int first = TraceLayout.HEADER_OCTETS;
    int second = first + TraceLayout.RECORD_OCTETS;
    assertEquals(0, records.getInt(first + RecordField.SOURCE_ADDRESS));
    assertEquals(0x0a4d0002, records.getInt(second + RecordField.SOURCE_ADDRESS));
    assertEquals(40_000, records.getShort(first + RecordField.SOURCE_PORT) & 0xffff);
  }
}
