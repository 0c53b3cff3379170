package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.foreign.Launcher;

/**
 * Random scripts for one planner: frames of pods that come and go, a launcher that stalls, shapers,
 * ports and the families' stacks that are swapped, a clock that is set. Whatever happens, every
 * datagram ends once.
 */
class RandomScript {
  /** How many planners are tried, and with how many scripts each. */
  private static final int PLANNERS = 50;

  private static final int SCRIPTS = 40;

  private static final List<AddressFamily> FAMILIES = List.of(AddressFamily.values());

  final Random random;
  final CrankedPlanner crank = new CrankedPlanner();
  private long offered;
  private boolean stepped;

  RandomScript(long seed) {
    random = new Random(seed);
    crank.offer(crank.credit());
  }

  /** Tries many, and names the seed of one that fails. */
  static void tryMany(LongFunction<RandomScript> scripts) {
    long begin = System.nanoTime();
    for (int planners = 0; planners < PLANNERS; planners++) {
      long seed = new Random().nextLong();
      try {
        RandomScript script = scripts.apply(seed);
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

  /** Something more that happens in these scripts. */
  void also() {}

  /** Something more that must be so at the end of a script. */
  void checkMore() {}

  private void run() {
    stepped = false;
    crank.launcher.sent.clear();
    long sentBefore = crank.sent();
    int actions = 10 + random.nextInt(30);
    for (int i = 0; i < actions; i++) {
      act();
      also();
      crank.turn();
    }
    crank.offer(CrankedPlanner.port(LINK));
    for (AddressFamily family : FAMILIES) {
      if (family == AddressFamily.INET || random.nextInt(8) > 0) {
        crank.offer(family, crank.stack);
      }
    }
    crank.stackSays = Verdict.ACCEPTED;
    crank.launcher.refuses = false;
    for (int i = 0; i < 800 && (crank.planner.frames().used() > 0 || !crank.ring.isEmpty()); i++) {
      crank.settle();
      crank.pass(HORIZON_NS);
    }
    check(sentBefore);
    checkMore();
  }

  private void act() {
    switch (random.nextInt(15)) {
      case 0, 1, 2, 3, 4 -> {
        int burst = 1 + random.nextInt(8);
        for (int i = 0; i < burst; i++) {
          long aheadNs = random.nextLong(-HORIZON_NS / 8, 8 * HORIZON_NS);
          crank.send(
              family(),
              random.nextInt(CrankedPlanner.PODS),
              crank.nowNs + aheadNs,
              random.nextInt(8));
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
            random.nextInt(4) == 0
                ? TestPods.pod(pod, Bandwidth.of(500_000_000))
                : TestPods.pod(pod));
      }
      case 14 -> crank.offer(family(), random.nextInt(3) == 0 ? NoStages.STACK : crank.writer());
      default -> throw new AssertionError();
    }
  }

  private AddressFamily family() {
    return FAMILIES.get(random.nextInt(FAMILIES.size()));
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
