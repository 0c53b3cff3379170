package org.ktsn.shaper.cbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
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
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.shaper.contract.SimulatedFrames;

/**
 * Class 7 has 20 Mb/s of 1 Gb/s and class 6 has 10 Mb/s; the others need no credit. The largest
 * frame is 1500 octets on the link, all overhead in, and takes 12 µs.
 */
class CbsShaperTest {
  private static final long US = 1_000;
  private static final long MS = 1_000_000;
  private static final long NEVER = Shaper.NEVER;
  private static final PortModel PORT = new PortModel(1_000_000_000L, 0);
  private static final int LARGE = 1_500 - PortModel.LINK_OCTETS;
  private static final long LONG = 12 * US;
  private static final long SHORT = PORT.durationNs(60); // 672 ns

  private final SimulatedFrames frames = new SimulatedFrames(64);
  private final Departure out = new Departure();
  private final long[] limits = new long[8];
  private CbsShaper shaper = cbs(GateSchedule.open());

  CbsShaperTest() {
    Arrays.fill(limits, NEVER);
  }

  @Test
  void shouldHaveTheLimitsOfTheWorkedExampleOf20MegabitOn1Gigabit() {
    assertEquals(20_000_000, shaper.idleSlopeBitsPerSecond(7, 0));
    assertEquals(-980_000_000, shaper.sendSlopeBitsPerSecond(7, 0));
    assertEquals(30 * 8, shaper.hiCreditBits(7, 0));
    assertEquals(-1_470 * 8, shaper.loCreditBits(7, 0));
  }

  @Test
  void shouldHaveTheLimitOfTheSecondClassOfAnnexL() {
    // 10 Mb/s * (12000 bit / (1000 - 20) Mb/s + 12000 bit / 1000 Mb/s) = 242.4 bit
    assertEquals(242, shaper.hiCreditBits(6, 0));
    assertEquals(-12_000 * 990 / 1_000, shaper.loCreditBits(6, 0));
  }

  @Test
  void shouldSendAtTheIdleSlopeInTheLongRun() {
    for (int i = 0; i < 5; i++) {
      enqueue(7, 0, LARGE);
    }
    for (int i = 0; i < 5; i++) {
      departs(i, 600 * US * i); // 12000 bit every 600 µs are 20 Mb/s
    }
  }

  @Test
  void shouldFallToLoCreditAndRiseByTheIdleSlope() {
    departs(enqueue(7, 0, LARGE), 0);
    assertEquals(-1_470 * 8, shaper.creditBits(7, LONG));
    assertEquals(-1_470 * 8 + 20, shaper.creditBits(7, LONG + US));
    assertEquals(0, shaper.creditBits(7, 600 * US));
    assertEquals(0, shaper.creditBits(7, 900 * US), "nothing waits: it stops at zero");
  }

  @Test
  void shouldRiseToHiCreditBehindTheLargestFrame() {
    int large = enqueue(0, 0, LARGE);
    int first = enqueue(7, 1, 60);
    int second = enqueue(7, 1, 60);
    departs(large, 0);
    assertEquals(30 * 8 - 1, shaper.creditBits(7, LONG)); // it waited 1 ns less
    departs(first, LONG);
    // 239.98 bit - 0.98 * 672 bit = -418.58 bit: 20.929 µs until the next
    departs(second, LONG + SHORT + 20_929);
  }

  @Test
  void shouldSetACreditAboveZeroToZeroWhenNothingWaits() {
    int large = enqueue(0, 0, LARGE);
    int small = enqueue(7, 1, 60);
    departs(large, 0);
    departs(small, LONG);
    enqueue(0, 40 * US, LARGE);
    assertTrue(shaper.creditBits(7, LONG + SHORT) < 0);
    departs(2, 40 * US);
    assertEquals(0, shaper.creditBits(7, 60 * US), "nothing waits");
    int next = enqueue(7, 50 * US, 60);
    assertEquals(40, shaper.creditBits(7, 52 * US), "it waited from 50 to 52 µs");
    departs(next, 52 * US);
    assertEquals(0, shaper.creditBits(7, 90 * US));
  }

  @Test
  void shouldLetClassesWithoutCreditPassWhileItRises() {
    int first = enqueue(7, 0, LARGE);
    int second = enqueue(7, 0, LARGE);
    int low = enqueue(2, 0, LARGE);
    departs(first, 0);
    departs(low, LONG);
    departs(second, 600 * US);
  }

  @Test
  void shouldServeTheHighestClassThatHasCredit() {
    int a1 = enqueue(7, 0, LARGE);
    int b1 = enqueue(6, 0, LARGE);
    int b2 = enqueue(6, 0, LARGE);
    int a2 = enqueue(7, 0, LARGE);
    departs(a1, 0);
    departs(b1, LONG);
    // A: 600 µs. B rose by 120 bit behind A: -11880 + 120 = -11760 bit at 24 µs, so 1200 µs.
    departs(a2, 600 * US);
    departs(b2, 1_200 * US);
  }

  @Test
  void shouldSpendNothingForAFrameThatHasToWaitForItsPod() {
    int postponed = enqueue(7, 0, LARGE);
    int other = enqueue(7, 5 * US, LARGE);
    assertTrue(shaper.next(0, NEVER, limits, out));
    assertEquals(postponed, out.frame);
    out.verdict = Verdict.HOLD;
    shaper.take(out);
    out.durationNs = 0; // the link stays free
    assertEquals(1, shaper.queued(7));
    departs(other, 5 * US);
    assertEquals(-1_470 * 8, shaper.creditBits(7, 5 * US + LONG), "for one frame, not for two");
    frames.put(postponed, 7, 100 * US, LARGE, false);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(postponed));
    departs(postponed, 605 * US);
  }

  @Test
  void shouldNotSendBeforeTheLaunchTime() {
    departs(enqueue(7, 50 * US, 60), 50 * US);
    departs(enqueue(7, 2 * MS, 60), 2 * MS);
  }

  @Test
  void shouldSendADeadlineFrameAsSoonAsItHasCredit() {
    departs(enqueue(7, 0, LARGE), 0);
    int deadline = frames.add(7, 5 * MS, LARGE, true);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(deadline));
    departs(deadline, 600 * US);
  }

  @Test
  void shouldScaleTheSlopeByTheOpenShareOfTheCycle() {
    shaper = cbs(halves());
    assertEquals(40_000_000, shaper.idleSlopeBitsPerSecond(7, 0));
    assertEquals(20_000_000, shaper.idleSlopeBitsPerSecond(6, 0));
    assertEquals(60 * 8, shaper.hiCreditBits(7, 0));
    for (int i = 0; i < 4; i++) {
      enqueue(7, 0, LARGE);
    }
    // 0.96 * 12000 bit at 40 Mb/s: 288 µs after each frame, less while the gate is closed and in
    // the guard band of 12 µs before it closes
    departs(0, 0);
    departs(1, 300 * US);
    departs(2, MS + (288 - (488 - 312)) * US);
    departs(3, MS + (112 + 12 + 288) * US);
  }

  @Test
  void shouldGrowInTheGuardBandIfConfigured() {
    shaper = cbs("7=20000000", true, halves());
    for (int i = 0; i < 3; i++) {
      enqueue(7, 0, LARGE);
    }
    departs(0, 0);
    departs(1, 300 * US);
    departs(2, MS + (288 - (500 - 312)) * US);
  }

  @Test
  void shouldStandStillWhileTheGateIsClosed() {
    shaper = cbs(halves());
    departs(enqueue(7, 480 * US, LARGE), 480 * US);
    long closed = shaper.creditBits(7, 500 * US);
    assertEquals(-11_520 + 8 * 40, closed);
    assertEquals(closed, shaper.creditBits(7, 999 * US));
    assertEquals(closed + 40, shaper.creditBits(7, MS + US));
  }

  @Test
  void shouldKeepACreditAboveZeroWhileTheGateIsClosed() {
    shaper = cbs("7=200000000", false, running(entry(0xff, 20 * US), entry(0x7f, 980 * US)));
    int large = enqueue(0, 0, LARGE);
    int small = enqueue(7, 1, 60);
    departs(large, 0);
    departs(small, LONG); // 12 µs at 1 Gb/s: idle slope is the port's rate here
    long left = shaper.creditBits(7, LONG + SHORT);
    assertTrue(left > 0);
    assertEquals(0, shaper.creditBits(7, 19 * US), "open, and nothing waits");
  }

  @Test
  void shouldTakeUpTheSlopeOfAPendingScheduleAtItsInstant() {
    GateParameters next =
        GateParameters.of(
            300 * US,
            CycleTime.ofNanoseconds(MS),
            Arrays.asList(entry(0xff, 500 * US), entry(0x7f, 500 * US)));
    shaper.schedule(GateSchedule.open().change(next, 0));
    assertEquals(20_000_000, shaper.idleSlopeBitsPerSecond(7, 300 * US - 1));
    assertEquals(40_000_000, shaper.idleSlopeBitsPerSecond(7, 300 * US));
    departs(enqueue(7, 0, LARGE), 0);
    // -11760 bit; 288 µs at 20 Mb/s make it -6000 bit, 150 µs at 40 Mb/s the rest
    departs(enqueue(7, 0, LARGE), 450 * US);
  }

  @Test
  void shouldKeepTheCreditWhenTheScheduleChanges() {
    departs(enqueue(7, 0, LARGE), 0);
    shaper.schedule(GateSchedule.open().change(GateParameters.open(), 100 * US));
    assertEquals(-11_760 + 88 * 20, shaper.creditBits(7, 100 * US));
    departs(enqueue(7, 0, LARGE), 600 * US);
  }

  @Test
  void shouldChargeAFrameThatIsOnTheLinkAtAChangeBySlopesOfBoth() {
    GateParameters next =
        GateParameters.of(
            5 * US,
            CycleTime.ofNanoseconds(MS),
            Arrays.asList(entry(0xff, 500 * US), entry(0x7f, 500 * US)));
    shaper.schedule(GateSchedule.open().change(next, 2 * US));
    departs(enqueue(7, 0, LARGE), 0);
    assertEquals(-980 * 5 - 960 * 7, shaper.creditBits(7, LONG));
  }

  @Test
  void shouldRunByEachOfSeveralSchedulesUntilTheNextCounts() {
    departs(enqueue(7, 0, LARGE), 0);
    GateSchedule first =
        GateSchedule.open()
            .change(
                GateParameters.of(
                    100 * US,
                    CycleTime.ofNanoseconds(MS),
                    Arrays.asList(entry(0xff, 500 * US), entry(0x7f, 500 * US))),
                50 * US);
    shaper.schedule(first);
    shaper.schedule(first.change(GateParameters.open(), 150 * US));
    // 20 Mb/s until 100 µs, 40 Mb/s for 50 µs, then 20 Mb/s again
    assertEquals(-11_760 + 20 * 88, shaper.creditBits(7, 100 * US));
    assertEquals(-11_760 + 20 * 88 + 40 * 50, shaper.creditBits(7, 150 * US));
    assertEquals(-11_760 + 20 * 88 + 40 * 50 + 20, shaper.creditBits(7, 151 * US));
    departs(enqueue(7, 0, LARGE), 550 * US);
  }

  @Test
  void shouldSendByTheRunningListUntilAChangeThatCountsFromTheVeryInstantItIsKnown() {
    shaper = cbs(halves());
    GateParameters next =
        GateParameters.of(150 * US, CycleTime.ofNanoseconds(MS), Arrays.asList(entry(0xff, MS)));
    shaper.schedule(halves().change(next, 150 * US));
    departs(enqueue(7, 20 * US, LARGE), 20 * US);
    assertEquals(-960 * 12, shaper.creditBits(7, 32 * US));
    // 40 Mb/s until 150 µs, then 20 Mb/s for the other 6800 bit
    departs(enqueue(7, 20 * US, LARGE), 490 * US);
  }

  @Test
  void shouldKeepTheCreditThroughAnyNumberOfChanges() {
    departs(enqueue(7, 0, LARGE), 0);
    GateSchedule schedule = GateSchedule.open();
    for (int i = 1; i <= 50; i++) {
      schedule = schedule.change(GateParameters.open(), (12 + i) * US);
      shaper.schedule(schedule);
    }
    departs(enqueue(7, 0, LARGE), 600 * US);
  }

  @Test
  void shouldStartWithoutCreditAndSendNoBurstWhenItTakesOverWaitingFrames() {
    shaper = cbs("7=20000000", true, halves());
    long takenOverNs = 7 * MS + 490 * US; // their guard bands have passed seven times
    for (int i = 0; i < 4; i++) {
      enqueue(7, 0, LARGE);
    }
    for (int i = 4; i < 8; i++) {
      int frame = frames.add(7, 20 * MS, LARGE, true);
      assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    }
    assertEquals(0, shaper.creditBits(7, takenOverNs));
    out.send(0, takenOverNs, 0, 0);
    // 12 µs do not fit into what is left of the window; credit grows there for 10 µs
    departs(0, 8 * MS);
    long left = 40 * 10 - 960 * 12;
    assertEquals(left, shaper.creditBits(7, 8 * MS + LONG));
    long freeNs = 8 * MS + LONG - 1_000 * left / 40;
    departs(1, freeNs);
    for (int i = 2; i < 8; i++) {
      assertTrue(shaper.next(out.launchNs + out.durationNs, NEVER, limits, out));
      assertEquals(i, out.frame);
      // 11520 bit less hiCredit take 276 µs at 40 Mb/s
      assertTrue(out.launchNs >= freeNs + LONG + 276 * US, "frame " + i + " comes in a burst");
      freeNs = out.launchNs;
      shaper.take(out);
    }
  }

  @Test
  void shouldSendNoBurstWhenItTakesOverOnAnUngatedPort() {
    for (int i = 0; i < 10; i++) {
      enqueue(7, i, LARGE);
    }
    out.send(0, 3_600_000 * MS, 0, 0);
    for (int i = 0; i < 10; i++) {
      departs(i, 3_600_000 * MS + 600 * US * i);
    }
  }

  @Test
  void shouldKeepADeadlineFrameInTheOrderOfItsClass() {
    int first = enqueue(7, 100 * US, 60);
    int deadline = frames.add(7, 5 * MS, LARGE, true);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(deadline));
    departs(first, 100 * US);
    // -658.56 bit at 20 Mb/s
    departs(deadline, 100 * US + SHORT + 32_928);
  }

  @Test
  void shouldHoldADeadlineFrameUntilItsGateOpens() {
    shaper = cbs(halves());
    out.send(0, 600 * US, 0, 0);
    int deadline = frames.add(7, 50 * MS, LARGE, true);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(deadline));
    departs(deadline, MS);
  }

  @Test
  void shouldTellNoCreditOfAClassThatNeedsNone() {
    assertFalse(shaper.isCreditBased(5));
    assertEquals(0, shaper.idleSlopeBitsPerSecond(5, 0));
    assertEquals(0, shaper.sendSlopeBitsPerSecond(5, 0));
    assertEquals(0, shaper.hiCreditBits(5, 0));
    assertEquals(0, shaper.loCreditBits(5, 0));
    assertEquals(0, shaper.creditBits(5, 0));
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
            List.of(0, 0, 0, 0, 0, 0, 0, 256));
    shaper.schedule(GateSchedule.open().change(next, 0));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(7, 5 * MS - 1, LARGE)));
    assertEquals(Verdict.OVERSIZE, shaper.enqueue(frames.add(7, 5 * MS, LARGE)));
  }

  @Test
  void shouldPutNoCreditBasedFrameBeforeWhatIsCommitted() {
    departs(enqueue(7, 100 * US, 60), 100 * US);
    int other = enqueue(6, 0, 60);
    assertFalse(shaper.next(0, 100 * US, limits, out));
    int low = enqueue(2, 10 * US, 60);
    assertTrue(shaper.next(0, 100 * US, limits, out));
    assertEquals(low, out.frame);
    assertEquals(10 * US, out.launchNs);
    assertEquals(100 * US - SHORT, out.notAfterNs);
    long before = shaper.creditBits(7, 101 * US);
    shaper.take(out);
    assertEquals(before, shaper.creditBits(7, 101 * US));
    assertTrue(shaper.next(100 * US + SHORT, NEVER, limits, out));
    assertEquals(other, out.frame);
    assertEquals(100 * US + SHORT, out.launchNs);
  }

  @Test
  void shouldDropAFrameThatFitsNoWindow() {
    shaper = cbs(running(entry(0x80, 10 * US), entry(0x7f, 990 * US)));
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(frames.add(7, 0, LARGE)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(7, 0, 60)));
  }

  @Test
  void shouldDropAFrameThatFillsItsWindowsSoThatItsCreditNeverRises() {
    shaper = cbs("7=1000000", false, running(entry(0x80, LONG), entry(0x7f, MS - LONG)));
    departs(enqueue(7, 0, LARGE), 0);
    int second = enqueue(7, 0, LARGE);
    assertTrue(shaper.next(LONG, NEVER, limits, out));
    assertEquals(Verdict.NEVER_FITS, out.verdict);
    assertEquals(second, out.frame);
    shaper.take(out);
    assertEquals(0, shaper.queued());
  }

  @Test
  void shouldSendAMissedFrameAgainWithNewCredit() {
    int missed = enqueue(7, 0, LARGE);
    departs(missed, 0);
    assertEquals(Verdict.ACCEPTED, shaper.missed(missed, 20 * US));
    assertTrue(shaper.next(20 * US, NEVER, limits, out));
    assertEquals(missed, out.frame);
    assertEquals(600 * US, out.launchNs);
  }

  /** What comes while the link is taken waits from the link's end on, and no earlier. */
  @Test
  void shouldLetAFrameWaitThatComesBackWhileTheLinkIsTakenAndAnotherOneCame() {
    shaper = cbs("7=20000000", false, running(entry(0xff, 500 * US), entry(0x7f, 500 * US)));
    out.launchNs = 300 * US;
    int small = enqueueDeadline(MS, 60);
    int large = enqueueDeadline(2 * MS, LARGE);
    departs(small, 300 * US);
    departs(large, 316_800);
    enqueueDeadline(5 * MS, LARGE); // fits until 12 µs before the gate closes
    departs(enqueue(0, 480 * US, LARGE), 480 * US);
    enqueueDeadline(4 * MS, LARGE);
    assertFalse(shaper.next(492 * US, 493 * US, limits, out));
    assertEquals(Verdict.ACCEPTED, shaper.missed(small, 482 * US));
    assertEquals(-11_520 + 40 * 163 + 8, shaper.creditBits(7, 492 * US), "from 328.8 to 492 µs");
  }

  @Test
  void shouldNotGainFromTheTimeInWhichALateFrameWasNotThere() {
    departs(enqueue(0, 0, 60), 0);
    int late = enqueue(7, 1, 60);
    out.send(0, 10_000 * MS, 0, 0); // the link was free for ten seconds
    departs(late, 10_000 * MS);
    assertTrue(shaper.creditBits(7, 10_000 * MS + SHORT) < -640);
  }

  @Test
  void shouldNotOverflowAt10GigabitInAHundredYears() {
    PortModel port = new PortModel(10_000_000_000L, 50);
    long century = 100L * 365 * 24 * 3600 * 1_000 * MS;
    shaper =
        new CbsShaper(
            frames,
            port,
            GateSchedule.open(),
            new CbsShaper.Settings(
                IdleSlopes.parse("7=1,6=7500000000"), false, 1_518, false, 10 * MS));
    int slow = enqueue(7, 0, 60);
    int fast = enqueue(6, 0, 60);
    departs(slow, 0);
    departs(fast, port.durationNs(60));
    assertEquals(0, shaper.creditBits(6, century));
    assertEquals(0, shaper.creditBits(7, century));
    int first = enqueue(7, century, 60);
    int second = enqueue(7, century, 60);
    departs(first, century);
    // 9999999999 bit/s * 108 ns at 1 bit/s: 1079.999999892 s
    departs(second, century + 108 + 1_079_999_999_892L);
  }

  @Test
  void shouldAllocateNothingWithCreditsAndGates() {
    shaper = cbs(halves());
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = NEVER;
    long freeNs = 0;
    for (int round = 0; round < 200; round++) {
      for (int frame = 0; frame < 60; frame++) {
        long launchNs = freeNs + 37 * US * frame;
        frames.put(frame, frame % 8, launchNs, 60 + 23 * frame, frame % 5 == 0);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int frame = 0; frame < 60; frame++) {
        shaper.enqueue(frame);
      }
      while (shaper.next(freeNs, NEVER, limits, out)) {
        shaper.take(out);
        freeNs = out.launchNs + out.durationNs;
        shaper.creditBits(7, freeNs);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      assertEquals(0, shaper.queued());
    }
    assertEquals(0, least, "bytes");
  }

  private int enqueue(int trafficClass, long launchNs, int lengthOctets) {
    int frame = frames.add(trafficClass, launchNs, lengthOctets);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    return frame;
  }

  private int enqueueDeadline(long deadlineNs, int lengthOctets) {
    int frame = frames.add(7, deadlineNs, lengthOctets, true);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    return frame;
  }

  /** Asks with the link free from the end of the frame before. */
  private void departs(int frame, long launchNs) {
    long freeNs = out.launchNs + out.durationNs;
    assertTrue(shaper.next(freeNs, NEVER, limits, out));
    assertEquals(Verdict.ACCEPTED, out.verdict);
    assertEquals(frame, out.frame);
    assertEquals(launchNs, out.launchNs);
    shaper.take(out);
  }

  private CbsShaper cbs(GateSchedule schedule) {
    return cbs("7=20000000,6=10000000", false, schedule);
  }

  private CbsShaper cbs(String slopes, boolean growsInGuardBand, GateSchedule schedule) {
    return new CbsShaper(
        frames,
        PORT,
        schedule,
        new CbsShaper.Settings(IdleSlopes.parse(slopes), growsInGuardBand, LARGE, false, 10 * MS));
  }

  /** Every class is open for the first half of a cycle of 1 ms; then those without credit. */
  private static GateSchedule halves() {
    return running(entry(0xff, 500 * US), entry(0x3f, 500 * US));
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
