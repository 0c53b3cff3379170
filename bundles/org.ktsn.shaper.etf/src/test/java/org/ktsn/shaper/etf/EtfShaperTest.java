package org.ktsn.shaper.etf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
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

/** A delta of 100 µs at 1 Gb/s. */
class EtfShaperTest {
  private static final long US = 1_000;
  private static final long DELTA = 100 * US;
  private static final long NEVER = Shaper.NEVER;
  private static final PortModel PORT = new PortModel(1_000_000_000L, 0);
  private static final long SHORT = PORT.durationNs(60);

  private final SimulatedFrames frames = new SimulatedFrames(16);
  private final Departure out = new Departure();
  private final long[] limits = new long[8];
  private final Shaper shaper =
      new EtfShaperFactory(DELTA).create(frames, PORT, GateSchedule.open());

  EtfShaperTest() {
    Arrays.fill(limits, NEVER);
  }

  @Test
  void shouldSendAtTheLaunchTimeInStrictMode() {
    departs(enqueue(3, 50 * US), 0, 50 * US, 50 * US + DELTA);
  }

  @Test
  void shouldSendAsSoonAsItMayInDeadlineMode() {
    int frame = frames.add(3, 50 * US, 60, true);
    shaper.enqueue(frame);
    departs(frame, 10 * US, 10 * US, 50 * US + DELTA);
  }

  @Test
  void shouldOrderAllClassesByLaunchTimeAlone() {
    int third = enqueue(7, 30 * US);
    int first = enqueue(0, 10 * US);
    int second = enqueue(5, 20 * US);
    departs(first, 0, 10 * US, 10 * US + DELTA);
    departs(second, 0, 20 * US, 20 * US + DELTA);
    departs(third, 0, 30 * US, 30 * US + DELTA);
  }

  @Test
  void shouldHoldBackADeadlineFrameBehindAnEarlierOne() {
    int strict = enqueue(3, 50 * US);
    int deadline = frames.add(3, 60 * US, 60, true);
    shaper.enqueue(deadline);
    departs(strict, 0, 50 * US, 50 * US + DELTA);
    departs(deadline, 50 * US + SHORT, 50 * US + SHORT, 60 * US + DELTA);
  }

  @Test
  void shouldSendByTheDeltaLaterWhileTheLinkIsTaken() {
    departs(enqueue(3, 50 * US), 50 * US + DELTA, 50 * US + DELTA, 50 * US + DELTA);
  }

  @Test
  void shouldDropAsMissedWhatCannotLeaveWithinTheDelta() {
    int frame = enqueue(3, 50 * US);
    assertTrue(shaper.next(50 * US + DELTA + 1, NEVER, limits, out));
    assertEquals(Verdict.MISSED, out.verdict);
    assertEquals(frame, out.frame);
    shaper.take(out);
    assertEquals(0, shaper.queued());
    assertEquals(0, shaper.queued(3));
  }

  @Test
  void shouldDropAMissedFrame() {
    int frame = enqueue(3, 50 * US);
    departs(frame, 0, 50 * US, 50 * US + DELTA);
    assertEquals(Verdict.MISSED, shaper.missed(frame, 200 * US));
    assertEquals(0, shaper.queued());
  }

  @Test
  void shouldHeedNoGates() {
    GateParameters closed =
        GateParameters.of(
            0,
            CycleTime.ofNanoseconds(1_000 * US),
            List.of(new GateControlEntry(GateOperation.SET_GATE_STATES, 0, 1)));
    shaper.schedule(GateSchedule.open().change(closed, 0));
    departs(enqueue(3, 50 * US), 0, 50 * US, 50 * US + DELTA);
  }

  @Test
  void shouldFillAGapBeforeCommittedFrames() {
    int frame = enqueue(3, 50 * US);
    assertFalse(shaper.next(0, 50 * US + SHORT - 1, limits, out));
    limits[3] = 50 * US;
    assertFalse(shaper.next(0, 60 * US, limits, out));
    limits[3] = NEVER;
    assertTrue(shaper.next(0, 60 * US, limits, out));
    assertEquals(frame, out.frame);
    assertEquals(60 * US - SHORT, out.notAfterNs);
  }

  @Test
  void shouldHoldAFrameUntilTheEndOfTime() {
    departs(enqueue(3, NEVER - SHORT), 0, NEVER - SHORT, NEVER - SHORT);
  }

  @Test
  void shouldNameTheRemedyForAWrongConfiguration() {
    assertEquals(
        "delta.ns is -1; give 0 to 10000000000",
        assertThrows(IllegalArgumentException.class, () -> new EtfShaperFactory(-1)).getMessage());
  }

  private int enqueue(int trafficClass, long launchNs) {
    int frame = frames.add(trafficClass, launchNs, 60);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    return frame;
  }

  private void departs(int frame, long freeNs, long launchNs, long notAfterNs) {
    assertTrue(shaper.next(freeNs, NEVER, limits, out));
    assertEquals(Verdict.ACCEPTED, out.verdict);
    assertEquals(frame, out.frame);
    assertEquals(launchNs, out.launchNs);
    assertEquals(notAfterNs, out.notAfterNs);
    shaper.take(out);
  }
}
