package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

/** The planner's work from the ring to the launcher. */
final class PlannerTest {
  private static final long AHEAD_NS = 10_000_000;

  private final CrankedPlanner crank = new CrankedPlanner(1024);
  private final Planner planner = crank.planner;

  private void send(long launchTimeNs) {
    crank.send(1, launchTimeNs, 0);
  }

  private List<SimulatedLauncher.Completion> sent() {
    return crank.launcher.sent;
  }

  @Test
  void shouldSendEachFrameOnceAtItsInstant(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 100, LINK);
    planner.trace(Optional.of(trace));
    long base = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < 100; i++) {
      send(base + i * 200_000L);
    }
    crank.passUntil("100 frames", () -> crank.sent() == 100);
    planner.trace(Optional.empty());
    trace.close();
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(100, records.getLong(24));
    for (int i = 0; i < 100; i++) {
      int at = 64 + i * 64;
      assertEquals(base + i * 200_000L, records.getLong(at), "launch time of " + i);
      assertEquals(base + i * 200_000L, records.getLong(at + 8), "planned for its launch time");
      assertEquals(base + i * 200_000L, records.getLong(at + 16), "sent at its instant");
      assertEquals(0, records.get(at + 43));
    }
    assertEquals(0, planner.frames().used());
  }

  @Test
  void shouldPlanNothingWhileALaunchedFrameIsOnTheLink() {
    PortModel slow = new PortModel(10_000, 0);
    crank.offer(crank.fallback("slow", slow));
    crank.offer(CrankedPlanner.port(slow));
    crank.settle();
    long firstNs = crank.nowNs + AHEAD_NS;
    send(firstNs);
    crank.passUntil("the first is on the link", () -> crank.sent() == 1);
    send(crank.nowNs + slow.durationNs(60) / 2);
    crank.passUntil("both", () -> crank.sent() == 2);
    assertEquals(firstNs, sent().get(0).launch().instantNs());
    assertEquals(firstNs + slow.durationNs(60), sent().get(1).launch().instantNs());
  }

  @Test
  void shouldDropAndCountWhatComesTooLateOrTooEarly() {
    send(crank.nowNs - 1_000_000);
    send(crank.nowNs + 3_600_000_000_000L);
    crank.settle();
    assertEquals(1, crank.dropped(Verdict.LATE_ON_ARRIVAL));
    assertEquals(1, crank.dropped(Verdict.TOO_EARLY));
    assertEquals(0, planner.frames().used());
  }

  @Test
  void shouldSendAFrameWhoseNextHopIsResolvedInTime() {
    crank.stackSays = Verdict.HOLD;
    long launchNs = crank.nowNs + 200_000_000;
    send(launchNs);
    crank.run(AHEAD_NS);
    assertEquals(1, crank.received());
    crank.stackSays = Verdict.ACCEPTED;
    crank.passUntil("sent", () -> crank.sent() == 1);
    assertEquals(launchNs, sent().getFirst().actualNs());
  }

  @Test
  void shouldKeepAWholeBurstWhoseNextHopIsResolvedInTime() {
    crank.stackSays = Verdict.HOLD;
    for (int i = 0; i < 400; i++) {
      send(crank.nowNs + 20_000_000_000L);
    }
    crank.run(AHEAD_NS);
    assertEquals(400, crank.received());
    assertEquals(0, planner.frames().queuedCount());
    crank.stackSays = Verdict.ACCEPTED;
    crank.passUntil("all are with the shaper", () -> planner.frames().queuedCount() == 400);
    assertEquals(0, crank.dropped());
  }

  @Test
  void shouldDropAFrameWhoseNextHopIsNotResolvedInTime() {
    crank.stackSays = Verdict.HOLD;
    send(crank.nowNs + AHEAD_NS);
    crank.passUntil("dropped", () -> crank.dropped(Verdict.NO_NEIGHBOUR) == 1);
    assertEquals(0, crank.sent());
    assertEquals(0, planner.frames().used());
  }

  @Test
  void shouldKeepFramesInsideTheirGateEvenWithoutAnyShaper() {
    GateParameters parameters =
        GateParameters.of(
            0,
            CycleTime.ofNanoseconds(2_000_000),
            List.of(
                new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, 500_000),
                new GateControlEntry(GateOperation.SET_GATE_STATES, 0x7f, 1_500_000)));
    GateSchedule schedule = planner.changeSchedule(parameters);
    long begin = schedule.pending().orElseThrow().configChangeTimeNs() + AHEAD_NS;
    for (int i = 0; i < 100; i++) {
      crank.send(1, begin + i * 130_000L, 7);
    }
    crank.passUntil("100 frames", () -> crank.sent() == 100);
    for (int i = 0; i < 100; i++) {
      long phase = Math.floorMod(sent().get(i).actualNs(), 2_000_000L);
      assertTrue(phase + 672 <= 500_000, "frame " + i + " left at phase " + phase);
    }
  }

  @Test
  void shouldHandWaitingFramesToAnotherShaperAndLoseNone() {
    long base = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < 400; i++) {
      send(base + i * 100_000L);
    }
    crank.settle();
    assertEquals(400, crank.received());
    for (int i = 0; i < 50; i++) {
      crank.offer(crank.fallback("swap" + i, LINK));
      crank.settle();
    }
    assertEquals("swap49", planner.shaper.name());
    crank.passUntil("400 frames", () -> crank.sent() == 400);
    for (int i = 0; i < 400; i++) {
      assertEquals(base + i * 100_000L, sent().get(i).actualNs(), "frame " + i);
    }
    assertEquals(0, planner.frames().used());
  }

  @Test
  void shouldCallCommittedFramesBackWhenThePortLeaves() {
    long base = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < 20; i++) {
      send(base + i * 10_000L);
    }
    crank.passUntil("committed", () -> planner.committedCount() == 20);
    assertEquals(0, crank.sent());
    crank.offer(NoStages.PORT);
    crank.turn();
    assertEquals(20, planner.committedCount(), "on their way back");
    crank.pass(1);
    crank.settle();
    assertEquals(NoStages.PORT, planner.port.inUse());
    assertEquals(0, planner.committedCount());
    crank.offer(CrankedPlanner.port(LINK));
    crank.passUntil("20 frames", () -> crank.sent() == 20);
    for (int i = 0; i < 20; i++) {
      assertEquals(base + i * 10_000L, sent().get(i).actualNs(), "frame " + i);
    }
  }

  @Test
  void shouldGoOnWithAnotherStackAfterOneHasFailed() {
    crank.offer(
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
    send(crank.nowNs + AHEAD_NS);
    crank.settle();
    assertEquals(1, crank.dropped(Verdict.NO_ROUTE));
    crank.offer(crank.stack);
    send(crank.nowNs + AHEAD_NS);
    crank.passUntil("the next frame", () -> crank.sent() == 1);
    assertEquals(0, planner.frames().used());
  }

  @Test
  void shouldSendNothingOfAPodThatWasDetached() {
    long base = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < 10; i++) {
      send(base + i * 100_000L);
    }
    crank.settle();
    assertEquals(10, crank.received());
    planner.detach(1);
    crank.run(2 * AHEAD_NS);
    assertEquals(10, crank.dropped(Verdict.POD_GONE));
    assertEquals(0, planner.frames().used());
    assertEquals(0, crank.sent());
  }
}
