package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.ReportedGates.Entry;

class GateCalendarTest {
  private static ReportedGates program(long numerator, long denominator, long base, Entry... list) {
    return new ReportedGates(true, 255, List.of(list), numerator, denominator, base);
  }

  private static ReportedGates microseconds(long cycle, long base, Entry... list) {
    return program(cycle, 1_000_000, base, list);
  }

  /** Writes each state as {@code from-to:open classes}. */
  private static String written(GateCalendar gates) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < gates.count(); i++) {
      StringBuilder open = new StringBuilder();
      for (int c = 0; c < 8; c++) {
        open.append(gates.open(i, c) ? Integer.toString(c) : "");
      }
      all.add(gates.fromNs(i) + "-" + gates.toNs(i) + ":" + open);
    }
    return String.join(" ", all);
  }

  @Test
  void shouldWriteAListOutCycleByCycle() {
    ReportedGates list = microseconds(10, 0, new Entry(0x80, 3_000), new Entry(0x01, 7_000));
    assertEquals(
        "20000-23000:7 23000-30000:0 30000-33000:7 33000-36000:0",
        written(new GateCalendar(list, 24_000, 36_000)));
  }

  @Test
  void shouldHoldTheLastEntryAndCutWhatLiesBeyondTheCycle() {
    ReportedGates tooShort = microseconds(10, 0, new Entry(0x80, 3_000), new Entry(0x01, 2_000));
    assertEquals("0-3000:7 3000-10000:0", written(new GateCalendar(tooShort, 0, 10_000)));
    ReportedGates tooLong = microseconds(10, 0, new Entry(0x80, 12_000), new Entry(0x01, 2_000));
    assertEquals("0-10000:7 10000-20000:7", written(new GateCalendar(tooLong, 0, 20_000)));
  }

  @Test
  void shouldKeepThePhaseOfACycleThatIsNoWholeNumberOfNanoseconds() {
    ReportedGates third = program(1, 3_000, 5, new Entry(0x80, 100), new Entry(0x01, 100));
    GateCalendar gates = new GateCalendar(third, 1_000_000_005L, 1_001_000_005L);
    assertEquals(1_000_000_005L, gates.fromNs(0));
    assertEquals(1_000_333_338L, gates.fromNs(2));
    assertEquals(1_000_666_671L, gates.fromNs(4));
    assertEquals(6, gates.count());
  }

  @Test
  void shouldCutTheLastCycleWhereTheListChanges() {
    ReportedGates before = microseconds(10, 0, new Entry(0x80, 3_000), new Entry(0x01, 7_000));
    ReportedGates after = microseconds(4, 12_500, new Entry(0x20, 4_000));
    assertEquals(
        "0-3000:7 3000-10000:0 10000-12500:7 12500-16500:5 16500-18000:5",
        written(new GateCalendar(before, 0, after, 12_500, 18_000)));
    ReportedGates elsewhere = microseconds(4, 0, new Entry(0x20, 4_000));
    assertThrows(
        CommandFailure.class, () -> new GateCalendar(before, 0, elsewhere, 12_500, 18_000));
  }

  @Test
  void shouldFindTheStateOfAnInstant() {
    ReportedGates list = microseconds(10, 0, new Entry(0x80, 3_000), new Entry(0x01, 7_000));
    GateCalendar gates = new GateCalendar(list, 0, 20_000);
    assertTrue(gates.open(gates.placeAt(2_999), 7));
    assertFalse(gates.open(gates.placeAt(3_000), 7));
    assertEquals(2, gates.placeAt(10_000));
    assertThrows(CommandFailure.class, () -> gates.placeAt(20_000));
  }

  @Test
  void shouldNeedAListThatRuns() {
    ReportedGates idle = new ReportedGates(false, 255, List.of(), 1, 1000, 0);
    assertThrows(CommandFailure.class, () -> new GateCalendar(idle, 0, 1));
    ReportedGates later = microseconds(10, 5_000, new Entry(0x80, 10_000));
    assertThrows(CommandFailure.class, () -> new GateCalendar(later, 0, 10_000));
  }

  @Test
  void shouldWriteOutTheListsInForce() {
    ReportedGates before = microseconds(10, 0, new Entry(0x80, 4_000), new Entry(0x01, 6_000));
    ReportedGates after = microseconds(8, 25_000, new Entry(0x80, 6_000), new Entry(0x01, 2_000));
    ListsInForce both =
        new ListsInForce(before, Optional.of(new ListsInForce.Change(25_000, after)));
    assertEquals(
        "20000-24000:7 24000-25000:0 25000-31000:7 31000-33000:0 33000-34000:7",
        written(GateCalendar.of(both, 20_000, 34_000)));
    assertEquals(
        written(new GateCalendar(before, 20_000, 34_000)),
        written(GateCalendar.of(new ListsInForce(before, Optional.empty()), 20_000, 34_000)));
  }
}
