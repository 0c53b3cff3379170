package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.shaper.contract.OracleCases;

/** Every frame fares as the clauses say, and is counted so. */
class PolicingOracleTest {
  private static final int CASES = 100_000;
  private static final int FRAMES = 8;
  private static final long NOW_NS = 1_767_225_637_000_000_000L;
  private static final List<String> COLUMNS =
      List.of(
          "matching_frames",
          "passing_frames",
          "not_passing_frames",
          "passing_sdu",
          "not_passing_sdu",
          "red_frames");
  private static final Map<Integer, String> PODS = Map.of(0, "a", 1, "b", 2, "c");

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldFareAsTheClausesSay(long seed) {
    OracleCases.run(seed, 2, CASES, PolicingOracleTest::compare);
  }

  private static void compare(long seed) {
    Random random = new Random(seed);
    PolicingParameters asked = new RandomPolicing(random, NOW_NS).next();
    ClauseOracle oracle = new ClauseOracle(asked, PODS, NOW_NS);
    TestLine line = new TestLine(FRAMES);
    PODS.forEach(line::open);
    line.filter.change(asked, NOW_NS);
    long atNs = NOW_NS;
    for (int i = 0; i < FRAMES; i++) {
      // a frame may leave before one that was committed earlier, into a gap
      atNs = Math.max(NOW_NS, atNs + (random.nextInt(8) == 0 ? -9_000 : random.nextInt(40_000)));
      if (random.nextInt(2) == 0) { // just at the edge of an interval
        atNs = Math.max(NOW_NS, atNs / 1_000 * 1_000 + random.nextInt(3) - 1);
      }
      FakeFrame frame = frame(random, i, atNs);
      int expectedClass = oracle.trafficClass(frame, atNs);
      String expected = oracle.judge(frame, atNs);
      if (random.nextInt(FRAMES) == 0) {
        line.filter.change(again(asked), atNs); // the same once more changes nothing
      }
      String found = line.pass(frame, NOW_NS, atNs).map(DropReason::name).orElse("");
      assertEquals(expected, found, "frame " + i);
      if (found.isEmpty()) {
        assertEquals(expectedClass, frame.trafficClass, "class of frame " + i);
      }
    }
    StatusTable table = line.filter.status(atNs).getFirst();
    for (List<Object> row : table.rows()) {
      List<Long> found =
          COLUMNS.stream()
              .map(c -> row.get(table.columns().indexOf(c)))
              .map(Long.class::cast)
              .toList();
      assertEquals(
          Arrays.stream(oracle.counts.get((Long) row.getFirst())).boxed().toList(),
          found,
          "of filter " + row.getFirst() + ": " + COLUMNS);
    }
  }

  /** The same parameters, but that nothing is set or reset. */
  private static PolicingParameters again(PolicingParameters asked) {
    return new PolicingParameters(
        asked.streams(),
        asked.filters().stream().map(SameAgain::filter).toList(),
        asked.gates().stream().map(SameAgain::gate).toList(),
        asked.meters().stream().map(SameAgain::meter).toList());
  }

  private static FakeFrame frame(Random random, int number, long launchTimeNs) {
    FakeFrame frame = new FakeFrame();
    frame.number = number;
    frame.pod = random.nextInt(3);
    frame.trafficClass = random.nextBoolean() ? 7 : random.nextInt(8);
    frame.lengthOctets = 60 + random.nextInt(1455);
    frame.launchTimeNs = launchTimeNs;
    frame.destinationMac += random.nextInt(2);
    frame.sourceMac += random.nextInt(2);
    frame.tagged = random.nextBoolean();
    frame.priority = random.nextInt(8);
    if (frame.tagged) {
      frame.vlan = random.nextInt(3);
      frame.dropEligible = random.nextInt(3) == 0;
    }
    if (random.nextInt(3) == 0) { // just as many as an interval lets through
      frame.lengthOctets = (frame.tagged ? 18 : 14) + 100 * (1 + random.nextInt(5));
    }
    frame.dscp = random.nextInt(2) * 46;
    frame.source += random.nextInt(2);
    frame.destination += random.nextInt(2);
    frame.sourcePort += random.nextInt(2);
    frame.destinationPort += random.nextInt(2);
    return frame;
  }
}
