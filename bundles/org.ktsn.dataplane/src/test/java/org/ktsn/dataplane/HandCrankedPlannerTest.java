package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;

/** The planner, turn by turn, under a clock that the test sets. */
final class HandCrankedPlannerTest {
  private static final long DURATION_NS = LINK.durationNs(60);

  private final CrankedPlanner crank = new CrankedPlanner();

  @Test
  void shouldCommitAFrameWhenItComesWithinTheHorizonAndNotBefore() {
    long launchNs = crank.nowNs + 10 * HORIZON_NS;
    crank.send(0, launchNs, 3);
    crank.settle();
    assertEquals(0, crank.launcher.outstanding());
    crank.pass(9 * HORIZON_NS - 1);
    crank.settle();
    assertEquals(0, crank.launcher.outstanding());
    crank.pass(1);
    crank.settle();
    assertEquals(1, crank.launcher.outstanding());
    crank.pass(HORIZON_NS);
    crank.settle();
    assertEquals(List.of(launchNs), sentAt());
    assertEquals(0, crank.planner.frames().used());
  }

  @Test
  void shouldSendAnEarlierFrameInTheGapBeforeOneThatIsCommitted() {
    long launchNs = crank.nowNs + HORIZON_NS;
    crank.send(0, launchNs, 3);
    crank.settle();
    assertEquals(1, crank.launcher.outstanding());
    crank.send(0, launchNs - DURATION_NS, 3);
    crank.send(1, launchNs - DURATION_NS, 5); // finds no gap any more that is long enough
    crank.settle();
    crank.pass(HORIZON_NS / 2);
    crank.settle();
    crank.pass(HORIZON_NS);
    crank.settle();
    assertEquals(List.of(launchNs - DURATION_NS, launchNs, launchNs + DURATION_NS), sentAt());
  }

  @Test
  void shouldPlanFramesToOtherNodesAsLongAsTheTunnelMakesThem() {
    long far = 0x02_00_00_00_00_01L;
    crank.stations.overlayChanged(
        Optional.of(
            new OverlayNetwork(
                "pods",
                1,
                InetAddress.ofLiteral("192.0.2.1"),
                1500,
                List.of(
                    new RemoteNode(
                        "east",
                        InetAddress.ofLiteral("192.0.2.2"),
                        List.of(new RemotePod("camera", new MacAddress(far), List.of())))))));
    long launchNs = crank.nowNs + HORIZON_NS;
    crank.destination = far;
    crank.send(0, launchNs, 3);
    crank.settle();
    crank.destination = far + 1;
    crank.send(0, launchNs, 3);
    crank.send(0, launchNs, 3);
    crank.settle();
    crank.run(2 * HORIZON_NS);
    long encapsulatedNs = LINK.durationNs(60 + 50);
    assertEquals(
        List.of(launchNs, launchNs + encapsulatedNs, launchNs + encapsulatedNs + DURATION_NS),
        sentAt());
    assertEquals(
        List.of(encapsulatedNs, DURATION_NS, DURATION_NS),
        crank.launcher.sent.stream().map(done -> (long) done.launch().durationNs()).toList());
  }

  @Test
  void shouldDateAFrameAnewThatTheMachineStalledPastAndThoseBehindIt() {
    long launchNs = crank.nowNs + HORIZON_NS / 2;
    // in a shaper that gives a frame one instant only
    crank.offer(new ActiveShaper("narrow", new NarrowShaper(crank.planner.frames()), LINK));
    crank.send(0, launchNs, 3);
    crank.send(0, launchNs + 1_000, 3);
    crank.settle();
    assertEquals(2, crank.launcher.outstanding());
    crank.stall(HORIZON_NS);
    crank.settle();
    crank.pass(HORIZON_NS);
    crank.settle();
    assertEquals(2, crank.sent());
    assertEquals(1, crank.planner.counters.get(Counters.LATE));
    assertEquals(
        List.of(0L, 1L),
        crank.launcher.sent.stream().map(done -> done.launch().arrival()).toList());
  }

  @Test
  void shouldDropWhatAStepOfTheClockHasMadePastAndKeepTheRest() {
    crank.send(0, crank.nowNs + HORIZON_NS / 2, 3);
    crank.send(0, crank.nowNs + 500 * HORIZON_NS, 3);
    crank.settle();
    assertEquals(1, crank.launcher.outstanding());
    crank.step(100 * HORIZON_NS);
    crank.turn();
    crank.pass(1);
    crank.settle();
    assertEquals(Map.of("missed", 1L), crank.planner.counters.drops());
    crank.pass(500 * HORIZON_NS);
    crank.settle();
    crank.pass(HORIZON_NS);
    crank.settle();
    assertEquals(1, crank.sent());
  }

  @Test
  void shouldCallMissedWhatAStepHasMadePastHoweverFarItGoes() {
    for (int i = 0; i < 20; i++) {
      crank.send(i % 4, crank.nowNs + (i + 1L) * 10 * HORIZON_NS, i % 8);
    }
    crank.settle();
    crank.step(37_000_000_000L);
    crank.turn();
    crank.pass(1);
    crank.settle();
    assertEquals(Map.of("missed", 20L), crank.planner.counters.drops());
    assertEquals(0, crank.planner.frames().used());
  }

  /**
   * The planner shares its processor with others, the launcher for one: within a turn more time
   * passes than frames take on the link. What it planned from the turn's first instant would be
   * missed, and everything else called back for it, over and over.
   */
  @Test
  void shouldWorkOffWhatHasPiledUpThoughItsProcessorIsTakenAgainAndAgain() {
    long cycleNs = 1_000_000;
    long windowNs = 300_000;
    crank.planner.restoreSchedule(
        new GateParameters(
            true,
            GateParameters.ALL_OPEN,
            List.of(
                new GateControlEntry(GateOperation.SET_GATE_STATES, 0x08, windowNs),
                new GateControlEntry(GateOperation.SET_GATE_STATES, 0xf7, cycleNs - windowNs)),
            CycleTime.ofNanoseconds(cycleNs),
            0,
            CrankedPlanner.BEGIN_NS,
            List.of(0, 0, 0, 0, 0, 0, 0, 0)));
    crank.run(10 * HORIZON_NS);
    int piledUp = CrankedPlanner.FRAMES / 2;
    for (int i = 0; i < piledUp; i++) {
      crank.send(0, crank.nowNs + i, 3);
    }
    crank.launcher.submitting = () -> crank.nowNs += 20_000;
    crank.launcher.takesOver = () -> crank.stall(20_000);
    long beginNs = crank.nowNs;
    while (crank.sent() < piledUp) {
      assertTrue(crank.nowNs < beginNs + 40 * cycleNs, "it comes to an end");
      if (crank.turn() == 0) {
        crank.stall(10_000);
      }
    }
    long windows = (crank.nowNs - beginNs) / cycleNs + 1;
    assertTrue(
        crank.planner.counters.get(Counters.LATE) <= windows,
        "at most the last one of a window, which closes meanwhile");
    assertEquals(0, crank.dropped());
  }

  @Test
  void shouldGiveAPodAllItsRoomAlthoughFramesOfOneThatHadItsNumberWait() {
    long launchNs = crank.nowNs + 500 * HORIZON_NS;
    for (int i = 0; i < CrankedPlanner.FRAMES; i++) {
      crank.send(0, launchNs + i * DURATION_NS, 3);
    }
    crank.settle();
    long ofTheFirst = crank.received();
    crank.ring.clear();
    crank.planner.detach(0);
    crank.planner.attach(TestPods.pod(0));
    for (int i = 0; i < 10; i++) {
      crank.send(0, crank.nowNs + HORIZON_NS / 2 + i * DURATION_NS, 3);
    }
    crank.settle();
    assertEquals(ofTheFirst + 10, crank.received());
    crank.run(HORIZON_NS);
    assertEquals(10, crank.sent());
    crank.run(600 * HORIZON_NS);
    assertEquals(Map.of("pod_gone", ofTheFirst), crank.planner.counters.drops());
    assertEquals(0, crank.planner.frames().used());
  }

  @Test
  void shouldHandEveryFrameToAnotherShaperInTheMiddle() {
    long launchNs = crank.nowNs + HORIZON_NS;
    for (int i = 0; i < 50; i++) {
      crank.send(i % 4, launchNs + i * HORIZON_NS / 4, i % 8);
    }
    crank.settle();
    for (int i = 0; i < 60; i++) {
      crank.offer(crank.fallback());
      crank.pass(HORIZON_NS / 4);
      crank.settle();
    }
    assertEquals(50, crank.sent());
    assertEquals(60, crank.planner.shaper.swaps());
    for (int i = 0; i < 50; i++) {
      assertEquals(launchNs + i * HORIZON_NS / 4, sentAt().get(i));
    }
  }

  @Test
  void shouldCallBackWhatIsCommittedWhenThePortLeavesAndSendItThroughTheNext() {
    long launchNs = crank.nowNs + HORIZON_NS;
    crank.send(0, launchNs, 3);
    crank.settle();
    crank.offer(NoStages.PORT);
    crank.turn();
    crank.pass(HORIZON_NS / 4);
    crank.settle();
    assertEquals(0, crank.launcher.outstanding());
    crank.offer(CrankedPlanner.port(LINK));
    crank.settle();
    crank.pass(HORIZON_NS);
    crank.settle();
    assertEquals(List.of(launchNs), sentAt());
  }

  /**
   * Random scripts. Whatever happens, every datagram ends once; nothing leaves before its launch
   * time, beyond its last instant, while another is on the link, or before one of its class that
   * came before it.
   */
  @Test
  void shouldKeepItsPromisesInRandomScripts() {
    RandomScript.tryMany(RandomScript::new);
  }

  private List<Long> sentAt() {
    List<Long> instants = new ArrayList<>();
    crank.launcher.sent.forEach(done -> instants.add(done.actualNs()));
    return instants;
  }
}
