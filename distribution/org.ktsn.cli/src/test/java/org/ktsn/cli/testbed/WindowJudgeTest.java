package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.ReportedGates.Entry;

class WindowJudgeTest {
  private static final int HIGH = 0b1000_0000;
  private static final int LOW = 0b0111_1111;

  @Test
  void shouldAcceptAFrameThatFillsItsWindowToTheLastNanosecond() {
    WindowJudge judge = judge(0, 1000, new Entry(HIGH, 300), new Entry(LOW, 700));
    assertTrue(judge.open(7, 5000, 300));
    assertTrue(judge.open(7, 5299, 1));
    assertFalse(judge.open(7, 5000, 301), "its last octet leaves behind the window");
    assertFalse(judge.open(7, 4999, 10), "its first octet leaves before the window");
    assertFalse(judge.open(7, 5300, 1));
  }

  @Test
  void shouldMergeWindowsOfConsecutiveEntries() {
    WindowJudge judge =
        judge(0, 1000, new Entry(HIGH, 300), new Entry(HIGH | 1, 200), new Entry(LOW, 500));
    assertTrue(judge.open(7, 100, 400));
    assertFalse(judge.open(7, 100, 401));
    assertTrue(judge.open(0, 300, 700), "class 0 is open in the second and the third entry");
  }

  @Test
  void shouldMergeWindowsAcrossTheEndOfTheCycle() {
    WindowJudge judge =
        judge(0, 1000, new Entry(HIGH, 300), new Entry(LOW, 400), new Entry(HIGH, 300));
    assertTrue(judge.open(7, 700, 600));
    assertFalse(judge.open(7, 699, 600));
    assertFalse(judge.open(7, 700, 601));
  }

  @Test
  void shouldAcceptAnyFrameOfAClassThatNeverCloses() {
    WindowJudge judge = judge(0, 1000, new Entry(HIGH | 1, 300), new Entry(1, 700));
    assertTrue(judge.open(0, 123, 10_000));
  }

  @Test
  void shouldHoldTheLastStateUntilTheCycleEndsWhereTheListIsShorter() {
    WindowJudge judge = judge(0, 1000, new Entry(LOW, 300), new Entry(HIGH, 100));
    assertTrue(judge.open(7, 300, 700));
    assertFalse(judge.open(7, 300, 701));
  }

  @Test
  void shouldCutTheListWhereTheCycleEnds() {
    WindowJudge judge = judge(0, 1000, new Entry(LOW, 900), new Entry(HIGH, 500));
    assertTrue(judge.open(7, 1900, 100));
    assertFalse(judge.open(7, 1900, 101), "the next cycle begins with class 7 closed");
  }

  @Test
  void shouldNeverReachEntriesBehindTheEndOfTheCycle() {
    WindowJudge judge = judge(0, 1000, new Entry(LOW, 1000), new Entry(HIGH, 500));
    assertFalse(judge.open(7, 1000, 1));
    assertTrue(judge.open(0, 0, 5000));
  }

  @Test
  void shouldGiveAnEntryOfNoLengthOneNanosecond() {
    WindowJudge judge = judge(0, 1000, new Entry(LOW, 0), new Entry(HIGH, 999));
    assertFalse(judge.open(7, 0, 1));
    assertTrue(judge.open(7, 1, 999));
  }

  @Test
  void shouldHoldTheAdministrativeStatesBeforeTheBaseTime() {
    ReportedGates program =
        new ReportedGates(true, LOW, List.of(new Entry(HIGH, 500)), 1, 1_000_000, 10_000);
    WindowJudge judge = new WindowJudge(program);
    assertFalse(judge.open(7, 9_999, 1));
    assertTrue(judge.open(0, 0, 10_000));
    assertFalse(judge.open(0, 9_999, 2), "the base time closes class 0");
    assertTrue(judge.open(7, 10_000, 5000));
  }

  @Test
  void shouldHoldTheAdministrativeStatesWhileGatesAreOffOrTheListIsEmpty() {
    List<Entry> list = List.of(new Entry(LOW, 500));
    WindowJudge off = new WindowJudge(new ReportedGates(false, HIGH, list, 1, 1_000_000, 0));
    assertTrue(off.open(7, 12_345, 99_999));
    assertFalse(off.open(6, 12_345, 1));
    WindowJudge empty = new WindowJudge(new ReportedGates(true, HIGH, List.of(), 1, 1_000_000, 0));
    assertTrue(empty.open(7, 12_345, 99_999));
  }

  @Test
  void shouldKeepThePhaseOfACycleThatIsNoWholeNumberOfNanoseconds() {
    // 3000 cycles a second: starts at 0, 333333, 666666, 1000000 ns
    ReportedGates program =
        new ReportedGates(
            true, 255, List.of(new Entry(HIGH, 1000), new Entry(LOW, 400_000)), 1, 3000, 0);
    WindowJudge judge = new WindowJudge(program);
    assertTrue(judge.open(7, 333_333, 1000));
    assertFalse(judge.open(7, 333_332, 1));
    assertTrue(judge.open(7, 666_666, 1000));
    assertFalse(judge.open(7, 666_665, 1));
    assertTrue(judge.open(7, 1_000_000, 1000));
    long year = 365L * 24 * 3600 * 1_000_000_000;
    assertTrue(judge.open(7, year + 333_333, 1000), "a year later");
    assertFalse(judge.open(7, year + 333_332, 1));
  }

  @Test
  void shouldFindTheNextWindowThatIsLongEnough() {
    WindowJudge judge =
        judge(
            0,
            1000,
            new Entry(HIGH, 100),
            new Entry(LOW, 400),
            new Entry(HIGH, 200),
            new Entry(LOW, 300));
    assertEquals(500, judge.nextOpen(7, 10, 150));
    assertEquals(200, judge.openForNs(7, 500));
    assertEquals(0, judge.openForNs(7, 700));
  }

  @Test
  void shouldSayThatNoWindowIsLongEnough() {
    WindowJudge judge = judge(0, 1000, new Entry(HIGH, 100), new Entry(LOW, 900));
    String message =
        assertThrows(CommandFailure.class, () -> judge.nextOpen(7, 0, 101)).getMessage();
    assertTrue(message.contains("never opens the gate of class 7 for the 101 ns"), message);
  }

  /** What follows from the gates' states at every single nanosecond. */
  @Property(tries = 300)
  void shouldAgreeWithLookingAtEveryNanosecond(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 3) Integer> states,
      @ForAll @Size(value = 4) List<@IntRange(max = 9) Integer> intervals,
      @ForAll @IntRange(min = 1, max = 30) int cycle,
      @ForAll @IntRange(max = 20) int base,
      @ForAll @IntRange(max = 70) int start,
      @ForAll @IntRange(min = 1, max = 40) int duration) {
    List<Entry> entries =
        IntStream.range(0, states.size())
            .mapToObj(i -> new Entry(states.get(i), intervals.get(i)))
            .toList();
    WindowJudge judge =
        new WindowJudge(new ReportedGates(true, 1, entries, cycle, 1_000_000_000, base));
    boolean expected = true;
    for (int at = start; at < start + duration; at++) {
      expected &= (stateAt(entries, cycle, base, at) & 1) == 1;
    }
    assertEquals(expected, judge.open(0, start, duration));
  }

  private static int stateAt(List<Entry> entries, int cycle, int base, int at) {
    if (at < base) {
      return 1;
    }
    int offset = (at - base) % cycle;
    for (Entry entry : entries) {
      int length = (int) Math.max(1, entry.intervalNs());
      if (offset < length) {
        return entry.gateStates();
      }
      offset -= length;
    }
    return entries.getLast().gateStates();
  }

  private static WindowJudge judge(long base, long cycleNs, Entry... entries) {
    return new WindowJudge(
        new ReportedGates(true, 255, List.of(entries), cycleNs, 1_000_000_000, base));
  }
}
