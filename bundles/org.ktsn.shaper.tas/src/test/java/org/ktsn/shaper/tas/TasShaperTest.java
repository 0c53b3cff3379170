package org.ktsn.shaper.tas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.SimulatedFrames;

/** A 1 ms cycle at 1 Gb/s: class 7 for 200 µs, then classes 0 to 6 for 800 µs. */
class TasShaperTest {
  private static final long US = 1_000;
  private static final long MS = 1_000_000;
  private static final long NEVER = Shaper.NEVER;
  private static final PortModel PORT = new PortModel(1_000_000_000L, 0);
  private static final long SHORT = PORT.durationNs(60); // 672 ns
  private static final long LONG = PORT.durationNs(1_514); // 12,304 ns

  private final SimulatedFrames frames = new SimulatedFrames(128);
  private final Departure out = new Departure();
  private final long[] limits = new long[8];
  private Shaper shaper = tas(running(entry(0x80, 200 * US), entry(0x7f, 800 * US)));

  TasShaperTest() {
    Arrays.fill(limits, NEVER);
  }

  @Test
  void shouldHoldFrameUntilItsGateOpens() {
    int frame = enqueue(3, 50 * US, 60);
    departs(frame, 200 * US, MS - SHORT);
  }

  @Test
  void shouldSendAtTheLaunchTimeWhenTheGateIsOpen() {
    int frame = enqueue(7, MS + 50 * US, 256);
    departs(frame, MS + 50 * US, MS + 200 * US - PORT.durationNs(256));
  }

  @Test
  void shouldUseTheLastInstantAtWhichTheWholeFrameFits() {
    int frame = enqueue(7, 200 * US - LONG, 1_514);
    departs(frame, 200 * US - LONG, 200 * US - LONG);
  }

  @Test
  void shouldHoldFrameThatWouldStillBeOnTheWireWhenItsGateCloses() {
    int frame = enqueue(7, 200 * US - LONG + 1, 1_514);
    departs(frame, MS, MS + 200 * US - LONG);
  }

  @Test
  void shouldKeepTheGuardBandPerFrame() {
    int big = enqueue(7, 200 * US - LONG + 1, 1_514);
    int small = enqueue(3, 100 * US, 60);
    departs(small, 200 * US, MS - SHORT);
    departs(big, MS, MS + 200 * US - LONG);
  }

  @Test
  void shouldLetAShorterLowerClassPassAHeadThatDoesNotFit() {
    shaper = tas(running(entry(0xc0, 200 * US), entry(0x3f, 800 * US)));
    int big = enqueue(7, 195 * US, 1_514);
    int small = enqueue(6, 195 * US, 60);
    departs(small, 195 * US, 200 * US - SHORT);
    departs(big, MS, MS + 200 * US - LONG);
  }

  @Test
  void shouldNotLetAShortFrameOvertakeALongHeadOfItsClass() {
    int big = enqueue(7, 195 * US, 1_514);
    int small = enqueue(7, 195 * US, 60);
    departs(big, MS, MS + 200 * US - LONG);
    departs(small, MS + LONG, MS + 200 * US - SHORT);
  }

  @Test
  void shouldOrderAClassByLaunchTimeAndThenByArrival() {
    int third = enqueue(3, 300 * US, 60);
    int first = enqueue(3, 250 * US, 60);
    int fourth = enqueue(3, 300 * US, 60);
    int second = enqueue(3, 299 * US, 60);
    departs(first, 250 * US, MS - SHORT);
    departs(second, 299 * US, MS - SHORT);
    departs(third, 300 * US, MS - SHORT);
    departs(fourth, 300 * US + SHORT, MS - SHORT);
  }

  @Test
  void shouldServeTheHighestClassFirstAtTheSameInstant() {
    int low = enqueue(2, 300 * US, 60);
    int high = enqueue(5, 300 * US, 60);
    departs(high, 300 * US, MS - SHORT);
    departs(low, 300 * US + SHORT, MS - SHORT);
  }

  @Test
  void shouldStartALowerClassThatIsAvailableEarlier() {
    int high = enqueue(5, 300 * US, 60);
    int low = enqueue(2, 300 * US - 1, 1_514);
    departs(low, 300 * US - 1, MS - LONG);
    departs(high, 300 * US - 1 + LONG, MS - SHORT);
  }

  @Test
  void shouldLookThroughOpenEntriesForTheClose() {
    shaper = tas(running(entry(0x01, 100 * US), entry(0x03, 100 * US), entry(0x02, 800 * US)));
    int frame = enqueue(0, 95 * US, 1_514);
    departs(frame, 95 * US, 200 * US - LONG);
  }

  @Test
  void shouldLimitLatenessWhereTheGateNeverCloses() {
    shaper = tas(GateSchedule.open());
    int frame = enqueue(0, 95 * US, 1_514);
    departs(frame, 95 * US, 95 * US + 10 * MS);
  }

  @Test
  void shouldFillAGapBeforeCommittedFrames() {
    int frame = enqueue(3, 300 * US, 1_514);
    assertFalse(shaper.next(0, 300 * US + LONG - 1, limits, out));
    assertTrue(shaper.next(0, 305 * US + LONG, limits, out));
    assertEquals(frame, out.frame);
    assertEquals(300 * US, out.launchNs);
    assertEquals(305 * US, out.notAfterNs);
  }

  @Test
  void shouldFillAGapWithALowerClassThatFits() {
    enqueue(5, 300 * US, 1_514);
    int small = enqueue(3, 300 * US, 60);
    assertTrue(shaper.next(0, 300 * US + SHORT, limits, out));
    assertEquals(small, out.frame);
    assertEquals(300 * US, out.notAfterNs);
  }

  @Test
  void shouldNotFillAGapBeforeACommittedFrameOfTheSameClass() {
    enqueue(5, 300 * US, 60);
    int other = enqueue(3, 310 * US, 60);
    limits[5] = 300 * US;
    assertTrue(shaper.next(0, MS, limits, out));
    assertEquals(other, out.frame);
    limits[3] = 310 * US;
    assertFalse(shaper.next(0, MS, limits, out));
  }

  @Test
  void shouldSendADeadlineFrameAsSoonAsItMay() {
    int frame = frames.add(3, 900 * US, 60, true);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    assertTrue(shaper.next(300 * US, NEVER, limits, out));
    assertEquals(300 * US, out.launchNs);
    assertTrue(shaper.next(100 * US, NEVER, limits, out));
    assertEquals(200 * US, out.launchNs);
  }

  @Test
  void shouldQueueADeadlineFrameByItsLaunchTime() {
    int strict = enqueue(3, 500 * US, 60);
    int deadline = frames.add(3, 900 * US, 60, true);
    shaper.enqueue(deadline);
    departs(strict, 500 * US, MS - SHORT);
    departs(deadline, 500 * US + SHORT, MS - SHORT);
  }

  @Test
  void shouldRefuseAFrameLargerThanItsClassAllows() {
    GateParameters parameters =
        new GateParameters(
            true,
            0xff,
            List.of(entry(0xff, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            0,
            List.of(0, 0, 0, 0, 0, 0, 0, 256));
    shaper = tas(new GateSchedule(parameters, 0, Optional.empty(), 0));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(7, 0, 256 + 14)));
    assertEquals(Verdict.OVERSIZE, shaper.enqueue(frames.add(7, 0, 257 + 14)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(6, 0, 1_514)));
  }

  @Test
  void shouldJudgeASizeByTheScheduleOfItsLaunchTime() {
    GateParameters next =
        new GateParameters(
            true,
            0xff,
            List.of(entry(0xff, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            5 * MS,
            List.of(0, 0, 0, 256, 0, 0, 0, 0));
    shaper = tas(running(entry(0xff, MS)).change(next, 0));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(3, 5 * MS - 1, 1_514)));
    assertEquals(Verdict.OVERSIZE, shaper.enqueue(frames.add(3, 5 * MS, 1_514)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(3, 5 * MS, 256 + 14)));
    assertEquals(2, shaper.queued(3));
  }

  @Test
  void shouldMergeWindowsAcrossTheCyclesWrap() {
    shaper = tas(running(entry(0x08, 100 * US), entry(0, 800 * US), entry(0x08, 100 * US)));
    int frame = enqueue(3, MS - 5 * US, 1_514);
    departs(frame, MS - 5 * US, MS + 100 * US - LONG);
  }

  @Test
  void shouldSendAcrossAChangeThatKeepsTheGateOpen() {
    GateParameters next =
        GateParameters.of(
            5 * MS,
            CycleTime.ofNanoseconds(MS),
            List.of(entry(0x01, 300 * US), entry(0x02, 700 * US)));
    shaper = tas(running(entry(0xff, MS)).change(next, 0));
    int frame = enqueue(0, 5 * MS - LONG + 1, 1_514);
    departs(frame, 5 * MS - LONG + 1, 5 * MS + 300 * US - LONG);
  }

  @Test
  void shouldSendTheLastFrameByTheOldListAndTheFirstByTheNewAtConfigChangeTime() {
    GateSchedule running = running(entry(0x80, 200 * US), entry(0x7f, 800 * US));
    GateParameters next =
        GateParameters.of(
            0, CycleTime.ofNanoseconds(MS), List.of(entry(0x01, 500 * US), entry(0xfe, 500 * US)));
    GateSchedule changed = running.change(next, 2 * MS + 300 * US); // at the next start of a cycle
    assertEquals(1, changed.configChangeErrors());
    shaper = tas(changed);
    int last = enqueue(3, 3 * MS - SHORT, 60);
    int high = enqueue(7, 3 * MS - SHORT, 60);
    int first = enqueue(0, 3 * MS - SHORT + 1, 60);
    departs(last, 3 * MS - SHORT, 3 * MS - SHORT);
    departs(first, 3 * MS, 3 * MS + 500 * US - SHORT);
    departs(high, 3 * MS + 500 * US, 4 * MS - SHORT);
  }

  @Test
  void shouldFollowAListWhoseBaseTimeHasPassed() {
    GateParameters admin =
        GateParameters.of(
            300 * US,
            CycleTime.ofNanoseconds(MS),
            List.of(entry(0x80, 200 * US), entry(0x7f, 800 * US)));
    shaper = tas(GateSchedule.open().change(admin, 10 * MS));
    int before = enqueue(3, 10 * MS + 100 * US, 60); // every gate is open still
    int after = enqueue(3, 10 * MS + 300 * US - SHORT + 1, 60);
    departs(before, 10 * MS + 100 * US, 10 * MS + 300 * US - SHORT);
    departs(after, 10 * MS + 500 * US, 11 * MS + 300 * US - SHORT);
  }

  @Test
  void shouldHoldTheLastGatesWhereTheListIsShorterThanTheCycle() {
    shaper = tas(running(entry(0x80, 200 * US), entry(0x01, 100 * US)));
    int frame = enqueue(0, MS - LONG, 1_514);
    departs(frame, MS - LONG, MS - LONG);
  }

  @Test
  void shouldNotSendByEntriesBeyondTheCycle() {
    shaper = tas(running(entry(0x80, 600 * US), entry(0x01, 600 * US), entry(0x02, 600 * US)));
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(frames.add(1, 0, 60)));
    int frame = enqueue(0, MS - LONG + 1, 1_514);
    departs(frame, MS + 600 * US, 2 * MS - LONG);
  }

  @Test
  void shouldNotSendInTheNanosecondOfAnEntryWithoutInterval() {
    shaper = tas(running(entry(0x08, 0), entry(0x80, 500 * US), entry(0x08, 500 * US)));
    int frame = enqueue(3, 0, 60);
    departs(frame, 500 * US + 1, MS + 1 - SHORT); // merged with the nanosecond after the wrap
  }

  @Test
  void shouldSetTheGatesByHoldAndReleaseOperationsToo() {
    shaper =
        tas(
            running(
                new GateControlEntry(GateOperation.SET_AND_HOLD_MAC, 0x80, 200 * US),
                new GateControlEntry(GateOperation.SET_AND_RELEASE_MAC, 0x7f, 800 * US)));
    int low = enqueue(3, 0, 60);
    int high = enqueue(7, 0, 60);
    departs(high, 0, 200 * US - SHORT);
    departs(low, 200 * US, MS - SHORT);
  }

  @Test
  void shouldBlockThePortWhereGatesAreDisabledAndClosed() {
    GateParameters closed =
        new GateParameters(
            false,
            0x7f,
            List.of(entry(0xff, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            0,
            Collections.nCopies(8, 0));
    shaper = tas(GateSchedule.open().change(closed, 0));
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(frames.add(7, 0, 60)));
    departs(enqueue(6, 0, 60), 0, 10 * MS);
  }

  @Test
  void shouldCountTheTunnelsHeadersInTheGuardBand() {
    PortModel vxlan = new PortModel(1_000_000_000L, 50);
    long longNs = LONG + 400;
    shaper =
        factory("requeue")
            .create(frames, vxlan, running(entry(0x80, 200 * US), entry(0x7f, 800 * US)));
    departs(enqueue(7, 200 * US - longNs, 1_514), 200 * US - longNs, 200 * US - longNs);
    assertEquals(longNs, out.durationNs);
    departs(enqueue(7, MS + 200 * US - longNs + 1, 1_514), 2 * MS, 2 * MS + 200 * US - longNs);
  }

  @Test
  void shouldServeOneClassAsWellAsEight() {
    for (int count = 1; count <= 8; count++) {
      TrafficClasses classes = new TrafficClasses(count);
      shaper = tas(GateSchedule.open());
      out.send(0, 0, 0, 0);
      int[] byPriority = new int[8];
      for (int pcp = 0; pcp < 8; pcp++) {
        byPriority[pcp] = enqueue(classes.of(pcp), 0, 60);
      }
      for (int trafficClass = count - 1; trafficClass >= 0; trafficClass--) {
        for (int pcp = 0; pcp < 8; pcp++) {
          if (classes.of(pcp) == trafficClass) {
            long startNs = out.launchNs + out.durationNs;
            departs(byPriority[pcp], startNs, startNs + 10 * MS);
          }
        }
      }
      assertEquals(0, shaper.queued());
    }
  }

  @Test
  void shouldKeepTheGatesOfBeforeAChangeUntilItIsAccepted() {
    List<GateControlEntry> list = List.of(entry(0x80, 400 * US), entry(0x7f, 600 * US));
    GateSchedule stretching = workedExample(200 * US); // the first cycle is to last 1.15 ms
    GateParameters later = GateParameters.of(20 * MS, CycleTime.ofNanoseconds(MS), list);
    GateSchedule takenBack = stretching.change(later, 1_100 * US); // so it is held until 2 ms
    shaper = tas(takenBack.change(later, 2_100 * US));
    departs(enqueue(7, 1_200 * US, 60), 2 * MS, 2_400 * US - SHORT);
  }

  @Test
  void shouldRefuseAFrameThatFitsNoWindow() {
    shaper = tas(running(entry(0x80, 10 * US), entry(0x01, 990 * US)));
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(frames.add(7, 0, 1_514)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(7, 0, 60)));
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(frames.add(6, 0, 60)));
    assertEquals(1, shaper.queued());
  }

  @Test
  void shouldHoldAFrameWhoseGateOpensOnlyWithThePendingSchedule() {
    GateSchedule running = running(entry(0x7f, MS));
    GateParameters next =
        GateParameters.of(5 * MS, CycleTime.ofNanoseconds(MS), List.of(entry(0x80, MS)));
    shaper = tas(running.change(next, 0));
    int frame = enqueue(7, 10 * US, 60);
    departs(frame, 5 * MS, 15 * MS);
  }

  @Test
  void shouldHoldAFrameUntilTheBaseTimeWhenAdminGateStatesAreClosed() {
    GateParameters parameters =
        new GateParameters(
            true,
            0,
            List.of(entry(0x80, 100 * US), entry(0, 900 * US)),
            CycleTime.ofNanoseconds(MS),
            0,
            7 * MS,
            Collections.nCopies(8, 0));
    shaper = tas(GateSchedule.open().change(parameters, 0));
    int frame = enqueue(7, 10 * US, 60);
    departs(frame, 7 * MS, 7 * MS + 100 * US - SHORT);
  }

  @Test
  void shouldNotSendAcrossAChangeThatClosesTheGate() {
    GateSchedule running = running(entry(0xff, MS));
    GateParameters next =
        GateParameters.of(
            5 * MS, CycleTime.ofNanoseconds(MS), List.of(entry(0x80, 500 * US), entry(1, 1)));
    shaper = tas(running.change(next, 0));
    int frame = enqueue(0, 5 * MS - LONG + 1, 1_514);
    departs(frame, 5 * MS + 500 * US, 6 * MS - LONG);
  }

  /** A cycle of 1 ms from 0 on and a change at 1.15 ms: 200 µs of extension reach. */
  @Test
  void shouldSendNothingOfANewCycleInTheWorkedExampleOfAStretchedOne() {
    shaper = tas(workedExample(200 * US));
    int frame = enqueue(7, 900 * US, 60);
    int held = enqueue(3, 1_100 * US, 60);
    departs(held, 1_100 * US, 1_150 * US - SHORT);
    departs(frame, 1_150 * US, 1_550 * US - SHORT);
  }

  /** With 100 µs the next cycle starts at 1 ms and is cut after 0.15 ms. */
  @Test
  void shouldSendInTheShortCycleOfTheWorkedExampleOfACutOne() {
    shaper = tas(workedExample(100 * US));
    int frame = enqueue(7, 900 * US, 60);
    int late = enqueue(7, 1_150 * US - SHORT + 1, 60);
    departs(frame, MS, 1_150 * US + 400 * US - SHORT);
    departs(late, 1_150 * US - SHORT + 1, 1_150 * US + 400 * US - SHORT);
  }

  @Test
  void shouldKeepThePhaseOfACycleOfAThirdOfAMillisecondForAYear() {
    List<GateControlEntry> list = List.of(entry(0x80, 100 * US), entry(0x7f, 1));
    long baseNs = 1_767_225_637L * 1_000 * MS;
    GateParameters parameters = GateParameters.of(baseNs, new CycleTime(1, 3_000), list);
    shaper = tas(new GateSchedule(parameters, 0, Optional.empty(), 0));
    long year = 365L * 24 * 3600;
    for (int cycle = 1; cycle <= 30; cycle++) {
      long startNs = baseNs + year * 1_000 * MS + 1_000 * MS * cycle / 3_000;
      out.durationNs = 0;
      out.launchNs = startNs - 50 * US;
      departs(enqueue(7, startNs - 50 * US, 60), startNs, startNs + 100 * US - SHORT);
    }
  }

  @Test
  void shouldPlanQueuedFramesByANewSchedule() {
    int frame = enqueue(3, 300 * US, 60);
    assertTrue(shaper.next(0, NEVER, limits, out));
    assertEquals(300 * US, out.launchNs);
    shaper.schedule(running(entry(0x80, 400 * US), entry(0x7f, 600 * US)));
    departs(frame, 400 * US, MS - SHORT);
  }

  @Test
  void shouldNotSendByAScheduleBeforeItIsInForce() {
    int frame = enqueue(3, 250 * US, 60);
    GateSchedule open = running(entry(0x80, 200 * US), entry(0x7f, 800 * US));
    shaper.schedule(open.change(GateParameters.open(), 700 * US));
    departs(frame, 700 * US, 700 * US + 10 * MS);
  }

  @Test
  void shouldSendByTheRunningListUntilAChangeThatCountsFromTheVeryInstantItIsKnown() {
    int early = enqueue(3, 250 * US, 60);
    int last = enqueue(3, 700 * US - SHORT, 60);
    GateSchedule open = running(entry(0x80, 200 * US), entry(0x7f, 800 * US));
    GateParameters closing =
        GateParameters.of(700 * US, CycleTime.ofNanoseconds(MS), List.of(entry(0x80, MS)));
    shaper.schedule(open.change(closing, 700 * US));
    departs(early, 250 * US, 700 * US - SHORT);
    departs(last, 700 * US - SHORT, 700 * US - SHORT);
    int late = frames.add(3, 700 * US - SHORT + 1, 60);
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(late));
  }

  @Test
  void shouldDropQueuedFramesThatANewScheduleNeverSends() {
    int first = enqueue(3, 300 * US, 60);
    int second = enqueue(7, 300 * US, 60);
    shaper.schedule(running(entry(0x80, 400 * US), entry(0x80, 600 * US)));
    assertTrue(shaper.next(0, NEVER, limits, out));
    if (out.verdict == Verdict.ACCEPTED) {
      shaper.take(out);
      assertEquals(second, out.frame);
      assertTrue(shaper.next(0, NEVER, limits, out));
    }
    assertEquals(Verdict.NEVER_FITS, out.verdict);
    assertEquals(first, out.frame);
    shaper.take(out);
    assertEquals(0, shaper.queued(3));
  }

  @Test
  void shouldSendAMissedFrameInItsNextWindowAheadOfLaterOnes() {
    int first = enqueue(7, 100 * US, 60);
    int second = enqueue(7, 150 * US, 60);
    departs(first, 100 * US, 200 * US - SHORT);
    assertEquals(Verdict.ACCEPTED, shaper.missed(first, 300 * US));
    assertTrue(shaper.next(300 * US, NEVER, limits, out));
    assertEquals(first, out.frame);
    assertEquals(MS, out.launchNs);
    shaper.take(out);
    assertTrue(shaper.next(MS + SHORT, NEVER, limits, out));
    assertEquals(second, out.frame);
  }

  @Test
  void shouldDropAMissedFrameIfConfigured() {
    shaper = factory("drop").create(frames, PORT, GateSchedule.open());
    int frame = enqueue(7, 100 * US, 60);
    assertTrue(shaper.next(0, NEVER, limits, out));
    shaper.take(out);
    assertEquals(Verdict.MISSED, shaper.missed(frame, 300 * US));
    assertEquals(0, shaper.queued());
  }

  @Test
  void shouldRefuseToTakeWhatItDidNotFind() {
    enqueue(3, 0, 60);
    out.send(enqueue(3, 10, 60), 0, 0, 0);
    assertThrows(IllegalStateException.class, () -> shaper.take(out));
  }

  @Test
  void shouldNameTheRemedyForAWrongConfiguration() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> factory("keep")).getMessage();
    assertEquals("missed is 'keep'; give requeue or drop", message);
  }

  @Test
  void shouldAllocateNothingWhilePlanningThroughGates() {
    for (int i = 0; i < 60; i++) {
      frames.add(i % 8, 37 * US * i, 60 + 24 * i);
    }
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = NEVER;
    for (int round = 0; round < 200; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int frame = 0; frame < 60; frame++) {
        shaper.enqueue(frame);
      }
      long freeNs = 0;
      while (shaper.next(freeNs, NEVER, limits, out)) {
        shaper.take(out);
        freeNs = out.launchNs + out.durationNs;
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      assertEquals(0, shaper.queued());
    }
    assertEquals(0, least, "bytes");
  }

  /** Makes a factory as configured. */
  static ShaperFactory factory(String missed) {
    return new TasShaperFactory(missed, 10 * MS);
  }

  private int enqueue(int trafficClass, long launchNs, int lengthOctets) {
    int frame = frames.add(trafficClass, launchNs, lengthOctets);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    return frame;
  }

  /** Asks with the link free from the end of the frame before. */
  private void departs(int frame, long launchNs, long notAfterNs) {
    long freeNs = out.launchNs + out.durationNs;
    assertTrue(shaper.next(freeNs, NEVER, limits, out));
    assertEquals(Verdict.ACCEPTED, out.verdict);
    assertEquals(frame, out.frame);
    assertEquals(launchNs, out.launchNs);
    assertEquals(notAfterNs, out.notAfterNs);
    shaper.take(out);
  }

  private Shaper tas(GateSchedule schedule) {
    return factory("requeue").create(frames, PORT, schedule);
  }

  /** Class 7 for 400 µs, then the others; from 1.15 ms on the same again. */
  private static GateSchedule workedExample(long extensionNs) {
    List<GateControlEntry> list = List.of(entry(0x80, 400 * US), entry(0x7f, 600 * US));
    GateParameters oper =
        new GateParameters(
            true,
            0xff,
            list,
            CycleTime.ofNanoseconds(MS),
            extensionNs,
            0,
            Collections.nCopies(8, 0));
    GateParameters next = GateParameters.of(1_150 * US, CycleTime.ofNanoseconds(MS), list);
    return new GateSchedule(oper, 0, Optional.empty(), 0).change(next, 0);
  }

  private static GateSchedule running(GateControlEntry... list) {
    GateParameters parameters =
        GateParameters.of(0, CycleTime.ofNanoseconds(MS), Arrays.asList(list));
    return new GateSchedule(parameters, 0, Optional.empty(), 0);
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
