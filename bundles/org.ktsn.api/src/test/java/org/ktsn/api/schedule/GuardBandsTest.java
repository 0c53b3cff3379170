package org.ktsn.api.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

class GuardBandsTest {
  private static final long MS = 1_000_000;
  private static final long US = 1_000;
  private static final int TICKS = 6_000;

  @Example
  void shouldNarrowEachWindowAtBothEnds() {
    GateParameters narrowed =
        GuardBands.widen(parameters(MS, 0, entry(0x80, 300 * US), entry(0x7f, 700 * US)), 10 * US);
    assertEquals(
        List.of(
            entry(0, 10 * US),
            entry(0x80, 280 * US),
            entry(0, 20 * US),
            entry(0x7f, 680 * US),
            entry(0, 10 * US)),
        narrowed.controlList());
  }

  @Example
  void shouldTakeAWindowAcrossTheWrapForOne() {
    GateParameters wrapped =
        parameters(MS, 0, entry(1, 150 * US), entry(0, 800 * US), entry(1, 50 * US));
    assertEquals(
        List.of(entry(1, 130 * US), entry(0, 840 * US), entry(1, 30 * US)),
        GuardBands.widen(wrapped, 20 * US).controlList());
    assertEquals(
        List.of(entry(0, 25 * US), entry(1, 50 * US), entry(0, 925 * US)),
        GuardBands.widen(wrapped, 75 * US).controlList());
    assertEquals(List.of(entry(0, MS)), GuardBands.widen(wrapped, 100 * US).controlList());
  }

  @Example
  void shouldLeaveAClassOpenThatNeverCloses() {
    GateParameters narrowed =
        GuardBands.widen(parameters(MS, 0, entry(0x81, 300 * US), entry(0x01, 1)), 10 * MS);
    assertEquals(List.of(entry(0x01, MS)), narrowed.controlList());
  }

  @Example
  void shouldChangeNothingWithoutUncertaintyOrWithoutARunningList() {
    GateParameters running = parameters(MS, 0, entry(1, 10), entry(0, 10));
    assertSame(running, GuardBands.widen(running, 0));
    assertEquals(GateParameters.open(), GuardBands.widen(GateParameters.open(), 5));
    GateParameters empty = parameters(MS, 0);
    assertSame(empty, GuardBands.widen(empty, 5));
    assertThrows(IllegalArgumentException.class, () -> GuardBands.widen(running, -1));
  }

  @Example
  void shouldKeepCycleBaseTimeExtensionAndFrameSizes() {
    GateParameters given =
        new GateParameters(
            true,
            0x0f,
            List.of(entry(1, 10 * US), entry(2, 10 * US)),
            new CycleTime(1, 3_000),
            77,
            5,
            List.of(1, 2, 3, 4, 5, 6, 7, 8));
    GateParameters narrowed = GuardBands.widen(given, 100);
    assertEquals(
        given,
        new GateParameters(
            narrowed.gateEnabled(),
            narrowed.adminGateStates(),
            given.controlList(),
            narrowed.cycleTime(),
            narrowed.cycleTimeExtensionNs(),
            narrowed.baseTimeNs(),
            narrowed.queueMaxSdu()));
  }

  @Example
  void shouldNarrowTheLongestListAndTheLongestCycle() {
    List<GateControlEntry> list = new ArrayList<>();
    for (int i = 0; i < GateParameters.MAX_ENTRIES; i++) {
      list.add(entry(1 << (i & 7), 5 * MS));
    }
    GateParameters narrowed =
        GuardBands.widen(
            GateParameters.of(0, CycleTime.ofNanoseconds(CycleTime.MAX_NANOSECONDS), list), MS);
    assertEquals(2 * GateParameters.MAX_ENTRIES + 2, narrowed.controlList().size());
    assertEquals(
        CycleTime.MAX_NANOSECONDS,
        narrowed.controlList().stream().mapToLong(GateControlEntry::timeIntervalNs).sum());
  }

  @Example
  void shouldNameTheClassesThatHaveNoWindowLeft() {
    GateParameters now =
        parameters(MS, 0, entry(0x81, 100 * US), entry(0x41, 200 * US), entry(0x03, 1));
    GateSchedule given =
        new GateSchedule(
            now,
            0,
            Optional.of(
                new GateSchedule.Pending(
                    parameters(MS, MS, entry(0x20, 10 * US), entry(0x02, 1)), MS)),
            0);
    assertEquals(0x20, GuardBands.closedClasses(given, GuardBands.widen(given, 5 * US)));
    assertEquals(0xa0, GuardBands.closedClasses(given, GuardBands.widen(given, 50 * US)));
    assertEquals(0, GuardBands.closedClasses(given, given));
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldBeOpenIfAndOnlyIfTheScheduleIsAllThroughTheUncertainty(@ForAll long seed) {
    Random random = new Random(seed);
    GateParameters given = random(random, random.nextInt(5_000), false, 0);
    int uncertaintyNs = 1 + random.nextInt(400);
    int[] open = through(states(running(given)), uncertaintyNs);
    int[] narrowed = states(running(GuardBands.widen(given, uncertaintyNs)));
    for (int t = from(given, uncertaintyNs); t < open.length - uncertaintyNs; t++) {
      assertEquals(open[t], narrowed[t], () -> uncertaintyNs + " ns, " + given);
    }
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldMissNoMoreThanANanosecondWhereACycleIsNoWholeNumberOfThem(@ForAll long seed) {
    Random random = new Random(seed);
    GateParameters given = random(random, random.nextInt(5_000), true, 0);
    int uncertaintyNs = 1 + random.nextInt(400);
    int[] states = states(running(given));
    int[] open = through(states, uncertaintyNs);
    int[] openLonger = through(states, uncertaintyNs + 1);
    int[] narrowed = states(running(GuardBands.widen(given, uncertaintyNs)));
    for (int t = from(given, uncertaintyNs); t < open.length - uncertaintyNs - 1; t++) {
      int at = t;
      assertEquals(0, narrowed[t] & ~open[t], () -> at + ": " + uncertaintyNs + " ns, " + given);
      assertEquals(0, openLonger[t] & ~narrowed[t], () -> at + ": too narrow, " + given);
    }
  }

  @Property(tries = 2_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldStayInsideTheTrueWindowsAcrossChangesToo(@ForAll long seed) {
    Random random = new Random(seed);
    GateParameters first = random(random, 0, random.nextBoolean(), random.nextInt(1_500));
    int uncertaintyNs = 1 + random.nextInt(200);
    GateSchedule given = running(first);
    for (int i = random.nextInt(2); i >= 0; i--) {
      given =
          given.change(
              random(random, random.nextInt(TICKS), random.nextBoolean(), random.nextInt(1_500)),
              from(first, uncertaintyNs) + random.nextInt(1_500));
    }
    GateSchedule changed = given;
    int[] open = through(states(changed), uncertaintyNs);
    int[] narrowed = states(GuardBands.widen(changed, uncertaintyNs));
    int known = (int) Math.max(from(first, uncertaintyNs), changed.operSinceNs() + uncertaintyNs);
    for (int t = known; t < open.length - uncertaintyNs; t++) {
      int at = t;
      assertEquals(0, narrowed[t] & ~open[t], () -> at + ": " + uncertaintyNs + " ns, " + changed);
    }
  }

  @Example
  void shouldBeOpenAgainSoonAfterAChange() {
    GateSchedule given =
        running(parameters(MS, 0, entry(0x81, 500 * US), entry(0x01, 500 * US)))
            .change(parameters(MS, 10 * MS, entry(0x81, 500 * US), entry(0x01, 1)), 5 * MS);
    GateTimeline timeline = new GateTimeline(GuardBands.widen(given, 20 * US));
    assertEquals(GateTimeline.NEVER, timeline.nextClose(0, 0));
    assertEquals(10 * MS + 20 * US, timeline.nextOpen(7, 9_500 * US));
    assertEquals(10_480 * US, timeline.nextClose(7, 10 * MS + 20 * US));
    assertEquals(11 * MS + 20 * US, timeline.nextOpen(7, 10_480 * US));
    assertTrue(timeline.nextWindow(7, 9_600 * US, 460 * US) <= 10_020 * US);
  }

  @Example
  void shouldNotTakeTheStatesBeforeTheFirstCycleForThoseBeforeAChangeSoonAfterIt() {
    GateParameters first =
        new GateParameters(
            true,
            0xff,
            List.of(entry(0xfb, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            MS,
            Collections.nCopies(8, 0));
    GateSchedule given =
        running(first).change(parameters(MS, MS + 60, entry(0xff, MS)), MS + 20).at(MS + 20);
    GateTimeline narrowed = new GateTimeline(GuardBands.widen(given, 100));
    assertEquals(0xfb, narrowed.gateStates(MS + 100));
    assertEquals(MS + 160, narrowed.nextOpen(2, MS));
  }

  /** What was before the first cycle is no window of the list. */
  private static int from(GateParameters given, int uncertaintyNs) {
    return (int) (given.baseTimeNs() + given.cycleTime().nanosecondsRoundedDown()) + uncertaintyNs;
  }

  private static int[] states(GateSchedule schedule) {
    GateTimeline timeline = new GateTimeline(schedule);
    int[] states = new int[2 * TICKS];
    for (int t = 0; t < states.length; t++) {
      states[t] = timeline.gateStates(t);
    }
    return states;
  }

  /** The classes that are open from so long before an instant to so long after it. */
  private static int[] through(int[] states, int aroundNs) {
    int[] through = new int[states.length];
    int[] closedAt = new int[8];
    Arrays.fill(closedAt, -1);
    for (int t = 0; t < states.length; t++) {
      for (int c = 0; c < 8; c++) {
        closedAt[c] = (states[t] >> c & 1) == 0 ? t : closedAt[c];
        int middle = t - aroundNs;
        if (middle >= aroundNs && closedAt[c] < middle - aroundNs) {
          through[middle] |= 1 << c;
        }
      }
    }
    return through;
  }

  /** Lists shorter and longer than the cycle; classes that are mostly open, and mostly closed. */
  private static GateParameters random(
      Random random, long baseNs, boolean fraction, long extensionNs) {
    int length = 1 + random.nextInt(8);
    List<GateControlEntry> list = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      int any = random.nextInt(256);
      int other = random.nextInt(256);
      int states = ((any | other | 0x11) & 0x0f) | (any & other & 0xf0);
      list.add(entry(states, random.nextInt(2_400 / length)));
    }
    CycleTime cycle =
        fraction
            ? new CycleTime(1, 600_000 + random.nextInt(400_000))
            : CycleTime.ofNanoseconds(1_000 + random.nextInt(800));
    return new GateParameters(
        true, random.nextInt(256), list, cycle, extensionNs, baseNs, Collections.nCopies(8, 0));
  }

  private static GateSchedule running(GateParameters parameters) {
    return new GateSchedule(parameters, 0, Optional.empty(), 0);
  }

  private static GateParameters parameters(long cycleNs, long baseNs, GateControlEntry... list) {
    return GateParameters.of(baseNs, CycleTime.ofNanoseconds(cycleNs), List.of(list));
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
