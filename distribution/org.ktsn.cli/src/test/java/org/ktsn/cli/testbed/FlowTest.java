package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Flow.DataPath;

class FlowTest {
  private static Flow mixed(int size, int maxSize) {
    return new Flow(1000, size, maxSize, 1_000_000, 0, 0, 7, DataPath.KTSN, true);
  }

  @Test
  void shouldMixSizesAsTheTalkerDoes() {
    Flow flow = mixed(100, 1000);
    // The talker's own test has the same figures.
    assertEquals(
        List.of(100, 669, 984, 131, 552), IntStream.range(0, 5).mapToObj(flow::sizeOf).toList());
    assertEquals(1042, flow.frameOctets());
    assertEquals(711, flow.frameOctets(1));
  }

  @Test
  void shouldKeepMixedSizesInTheirRangeAndSpreadThem() {
    Flow flow = mixed(64, 1472);
    double mean = IntStream.range(0, 10_000).map(flow::sizeOf).average().orElseThrow();
    assertTrue(Math.abs(mean - 768) < 20, "mean " + mean);
    assertTrue(IntStream.range(0, 10_000).map(flow::sizeOf).allMatch(o -> o >= 64 && o <= 1472));
  }

  @Test
  void shouldSendOneSizeWhereOnlyOneIsGiven() {
    Flow flow = new Flow(10, 256, 1_000_000, 0, 7, DataPath.KTSN, true);
    assertTrue(IntStream.range(0, 10).allMatch(i -> flow.sizeOf(i) == 256));
    assertThrows(CommandFailure.class, () -> mixed(256, 255));
  }
}
