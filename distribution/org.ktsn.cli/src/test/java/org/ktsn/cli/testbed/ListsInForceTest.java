package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.testbed.ListsInForce.Change;
import org.ktsn.cli.testbed.ReportedGates.Entry;

/** Class 7 for 4 of 10 us; from 25 us on for 6 of 8 us. */
class ListsInForceTest {
  private static final ReportedGates OLD =
      new ReportedGates(
          true, 255, List.of(new Entry(0x80, 4_000), new Entry(0x01, 6_000)), 1, 100_000, 0);
  private static final ReportedGates NEW =
      new ReportedGates(
          true, 255, List.of(new Entry(0x80, 6_000), new Entry(0x01, 2_000)), 1, 125_000, 25_000);

  private final ListsInForce lists = new ListsInForce(OLD, Optional.of(new Change(25_000, NEW)));

  @Test
  void shouldJudgeEachFrameByTheListInForce() {
    ListsInForce.Judge judge = lists.judge();
    assertTrue(judge.open(7, 20_000, 4_000));
    assertFalse(judge.open(7, 20_000, 4_001));
    assertTrue(judge.open(7, 25_000, 6_000));
    assertFalse(judge.open(7, 30_000, 2_000), "the old list would have it open");
    assertFalse(judge.open(7, 24_500, 1_000), "the old list has it closed before the change");
    assertFalse(judge.open(0, 24_500, 1_000), "the new list closes it");
    assertTrue(judge.open(0, 24_500, 500));
  }

  @Test
  void shouldJudgeByTheOneListThatThereIs() {
    ListsInForce.Judge judge = new ListsInForce(OLD, Optional.empty()).judge();
    assertTrue(judge.open(7, 30_000, 4_000));
    assertFalse(judge.open(7, 34_000, 1));
  }

  @Test
  void shouldSayWhereInItsCycleAnInstantLies() {
    assertEquals(4_999, lists.offsetInCycleNs(24_999));
    assertEquals(0, lists.offsetInCycleNs(25_000));
    assertEquals(1_000, lists.offsetInCycleNs(34_000));
  }
}
