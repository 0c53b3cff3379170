package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
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
import org.ktsn.shaper.contract.CreditRules;
import org.ktsn.shaper.contract.OracleCases;
import org.ktsn.shaper.contract.PlannerSimulation;
import org.ktsn.shaper.contract.PortScenario;
import org.ktsn.shaper.contract.SimulatedFrames;

/** A cycle of 1 ms at 1 Gb/s: class 7 for 200 µs, then classes 0 to 6 for 800 µs. */
class FallbackShaperTest {
  private static final long US = 1_000;
  private static final long MS = 1_000_000;
  private static final long NEVER = Shaper.NEVER;
  private static final PortModel PORT = new PortModel(1_000_000_000L, 0);
  private static final long SHORT = PORT.durationNs(60);
  private static final long LONG = PORT.durationNs(1_514);

  private final SimulatedFrames frames = new SimulatedFrames(16);
  private final Departure out = new Departure();
  private final long[] limits = new long[8];
  private Shaper shaper = fallback(entry(0x80, 200 * US), entry(0x7f, 800 * US));

  FallbackShaperTest() {
    Arrays.fill(limits, NEVER);
  }

  @Test
  void shouldServeTheHighestClassThatHasAnAvailableFrame() {
    int lowest = enqueue(0, 300 * US, 60);
    int low = enqueue(2, 300 * US, 60);
    int high = enqueue(6, 300 * US, 60);
    departs(high, 300 * US, MS - SHORT);
    departs(low, 300 * US + SHORT, MS - SHORT);
    departs(lowest, 300 * US + 2 * SHORT, MS - SHORT);
  }

  @Test
  void shouldNotHoldBackOtherClassesBehindAClosedGate() {
    int closed = enqueue(7, 250 * US, 60);
    int open = enqueue(3, 300 * US, 60);
    departs(open, 300 * US, MS - SHORT);
    departs(closed, MS, MS + 200 * US - SHORT);
  }

  @Test
  void shouldLetAShorterLowerClassPassAHeadThatDoesNotFit() {
    shaper = fallback(entry(0xc0, 200 * US), entry(0x3f, 800 * US));
    int large = enqueue(7, 195 * US, 1_514);
    int small = enqueue(6, 195 * US, 60);
    departs(small, 195 * US, 200 * US - SHORT);
    departs(large, MS, MS + 200 * US - LONG);
  }

  @Test
  void shouldQueueAMissedFrameForItsNextWindow() {
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
  void shouldJudgeAFramesSizeOnceAndNotAgainWhenItWasMissed() {
    int frame = enqueue(7, 100 * US, 1_514);
    departs(frame, 100 * US, 200 * US - LONG);
    shaper.schedule(limited(256));
    assertEquals(Verdict.OVERSIZE, shaper.enqueue(frames.add(7, 0, 257 + 14)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(7, 0, 256 + 14)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(6, 0, 1_514)));
    assertEquals(Verdict.ACCEPTED, shaper.missed(frame, 300 * US));
  }

  @Test
  void shouldRefuseAMissedFrameThatTheNewScheduleNeverSends() {
    int frame = enqueue(7, 100 * US, 60);
    departs(frame, 100 * US, 200 * US - SHORT);
    shaper.schedule(running(entry(0x7f, MS)));
    assertEquals(Verdict.NEVER_FITS, shaper.missed(frame, 300 * US));
    assertEquals(0, shaper.queued());
  }

  @Test
  void shouldRefuseAFrameLongerThanEveryWindowAndDropOneThatBecameSo() {
    int waiting = enqueue(7, 250 * US, 1_514);
    GateSchedule narrow = running(entry(0x80, LONG - 1), entry(0x7f, 1));
    shaper.schedule(narrow);
    assertEquals(Verdict.NEVER_FITS, shaper.enqueue(frames.add(7, 0, 1_514)));
    assertTrue(shaper.next(0, NEVER, limits, out));
    assertEquals(Verdict.NEVER_FITS, out.verdict);
    assertEquals(waiting, out.frame);
    shaper.take(out);
    assertFalse(shaper.next(0, NEVER, limits, out));
  }

  @Property(tries = 20, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldSendWhatThePortSendsWhenItDoes(@ForAll long seed) {
    OracleCases.run(
        seed,
        20,
        5_000,
        one ->
            PlannerSimulation.agrees(
                PortScenario.generate(one, new PortScenario.Options(true, true, false, true, 0)),
                new FallbackShaperContractTest.FallbackFactory(),
                CreditRules.NONE));
  }

  private int enqueue(int trafficClass, long launchNs, int lengthOctets) {
    int frame = frames.add(trafficClass, launchNs, lengthOctets);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    return frame;
  }

  /** Asks with the link free from the end of the frame before. */
  private void departs(int frame, long launchNs, long notAfterNs) {
    assertTrue(shaper.next(out.launchNs + out.durationNs, NEVER, limits, out));
    assertEquals(Verdict.ACCEPTED, out.verdict);
    assertEquals(frame, out.frame);
    assertEquals(launchNs, out.launchNs);
    assertEquals(notAfterNs, out.notAfterNs);
    shaper.take(out);
  }

  private Shaper fallback(GateControlEntry... list) {
    return new FallbackShaper(frames, PORT, running(list));
  }

  private static GateSchedule running(GateControlEntry... list) {
    GateParameters parameters =
        GateParameters.of(0, CycleTime.ofNanoseconds(MS), Arrays.asList(list));
    return new GateSchedule(parameters, 0, Optional.empty(), 0);
  }

  private static GateSchedule limited(int maxSduOfClass7) {
    GateParameters parameters =
        new GateParameters(
            true,
            0xff,
            List.of(entry(0xff, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            0,
            List.of(0, 0, 0, 0, 0, 0, 0, maxSduOfClass7));
    return new GateSchedule(parameters, 0, Optional.empty(), 0);
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
