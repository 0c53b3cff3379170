package org.example.shaper.ats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
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
 * Frames of 1,000 octets on the link, which take 8 µs at 1 Gbit/s. Class 7 has 100 Mbit/s, that is
 * a frame each 80 µs, and bursts of three frames.
 */
class AtsShaperTest {
  private static final PortModel GIGABIT = new PortModel(1_000_000_000L, 0);
  private static final int LENGTH_OCTETS = 1_000 - PortModel.LINK_OCTETS;
  private static final long US = 1_000;

  private final SimulatedFrames frames = new SimulatedFrames(64);
  private final Departure out = new Departure();
  private final long[] noLimits = new long[8];
  private Shaper shaper = shaper(GateSchedule.open(), 10_000 * US);
  private long linkFreeNs;

  AtsShaperTest() {
    Arrays.fill(noLimits, Shaper.NEVER);
  }

  private Shaper shaper(GateSchedule schedule, long maxResidenceNs) {
    return new AtsShaperFactory("7=100000000:3000", maxResidenceNs)
        .create(frames, GIGABIT, schedule);
  }

  private int enqueue(int trafficClass, long launchTimeNs, boolean deadlineMode) {
    int frame = frames.add(trafficClass, launchTimeNs, LENGTH_OCTETS, deadlineMode);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    return frame;
  }

  private int enqueue(int trafficClass, long launchTimeNs) {
    return enqueue(trafficClass, launchTimeNs, false);
  }

  private boolean next() {
    return shaper.next(linkFreeNs, Shaper.NEVER, noLimits, out);
  }

  /** Takes everything; returns the starts in microseconds, -1 for a dropped frame. */
  private List<Long> drain() {
    List<Long> startsUs = new ArrayList<>();
    while (next()) {
      shaper.take(out);
      boolean sent = out.verdict == Verdict.ACCEPTED;
      startsUs.add(sent ? out.launchNs / US : -1);
      linkFreeNs = sent ? out.launchNs + out.durationNs : linkFreeNs;
    }
    assertEquals(0, shaper.queued());
    return startsUs;
  }

  @Test
  void shouldLetABurstPassAndSpaceWhatFollowsByTheRate() {
    for (int i = 0; i < 6; i++) {
      enqueue(7, 1_000 * US);
    }
    assertEquals(List.of(1_000L, 1_008L, 1_016L, 1_080L, 1_160L, 1_240L), drain());
  }

  @Test
  void shouldFillTheBucketUpToTheBurstAndNoFurther() {
    enqueue(7, 0);
    for (int i = 0; i < 4; i++) {
      enqueue(7, 50_000 * US);
    }
    assertEquals(List.of(0L, 50_000L, 50_008L, 50_016L, 50_080L), drain());
  }

  @Test
  void shouldNotDelayWhatKeepsToTheRate() {
    for (int i = 0; i < 20; i++) {
      enqueue(7, 80 * US * i);
    }
    List<Long> startsUs = drain();
    assertEquals(20, startsUs.size());
    for (int i = 0; i < 20; i++) {
      assertEquals(80L * i, startsUs.get(i));
    }
  }

  @Test
  void shouldAssignEligibilityInTheOrderOfLaunchTimesWhateverCameFirst() {
    int late = enqueue(7, 2_000 * US);
    int early = enqueue(7, 1_000 * US);
    assertTrue(next());
    assertEquals(early, out.frame);
    shaper.take(out);
    assertTrue(next());
    assertEquals(late, out.frame);
  }

  @Test
  void shouldLetOtherClassesSendWhileOneWaitsForTokens() {
    for (int i = 0; i < 4; i++) {
      enqueue(7, 0);
    }
    for (int i = 0; i < 3; i++) {
      enqueue(5, 0);
    }
    assertEquals(List.of(0L, 8L, 16L, 24L, 32L, 40L, 80L), drain());
  }

  @Test
  void shouldDropWhatWouldWaitTooLongAndKeepItsTokens() {
    shaper = shaper(GateSchedule.open(), 100 * US);
    for (int i = 0; i < 5; i++) {
      enqueue(7, 0);
    }
    enqueue(7, 200 * US);
    assertEquals(List.of(0L, 8L, 16L, 80L, -1L, 200L), drain());
    assertEquals(Verdict.ACCEPTED, out.verdict);
  }

  @Test
  void shouldSendInDeadlineModeAsSoonAsThereAreTokens() {
    for (int i = 0; i < 5; i++) {
      enqueue(7, 9_000 * US + i, true);
    }
    assertEquals(List.of(0L, 8L, 16L, 80L, 160L), drain());
  }

  @Test
  void shouldGiveBackTheTokensOfAFrameThatWasMissed() {
    int missed = enqueue(7, 0);
    for (int i = 0; i < 3; i++) {
      enqueue(7, 1 * US);
    }
    assertTrue(next());
    shaper.take(out);
    linkFreeNs = 20 * US;
    assertEquals(Verdict.ACCEPTED, shaper.missed(missed, linkFreeNs));
    assertTrue(next());
    assertEquals(missed, out.frame, "it is still the first of its class");
    assertEquals(List.of(20L, 28L, 36L, 80L), drain());
  }

  @Test
  void shouldWaitForTokensAndThenForTheGate() {
    List<GateControlEntry> list =
        List.of(
            new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, 100 * US),
            new GateControlEntry(GateOperation.SET_GATE_STATES, 0x7f, 100 * US));
    GateParameters parameters = GateParameters.of(0, CycleTime.ofNanoseconds(200 * US), list);
    shaper = shaper(new GateSchedule(parameters, 0, Optional.empty(), 0), 10_000 * US);
    for (int i = 0; i < 5; i++) {
      enqueue(7, 50 * US);
    }
    assertEquals(List.of(50L, 58L, 66L, 200L, 210L), drain());
  }

  @Test
  void shouldRefuseWhatTheQueueDoesNotTake() {
    GateParameters open = GateParameters.open();
    GateParameters limited =
        new GateParameters(
            false, 0xff, List.of(), open.cycleTime(), 0, 0, List.of(0, 0, 0, 0, 0, 0, 0, 100));
    shaper.schedule(new GateSchedule(limited, 0, Optional.empty(), 0));
    assertEquals(Verdict.OVERSIZE, shaper.enqueue(frames.add(7, 0, 200)));
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(6, 0, 200)));
  }

  @Test
  void shouldDropWhatNoWindowCanTake() {
    shaper = shaper(closed(), 10_000 * US);
    enqueue(7, 0);
    assertTrue(next());
    assertEquals(Verdict.NEVER_FITS, out.verdict);
    shaper.take(out);
    assertFalse(next());
  }

  private static GateSchedule closed() {
    GateParameters open = GateParameters.open();
    GateParameters closed =
        new GateParameters(false, 0x7f, List.of(), open.cycleTime(), 0, 0, open.queueMaxSdu());
    return new GateSchedule(closed, 0, Optional.empty(), 0);
  }

  @Test
  void shouldNameWhatIsWrongWithTheConfiguration() {
    for (String wrong : new String[] {"8=1000:1", "7=5:100", "7=20000000", "7=1000:0", "x"}) {
      assertTrue(refusal(wrong, 0).startsWith("token.buckets has '" + wrong + "'; give CLASS="));
    }
    assertTrue(refusal("", -1).startsWith("max.residence.ns is -1; give 0 to "));
  }

  private static String refusal(String tokenBuckets, long maxResidenceNs) {
    return assertThrows(
            IllegalArgumentException.class,
            () -> new AtsShaperFactory(tokenBuckets, maxResidenceNs))
        .getMessage();
  }
}
