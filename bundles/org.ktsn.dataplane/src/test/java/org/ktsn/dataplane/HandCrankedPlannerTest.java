package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.foreign.Launcher;

/** The planner, turn by turn, under a clock that the test sets. */
final class HandCrankedPlannerTest {
  private static final long DURATION_NS = LINK.durationNs(60);

  /** How many planners are tried, and with how many scripts each. */
  private static final int PLANNERS = 50;

  private static final int SCRIPTS = 40;

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
    crank.planner.attach(0, Optional.empty());
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
    long begin = System.nanoTime();
    for (int planners = 0; planners < PLANNERS; planners++) {
      long seed = new Random().nextLong();
      try {
        Script script = new Script(seed);
        for (int i = 0; i < SCRIPTS; i++) {
          script.run();
        }
      } catch (RuntimeException | Error e) {
        throw new AssertionError("the scripts of seed " + seed + "L", e);
      }
    }
    long tookNs = System.nanoTime() - begin;
    System.out.println(
        "random scripts: " + PLANNERS * SCRIPTS * 1_000_000_000L / tookNs + " a second");
  }

  /** Random scripts for one planner. */
  private static final class Script {
    private final Random random;
    private final CrankedPlanner crank = new CrankedPlanner();
    private long offered;
    private boolean stepped;

    Script(long seed) {
      random = new Random(seed);
    }

    void run() {
      stepped = false;
      crank.launcher.sent.clear();
      long sentBefore = crank.sent();
      int actions = 10 + random.nextInt(30);
      for (int i = 0; i < actions; i++) {
        act();
        crank.turn();
      }
      crank.offer(CrankedPlanner.port(LINK));
      crank.stackSays = Verdict.ACCEPTED;
      crank.launcher.refuses = false;
      for (int i = 0;
          i < 200 && (crank.planner.frames().used() > 0 || !crank.ring.isEmpty());
          i++) {
        crank.settle();
        crank.pass(HORIZON_NS);
      }
      check(sentBefore);
    }

    private void act() {
      switch (random.nextInt(14)) {
        case 0, 1, 2, 3, 4 -> {
          int burst = 1 + random.nextInt(8);
          for (int i = 0; i < burst; i++) {
            long aheadNs = random.nextLong(-HORIZON_NS / 8, 8 * HORIZON_NS);
            crank.send(
                random.nextInt(CrankedPlanner.PODS), crank.nowNs + aheadNs, random.nextInt(8));
            offered++;
          }
        }
        case 5, 6, 7 -> crank.pass(random.nextLong(2 * HORIZON_NS));
        case 8 -> crank.stall(random.nextLong(3 * HORIZON_NS));
        case 9 -> crank.offer(crank.fallback());
        case 10 -> crank.offer(random.nextBoolean() ? NoStages.PORT : CrankedPlanner.port(LINK));
        case 11 -> {
          if (random.nextInt(4) == 0) {
            stepped = true;
            crank.step(random.nextLong(-20 * HORIZON_NS, 20 * HORIZON_NS));
          }
        }
        case 12 -> crank.stackSays = random.nextBoolean() ? Verdict.HOLD : Verdict.ACCEPTED;
        case 13 -> {
          int pod = random.nextInt(CrankedPlanner.PODS);
          crank.planner.detach(pod);
          crank.planner.attach(
              pod,
              random.nextInt(4) == 0 ? Optional.of(Bandwidth.of(500_000_000)) : Optional.empty());
        }
        default -> throw new AssertionError();
      }
    }

    private void check(long sentBefore) {
      assertEquals(0, crank.planner.frames().used(), "frames that wait for ever");
      assertEquals(offered, crank.received(), "datagrams taken");
      assertEquals(offered, crank.sent() + crank.dropped(), "datagrams that ended");
      assertEquals(crank.launcher.sent.size(), crank.sent() - sentBefore, "frames sent");
      assertEquals(0, crank.planner.shaper.failures());
      long linkFreeNs = Long.MIN_VALUE;
      List<SimulatedLauncher.Completion> sent = crank.launcher.sent;
      for (SimulatedLauncher.Completion done : sent) {
        SimulatedLauncher.Launch launch = done.launch();
        assertEquals(Launcher.SENT, done.outcome());
        assertTrue(launch.instantNs() >= launch.launchTimeNs(), "before its launch time");
        assertTrue(done.actualNs() <= launch.notAfterNs(), "beyond its last instant");
        if (!stepped) {
          assertTrue(launch.instantNs() >= linkFreeNs, "while another is on the link");
        }
        linkFreeNs = launch.instantNs() + launch.durationNs();
      }
    }
  }

  private List<Long> sentAt() {
    List<Long> instants = new ArrayList<>();
    crank.launcher.sent.forEach(done -> instants.add(done.actualNs()));
    return instants;
  }
}
