package org.ktsn.api.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTimelineTest {
  private static final long MS = 1_000_000;
  private static final long US = 1_000;
  private static final long NEVER = GateTimeline.NEVER;

  @Test
  void shouldHoldAdminGateStatesBeforeTheBaseTime() {
    GateTimeline timeline = running(parameters(0x0f, 10 * MS, MS, entry(0x80, 0)));
    assertEquals(0x0f, timeline.gateStates(0));
    assertEquals(0x0f, timeline.gateStates(10 * MS - 1));
    assertEquals(0x80, timeline.gateStates(10 * MS));
    assertEquals(10 * MS, timeline.nextOpen(7, 5));
    assertEquals(10 * MS, timeline.nextClose(0, 5));
  }

  @Test
  void shouldHoldAdminGateStatesForEverWithoutAnEnabledList() {
    GateTimeline open = new GateTimeline(GateSchedule.open());
    assertEquals(0xff, open.gateStates(123));
    assertEquals(NEVER, open.nextClose(3, 123));
    assertEquals(NEVER, open.nextChange(123));
    GateTimeline empty = running(parameters(0x01, 0, MS));
    assertEquals(NEVER, empty.nextOpen(7, 5));
    assertEquals(NEVER, empty.nextClose(0, 5));
  }

  @Test
  void shouldHoldTheLastEntryUntilTheCycleEndsWhenTheListIsShort() {
    GateTimeline timeline = running(parameters(0xff, 0, MS, entry(0x80, 200 * US), entry(0x7f, 1)));
    assertEquals(0x7f, timeline.gateStates(MS - 1));
    assertEquals(MS, timeline.nextClose(0, 300 * US));
  }

  @Test
  void shouldNotRunEntriesBeyondTheCycle() {
    GateTimeline timeline =
        running(parameters(0xff, 0, MS, entry(1, 600 * US), entry(2, 600 * US), entry(4, 1)));
    assertEquals(2, timeline.gateStates(MS - 1));
    assertEquals(1, timeline.gateStates(MS));
    assertEquals(NEVER, timeline.nextOpen(2, 0));
  }

  @Test
  void shouldCountAnIntervalOfZeroAsOneNanosecond() {
    GateTimeline timeline = running(parameters(0xff, 0, MS, entry(1, 0), entry(2, 5)));
    assertEquals(1, timeline.gateStates(0));
    assertEquals(2, timeline.gateStates(1));
    assertEquals(1, timeline.nextChange(0));
  }

  @Test
  void shouldLookThroughOpenEntriesAndTheCyclesWrap() {
    GateTimeline timeline =
        running(
            parameters(
                0xff,
                0,
                MS,
                entry(0x81, 100 * US),
                entry(0x01, 100 * US),
                entry(0xfe, 500 * US),
                entry(0x81, 0)));
    assertEquals(200 * US, timeline.nextClose(0, 0));
    assertEquals(MS + 200 * US, timeline.nextClose(0, 800 * US));
    assertEquals(MS + 100 * US, timeline.nextClose(7, 500 * US));
    assertEquals(700 * US, timeline.nextOpen(0, 200 * US));
    assertEquals(700 * US, timeline.nextChange(200 * US));
  }

  @Test
  void shouldFindTheWindowThatIsLongEnough() {
    GateTimeline timeline =
        running(
            parameters(
                0xff,
                0,
                MS,
                entry(1, 100 * US),
                entry(0, 100 * US),
                entry(1, 300 * US),
                entry(0, 1)));
    assertEquals(0, timeline.nextWindow(0, 0, 100 * US));
    assertEquals(200 * US, timeline.nextWindow(0, 1, 100 * US));
    assertEquals(MS + 200 * US, timeline.nextWindow(0, 200 * US + 1, 300 * US));
    assertEquals(NEVER, timeline.nextWindow(0, 0, 300 * US + 1));
    assertEquals(NEVER, timeline.nextWindow(1, 0, 1));
  }

  @Test
  void shouldFindTheWindowAfterACycleChangesInAYear() {
    long year = 365L * 24 * 3600 * 1000 * MS;
    GateSchedule schedule =
        new GateSchedule(
            parameters(0xff, 0, MS, entry(1, 100 * US), entry(2, 1)),
            0,
            Optional.of(
                new GateSchedule.Pending(
                    parameters(0xff, year, MS, entry(1, 500 * US), entry(2, 1)), year)),
            0);
    GateTimeline timeline = new GateTimeline(schedule);
    assertEquals(year, timeline.nextWindow(0, 5, 300 * US));
    assertEquals(NEVER, timeline.nextWindow(3, 5, 300 * US));
    assertEquals(year, timeline.nextClose(1, year - 1));
  }

  @Test
  void shouldStretchTheLastCycleWithinTheRunningSchedulesExtension() {
    GateTimeline timeline = change(200 * US, 0, 1_150 * US);
    assertEquals(0x02, timeline.gateStates(MS)); // held; no short cycle
    assertEquals(0x02, timeline.gateStates(1_150 * US - 1));
    assertEquals(0x10, timeline.gateStates(1_150 * US));
    assertEquals(1_150 * US, timeline.nextClose(1, 600 * US));
  }

  @Test
  void shouldCutAShortCycleWhenTheExtensionDoesNotReach() {
    GateTimeline timeline = change(100 * US, 0, 1_150 * US);
    assertEquals(0x01, timeline.gateStates(MS));
    assertEquals(0x01, timeline.gateStates(1_150 * US - 1));
    assertEquals(0x10, timeline.gateStates(1_150 * US));
    assertEquals(MS, timeline.nextClose(1, 600 * US));
    assertEquals(1_150 * US, timeline.nextClose(0, MS));
  }

  @Test
  void shouldCutTheCycleInProgress() {
    GateTimeline timeline = change(200 * US, 0, 700 * US);
    assertEquals(0x02, timeline.gateStates(700 * US - 1));
    assertEquals(0x10, timeline.gateStates(700 * US));
  }

  @Test
  void shouldStretchByTheExtensionExactly() {
    assertEquals(0x02, change(150 * US, 0, 1_150 * US).gateStates(MS));
    assertEquals(0x01, change(150 * US - 1, 0, 1_150 * US).gateStates(MS));
  }

  @Test
  void shouldNotSuppressACycleThatHadStartedWhenTheChangeCame() {
    GateTimeline timeline = change(200 * US, 1_050 * US, 1_150 * US);
    assertEquals(0x01, timeline.gateStates(1_060 * US));
    assertEquals(0x10, timeline.gateStates(1_150 * US));
  }

  @Test
  void shouldHoldTheGatesUntilAPendingScheduleStartsItsFirstCycle() {
    GateSchedule schedule =
        new GateSchedule(
            parameters(0xff, 0, MS, entry(1, 500 * US), entry(2, 1)),
            0,
            Optional.of(
                new GateSchedule.Pending(parameters(0xff, 3 * MS, MS, entry(4, 1)), 2_200 * US)),
            0);
    GateTimeline timeline = new GateTimeline(schedule);
    assertEquals(1, timeline.gateStates(2_900 * US));
    assertEquals(4, timeline.gateStates(3 * MS));
    assertEquals(3 * MS, timeline.nextClose(0, 2_100 * US));
  }

  @Test
  void shouldLookIntoThePendingScheduleForTheNextClose() {
    GateTimeline timeline = change(0, 0, 2 * MS, entry(0x02, 300 * US), entry(0x10, 1));
    assertEquals(2_300 * US, timeline.nextClose(1, 1_500 * US));
  }

  @Test
  void shouldKeepTheExactPhaseOfAThirdOfAMillisecondForAYear() {
    CyclePhase phase = new CyclePhase(1_767_225_637L * 1_000 * MS, new CycleTime(1, 3_000));
    BigInteger cycles = BigInteger.valueOf(3_000L * 3600 * 24 * 365);
    long seconds = 3600L * 24 * 365;
    for (int back = 0; back < 10_000; back++) {
      long expected =
          cycles
              .subtract(BigInteger.valueOf(back))
              .multiply(BigInteger.valueOf(1_000 * MS))
              .divide(BigInteger.valueOf(3_000))
              .longValueExact();
      long at = phase.baseNs() + expected;
      assertEquals(at, phase.startOf(at));
      assertEquals(at, phase.startAtOrAfter(at));
      assertEquals(at, phase.endOf(at - 1));
    }
    assertEquals(
        phase.baseNs() + seconds * 1_000 * MS,
        phase.startAtOrAfter(phase.baseNs() + seconds * 1_000 * MS));
  }

  @Test
  void shouldKeepThePhaseOfAwkwardFractions() {
    long[][] fractions = {
      {4_294_967_295L, 4_294_967_294L}, {4_294_967_295L, 429_496_730L}, {4_295L, 4_294_967_295L},
      {7, 3}, {1, 999_983}, {10, 1}
    };
    for (long[] fraction : fractions) {
      CycleTime cycle = new CycleTime(fraction[0], fraction[1]);
      CyclePhase phase = new CyclePhase(17, cycle);
      for (long n : new long[] {0, 1, 2, fraction[1] - 1, fraction[1], 2 * fraction[1] + 1}) {
        long expected = exactStart(17, cycle, n);
        if (expected < 0) {
          continue;
        }
        assertEquals(expected, phase.startOf(expected), cycle + " cycle " + n);
        assertEquals(exactStart(17, cycle, n + 1), phase.endOf(expected), cycle + " cycle " + n);
        if (n > 0) {
          assertEquals(exactStart(17, cycle, n - 1), phase.startOf(expected - 1));
        }
      }
    }
  }

  @Test
  void shouldAllocateNothing() {
    GateTimeline timeline = change(200 * US, 0, 100 * MS);
    long sum = 0;
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (long t = 0; t < 200 * MS; t += 77_777) {
        sum += timeline.gateStates(t) + timeline.nextOpen(4, t) + timeline.nextClose(0, t);
        sum += timeline.nextChange(t) + timeline.nextWindow(1, t, 400 * US);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes; checksum " + sum);
  }

  private static long exactStart(long base, CycleTime cycle, long n) {
    BigInteger start =
        BigInteger.valueOf(n)
            .multiply(BigInteger.valueOf(cycle.numerator()))
            .multiply(BigInteger.valueOf(1_000 * MS))
            .divide(BigInteger.valueOf(cycle.denominator()))
            .add(BigInteger.valueOf(base));
    return start.bitLength() > 63 ? -1 : start.longValueExact();
  }

  /** A 1 ms cycle of classes 0 and 1, half and half, and class 4 from the change on. */
  private static GateTimeline change(
      long extensionNs, long acceptedNs, long changeNs, GateControlEntry... after) {
    GateParameters before =
        new GateParameters(
            true,
            0xff,
            List.of(entry(0x01, 500 * US), entry(0x02, 500 * US)),
            CycleTime.ofNanoseconds(MS),
            extensionNs,
            0,
            Collections.nCopies(8, 0));
    GateControlEntry[] list =
        after.length > 0 ? after : new GateControlEntry[] {entry(0x10, 500 * US)};
    GateSchedule running = new GateSchedule(before, 0, Optional.empty(), 0);
    return new GateTimeline(running.change(parameters(0xff, changeNs, MS, list), acceptedNs));
  }

  private static GateTimeline running(GateParameters parameters) {
    return new GateTimeline(new GateSchedule(parameters, 0, Optional.empty(), 0));
  }

  private static GateParameters parameters(
      int adminGateStates, long baseNs, long cycleNs, GateControlEntry... list) {
    return new GateParameters(
        true,
        adminGateStates,
        Arrays.asList(list),
        CycleTime.ofNanoseconds(cycleNs),
        0,
        baseNs,
        Collections.nCopies(8, 0));
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
