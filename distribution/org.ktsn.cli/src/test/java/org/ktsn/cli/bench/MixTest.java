package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.bench.Mix.Member;
import org.ktsn.cli.bench.Mix.Window;
import org.ktsn.cli.testbed.Flow;

class MixTest {
  private static long at100Mbit(int octets) {
    return (octets + 24) * 80L;
  }

  @Test
  void shouldWriteTheListForTheRate() {
    List<Window> list =
        List.of(new Window("T", 400, List.of(7)), new Window("B", 600, List.of(0, 5)));
    assertEquals("T 400000ns 7; B 600000ns 0,5", Mix.text(list, 100));
    assertEquals("T 1600000ns 7; B 2400000ns 0,5", Mix.text(list, 25));
    assertEquals(4_000_000, Mix.cycleNs(list, 25));
  }

  @Test
  void shouldTakeThePartOfTheWindowsThatIsAskedFor() {
    // Frames of 8 us each: 4 us of every window are lost.
    Member one = new Member(7, 7, 34, 34);
    Member other = new Member(5, 5, 34, 34);
    Mix mix =
        new Mix(
            List.of(one, other),
            List.of(
                new Window("A", 44, List.of(7)),
                new Window("B", 24, List.of(5, 7)),
                new Window("C", 32, List.of(0))),
            List.of(new Window("A", 24, List.of(7)), new Window("C", 76, List.of(0))));
    // 40 us and half of 20 us of 100 us carry 50 us; at half the load, 25 us, a frame each 32 us.
    assertEquals(32_000, mix.periodNs(one, List.of(mix.usual()), 50, 100, MixTest::at100Mbit));
    // The other list has room for 20 us of 100 us.
    assertEquals(
        80_000,
        mix.periodNs(one, List.of(mix.usual(), mix.changed()), 50, 100, MixTest::at100Mbit));
    assertEquals(50, mix.loadPercent(one, mix.usual(), 32_000, 100, MixTest::at100Mbit), 1e-9);
  }

  @Test
  void shouldLetAllFlowsTakeTheSameTime() {
    Mix mix = Mix.ofThree();
    List<Flow> flows =
        mix.flows(30_000, List.of(mix.usual()), 80, 100, MixTest::at100Mbit, 1000, 150_000_000);
    assertEquals(30_000, flows.stream().mapToInt(Flow::frames).sum());
    assertEquals(List.of(7, 5, 0), flows.stream().map(Flow::trafficClass).toList());
    long first = flows.getFirst().lengthNs();
    for (Flow flow : flows) {
      assertTrue(Math.abs(flow.lengthNs() - first) < 1_000_000, flow.toString());
      assertEquals(150_000_000, flow.leadNs());
    }
  }
}
