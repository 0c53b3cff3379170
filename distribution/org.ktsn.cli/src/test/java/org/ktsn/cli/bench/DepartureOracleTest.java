package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.bench.DepartureOracle.Departure;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.ReportedGates.Entry;

class DepartureOracleTest {
  private static final long END_NS = 1_000_000;

  private static GateCalendar gates(long cycleUs, Entry... list) {
    return new GateCalendar(
        new ReportedGates(true, 255, List.of(list), cycleUs, 1_000_000, 0), 0, END_NS);
  }

  private static ClassFlow flow(int trafficClass, long baseNs, long periodNs, long... durationNs) {
    return new ClassFlow(trafficClass, durationNs.length, baseNs, periodNs, i -> durationNs[i]);
  }

  /** Runs it to its end; writes each departure as {@code class.number@instant}. */
  private static String run(DepartureOracle oracle) {
    List<String> all = new ArrayList<>();
    while (!oracle.isEmpty()) {
      Departure next = oracle.next(0);
      oracle.leave(next.flow(), next.sequence(), next.atNs());
      all.add(next.flow().trafficClass() + "." + next.sequence() + "@" + next.atNs());
    }
    return String.join(" ", all);
  }

  private static String run(GateCalendar gates, ClassFlow... flows) {
    return run(new DepartureOracle(gates, List.of(flows), 0));
  }

  @Test
  void shouldSendTheHighestOfTheClassesThatAreAvailable() {
    GateCalendar open = gates(100, new Entry(0xff, 100_000));
    assertEquals(
        "0.0@10 7.0@110 5.0@130 0.1@160",
        run(open, flow(0, 10, 1, 100, 100), flow(7, 50, 1, 20), flow(5, 40, 1, 30)));
  }

  @Test
  void shouldWaitForTheGate() {
    GateCalendar gates = gates(10, new Entry(0x80, 4_000), new Entry(0x01, 6_000));
    assertEquals("0.0@4000 7.0@10000", run(gates, flow(0, 0, 1, 1_000), flow(7, 5_000, 1, 1_000)));
  }

  @Test
  void shouldLetNoFrameStartThatDoesNotEndBeforeItsGateCloses() {
    GateCalendar gates = gates(10, new Entry(0x81, 4_000), new Entry(0x40, 6_000));
    // The long one does not fit any more: a lower class may pass, its own class may not.
    assertEquals(
        "7.0@0 0.0@3000 7.1@10000 7.2@11001",
        run(gates, flow(7, 0, 1, 3_000, 1_001, 10), flow(0, 0, 1, 1_000)));
  }

  @Test
  void shouldLookThroughEntriesThatKeepTheGateOpen() {
    GateCalendar gates =
        gates(10, new Entry(0x80, 4_000), new Entry(0xa0, 2_000), new Entry(0x20, 4_000));
    assertEquals("7.0@0 7.1@10000", run(gates, flow(7, 0, 1, 5_999, 6_000)));
    assertEquals("5.0@4000 5.1@14000", run(gates, flow(5, 0, 1, 5_999, 6_000)));
  }

  @Test
  void shouldGoOnFromWhatReallyLeft() {
    GateCalendar open = gates(100, new Entry(0xff, 100_000));
    ClassFlow seven = flow(7, 0, 100, 50, 50, 50);
    DepartureOracle oracle = new DepartureOracle(open, List.of(seven), 0);
    oracle.leave(seven, 1, 500);
    assertEquals(550, oracle.freeNs());
    assertEquals(new Departure(seven, 0, 550), oracle.next(0));
    assertEquals(new Departure(seven, 0, 700), oracle.next(700));
    oracle.leave(seven, 0, 550);
    assertEquals(new Departure(seven, 2, 600), oracle.next(0));
    oracle.leave(seven, 2, 600);
    assertTrue(oracle.isEmpty());
  }
}
