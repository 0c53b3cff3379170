package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Bandwidth;

/** Pods with an idle slope of their own, in a planner. A frame has 672 bits on the link. */
final class PodCreditsTest {
  private static final long SLOPE = 1_000_000;
  private static final long SPACING_NS = 672_000;
  private static final int FRAMES = 200;
  private static final int SHAPED = 1;
  private static final int NEIGHBOUR = 2;
  private static final long AHEAD_NS = 10_000_000;

  /** 1000 s: none of these tests has a pod owed more. */
  private static final OptionalLong NO_LIMIT = OptionalLong.of(1_000_000_000);

  private final CrankedPlanner crank = new CrankedPlanner(1024);
  private final Planner planner = crank.planner;

  @BeforeEach
  void shape() {
    crank.offer(crank.credit());
    shape(new Bandwidth(SLOPE, NO_LIMIT));
  }

  private void shape(Bandwidth bandwidth) {
    planner.detach(SHAPED);
    planner.attach(TestPods.pod(SHAPED, bandwidth));
  }

  private void flood(int count, long launchTimeNs) {
    for (int i = 0; i < count; i++) {
      crank.send(SHAPED, launchTimeNs, 0);
    }
  }

  @Test
  void shouldSpaceTheFramesOfAPodThatFloodsAndLeaveItsNeighbourAlone() {
    long base = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      crank.send(SHAPED, base + i * SPACING_NS / 5, 0);
      if (i % 2 == 0) { // beside the instants of the other, which are 8 µs apart from these or more
        crank.send(NEIGHBOUR, base + i * 500_000L + 4_000, 0);
      }
    }
    crank.passUntil("all frames", () -> crank.sent() == FRAMES + FRAMES / 2);
    assertSpaced(sent(SHAPED), base);
    List<SimulatedLauncher.Completion> neighbours = sent(NEIGHBOUR);
    assertEquals(FRAMES / 2, neighbours.size());
    for (int i = 0; i < FRAMES / 2; i++) {
      long askedNs = base + i * 1_000_000L + 4_000;
      SimulatedLauncher.Completion frame = neighbours.get(i);
      assertEquals(askedNs, frame.launch().launchTimeNs(), "launch time as asked for");
      assertEquals(askedNs, frame.launch().instantNs(), "planned for its launch time");
      assertEquals(askedNs, frame.actualNs(), "sent at its launch time");
    }
    assertEquals(0, planner.frames().used());
  }

  /** The place of a frame in its pod's row says to the nanosecond when it is eligible. */
  private static void assertSpaced(List<SimulatedLauncher.Completion> shaped, long base) {
    assertEquals(FRAMES, shaped.size());
    int dated = 0;
    for (int i = 0; i < shaped.size(); i++) {
      SimulatedLauncher.Launch frame = shaped.get(i).launch();
      long eligibleNs = base + i * SPACING_NS;
      assertEquals(eligibleNs, frame.instantNs(), "frame " + i + " is planned for its turn");
      assertTrue(
          i == 0 || frame.arrival() > shaped.get(i - 1).launch().arrival(), "order of arrival");
      if (frame.launchTimeNs() > base + FRAMES * SPACING_NS / 5) {
        assertEquals(eligibleNs, frame.launchTimeNs(), "frame " + i);
        dated++;
      }
    }
    assertEquals(FRAMES - FRAMES / 5 - 1, dated, "had to wait longer than any was asked to");
  }

  @Test
  void shouldKeepTheSpacingAcrossSwapsOfTheShaper() {
    long base = crank.nowNs + AHEAD_NS;
    flood(FRAMES, base);
    crank.passUntil("a part", () -> crank.sent() > FRAMES / 4);
    for (int i = 0; i < 20; i++) {
      crank.offer(crank.fallback("swap" + i, CrankedPlanner.LINK));
      crank.settle();
      assertEquals("swap" + i, planner.shaper.name());
    }
    crank.passUntil("all frames", () -> crank.sent() == FRAMES);
    assertSpaced(sent(SHAPED), base);
  }

  @Test
  void shouldKeepTheSpacingWhenTheShaperIsSwappedAllTheTime() {
    long base = crank.nowNs + AHEAD_NS;
    flood(FRAMES, base);
    while (crank.sent() < FRAMES) {
      crank.offer(crank.fallback());
      crank.run(SPACING_NS / 3);
    }
    assertSpaced(sent(SHAPED), base);
    assertTrue(planner.shaper.swaps() > FRAMES);
  }

  @Test
  void shouldKeepTheSpacingWhenTheFilterItselfIsSwappedAllTheTime() {
    long base = crank.nowNs + AHEAD_NS;
    flood(FRAMES, base);
    int swaps = 0;
    while (crank.sent() < FRAMES) {
      crank.offer(crank.credit());
      crank.run(SPACING_NS / 3);
      swaps++;
    }
    assertSpaced(sent(SHAPED), base);
    assertTrue(swaps > FRAMES);
  }

  @Test
  void shouldShowWhatAPodIsOwed() {
    FilterStep credit = crank.credit();
    crank.offer(credit);
    flood(10, crank.nowNs);
    crank.settle();
    StatusTable pods = planner.filters.status(credit).getFirst();
    assertEquals(
        List.of("pod", "idle_slope_bits_per_second", "octets_charged_ahead", "eligible_in_ns"),
        pods.columns());
    List<Object> shaped = pods.rows().getFirst();
    assertEquals(List.of("pod1", SLOPE, 7 * 84L), shaped.subList(0, 3));
    long eligibleInNs = (long) shaped.get(3);
    assertTrue(10 * SPACING_NS <= eligibleInNs && eligibleInNs <= 11 * SPACING_NS, pods.toString());
  }

  @Test
  void shouldDropWhatIsEligibleLaterThanFramesAreHeld() {
    shape(Bandwidth.of(1_000)); // 672 ms for a frame, of 60 s
    flood(150, crank.nowNs + AHEAD_NS);
    crank.passUntil("some are dropped", () -> crank.dropped(Verdict.RATE_EXCEEDED) > 0);
    crank.run(AHEAD_NS);
    assertEquals(150 - 90, crank.dropped(Verdict.RATE_EXCEEDED));
    crank.passUntil("the others", () -> crank.sent() == 90);
    assertEquals(0, planner.frames().used());
  }

  @Test
  void shouldMissADeadlineThatPassesBeforeTheFrameIsEligible() {
    crank.deadlineMode = true;
    long deadline = crank.nowNs + 50_000_000;
    flood(FRAMES, deadline);
    crank.passUntil("all are dealt with", () -> crank.sent() + crank.dropped() == FRAMES);
    assertEquals(75, crank.sent(), "50 ms are 74.4 frames, and the first leaves at once");
    assertEquals(FRAMES - 75, crank.dropped(Verdict.MISSED));
    assertTrue(sent(SHAPED).getLast().actualNs() <= deadline);
  }

  @Test
  void shouldNotHaltAPodWhenTheClockIsSetBack() {
    shape(Bandwidth.of(1_000));
    flood(20, crank.nowNs + AHEAD_NS);
    crank.passUntil("the first", () -> crank.sent() == 1);
    crank.step(-37_000_000_000L);
    crank.turn();
    assertEquals(1, planner.counters.get(Counters.CLOCK_STEPS));
    long launchNs = crank.nowNs + AHEAD_NS;
    flood(1, launchNs);
    crank.passUntil("a frame of the new time", () -> crank.sent() == 2);
    assertEquals(launchNs, sent(SHAPED).getLast().actualNs());
  }

  @Test
  void shouldForgetAPodThatIsDetached() {
    flood(FRAMES, crank.nowNs + AHEAD_NS);
    crank.passUntil("the first", () -> crank.sent() > 0);
    shape(Bandwidth.of(SLOPE));
    long launchNs = crank.nowNs + AHEAD_NS;
    flood(1, launchNs);
    crank.passUntil("every row free", () -> planner.frames().used() == 0);
    assertEquals(FRAMES + 1, crank.sent() + crank.dropped(Verdict.POD_GONE));
    assertTrue(crank.dropped(Verdict.POD_GONE) > 0);
    assertEquals(launchNs, sent(SHAPED).getLast().actualNs(), "a frame of the next");
  }

  /** Returns the frames of a pod that were sent, in the order of their sending. */
  private List<SimulatedLauncher.Completion> sent(int pod) {
    return crank.launcher.sent.stream().filter(done -> done.launch().pod() == pod).toList();
  }
}
