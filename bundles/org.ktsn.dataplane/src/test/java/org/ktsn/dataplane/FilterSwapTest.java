package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.FRAMES;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Filters that are swapped all the time while frames flow. */
final class FilterSwapTest {
  private static final int SWAPS = 10_000;
  private static final int FRAMES_PER_SWAP = 3;
  private static final long PERIOD_NS = 2 * LINK.durationNs(60);

  private final CrankedPlanner crank = new CrankedPlanner();

  /**
   * Each frame leaves once, at its instant, and in its order; a filter that stays sees them all.
   */
  @Test
  void shouldLoseDoubleAndReorderNothingInTenThousandSwaps() {
    CheckingFilter stays = new CheckingFilter(FRAMES);
    FilterStep staying = crank.filter("stays", stays);
    CheckingFilter last = new CheckingFilter(FRAMES);
    crank.offer(staying);
    crank.settle();
    long launchNs = crank.nowNs + 2 * HORIZON_NS;
    long firstNs = launchNs;
    for (int swap = 0; swap < SWAPS; swap++) {
      for (int i = 0; i < FRAMES_PER_SWAP; i++) {
        crank.send(i, launchNs, 3);
        launchNs += PERIOD_NS;
      }
      crank.turn();
      last = new CheckingFilter(FRAMES);
      FilterStep next = crank.filter("swapped", last);
      crank.offer(
          swap % 2 == 0 ? new FilterStep[] {next, staying} : new FilterStep[] {staying, next});
      crank.pass(FRAMES_PER_SWAP * PERIOD_NS);
      crank.turn();
      assertEquals("", next.problem() + staying.problem());
      stays.told();
    }
    crank.run(4 * HORIZON_NS);
    List<SimulatedLauncher.Completion> sent = crank.launcher.sent;
    assertEquals(SWAPS * FRAMES_PER_SWAP, sent.size());
    for (int i = 0; i < sent.size(); i++) {
      assertEquals(i, sent.get(i).launch().arrival(), "a frame was overtaken");
      assertEquals(firstNs + i * PERIOD_NS, sent.get(i).actualNs(), "frame " + i);
    }
    assertEquals(0, crank.dropped());
    assertEquals(0, stays.known() + last.known(), "frames without an end");
    assertTrue(crank.planner.frames().used() == 0, "every row is free");
  }
}
