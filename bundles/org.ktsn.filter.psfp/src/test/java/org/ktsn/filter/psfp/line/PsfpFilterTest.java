package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;

class PsfpFilterTest {
  private static final long NOW_NS = 1_000_000_000L;

  /** 1 Mbit/s: a frame of 125 octets with its FCS each millisecond. */
  private static final FlowMeter ONE_A_MILLISECOND = Asked.meter(1_000_000, 125, 0, 0);

  private static final StreamGate FIRST_HALF =
      Asked.gate(
          Asked.list(
              NOW_NS,
              1_000_000,
              Asked.entry(true, GateControl.NO_IPV, 500_000, 300),
              Asked.entry(false, GateControl.NO_IPV, 500_000, GateControl.NO_OCTET_MAX)));

  @Test
  void shouldLetEverythingPassThatNoFilterNames() {
    TestLine line =
        new TestLine(
            Asked.of(
                "babbler",
                Asked.filter(OptionalLong.of(1), 0),
                Asked.gate(GateControl.constant(false, GateControl.NO_IPV)),
                Asked.generous()),
            NOW_NS);
    line.open(1, "babbler");
    line.open(2, "good");
    assertEquals(Optional.of(Reasons.GATE_CLOSED), line.pass(frame(1, NOW_NS)));
    assertEquals(Optional.empty(), line.pass(frame(2, NOW_NS)));
    assertEquals(Optional.empty(), line.pass(frame(900, NOW_NS)));
  }

  @Test
  void shouldForgetThePodOfANumberThatIsDetached() {
    TestLine line =
        new TestLine(
            Asked.of(
                "babbler",
                Asked.filter(OptionalLong.of(1), 0),
                Asked.gate(GateControl.constant(false, GateControl.NO_IPV)),
                Asked.generous()),
            NOW_NS);
    line.open(1, "babbler");
    line.filter.closed(1);
    assertEquals(Optional.empty(), line.pass(frame(1, NOW_NS)));
    line.open(1, "good");
    assertEquals(Optional.empty(), line.pass(frame(1, NOW_NS)));
    line.open(7, "babbler");
    assertEquals(Optional.of(Reasons.GATE_CLOSED), line.pass(frame(7, NOW_NS)));
  }

  @Test
  void shouldJudgeByTheInstantAtWhichAFrameLeavesNotAtWhichItIsTakenIn() {
    TestLine line = new TestLine(Asked.anyFrame(FIRST_HALF, Asked.generous()), NOW_NS);
    FakeFrame early = frame(0, NOW_NS + 2_100_000);
    assertEquals(Optional.empty(), line.pass(early, NOW_NS + 700_000, early.launchTimeNs));
    FakeFrame late = frame(0, NOW_NS + 400_000);
    assertEquals(
        Optional.of(Reasons.GATE_CLOSED), line.pass(late, NOW_NS + 100_000, NOW_NS + 500_000));
  }

  @Test
  void shouldMeterABurstThatIsHandedOverAheadByItsLaunchTimes() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), ONE_A_MILLISECOND), NOW_NS);
    for (int i = 0; i < 10; i++) {
      FakeFrame frame = frame(0, NOW_NS + i * 1_000_000L);
      frame.number = i;
      assertEquals(Optional.empty(), line.admit(frame, NOW_NS), "frame " + i);
    }
    for (int i = 0; i < 10; i++) {
      FakeFrame frame = frame(0, NOW_NS + i * 1_000_000L);
      frame.number = i;
      assertEquals(Optional.empty(), line.leave(frame, frame.launchTimeNs), "frame " + i);
      line.sent(frame, frame.launchTimeNs);
    }
    assertEquals(10L, line.status("flow_meters", 1, "green_frames"));
  }

  @Test
  void shouldCutOffAtItsRateWhoSendsMore() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), ONE_A_MILLISECOND), NOW_NS);
    int passed = 0;
    for (int i = 0; i < 1000; i++) {
      passed += line.pass(frame(0, NOW_NS + i * 100_000L)).isEmpty() ? 1 : 0;
    }
    assertEquals(100, passed);
    assertEquals(900L, line.status("stream_filters", 1, "red_frames"));
    assertEquals(1000L, line.status("stream_filters", 1, "passing_frames"));
  }

  @Test
  void shouldNotLetAFrameThroughANanosecondBeforeItsTokensAreThere() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), ONE_A_MILLISECOND), NOW_NS);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.of(Reasons.RED), line.pass(frame(0, NOW_NS + 999_999)));
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS + 1_000_000)));
  }

  @Test
  void shouldChargeNothingForAFrameThatIsHeldElsewhere() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), ONE_A_MILLISECOND), NOW_NS);
    FakeFrame frame = frame(0, NOW_NS);
    line.admit(frame, NOW_NS);
    for (int i = 0; i < 5; i++) {
      assertEquals(Optional.empty(), line.inspect(frame, NOW_NS + i));
    }
    assertEquals(Optional.empty(), line.leave(frame, NOW_NS + 5));
  }

  @Test
  void shouldGiveBackWhatAFramePaidThatReturned() {
    TestLine line = new TestLine(Asked.anyFrame(FIRST_HALF, ONE_A_MILLISECOND), NOW_NS);
    FakeFrame frame = frame(0, NOW_NS);
    line.admit(frame, NOW_NS);
    assertEquals(Optional.empty(), line.leave(frame, NOW_NS));
    line.filter.returned(frame, NOW_NS + 10);
    assertEquals(Optional.empty(), line.leave(frame, NOW_NS + 10));
    line.filter.returned(frame, NOW_NS + 20);
    assertEquals(Optional.empty(), line.leave(frame, NOW_NS + 20));
    line.sent(frame, NOW_NS + 20);
    assertEquals(1L, line.status("stream_filters", 1, "passing_frames"));
    assertEquals(1L, line.status("flow_meters", 1, "green_frames"));
    // 107 of 300 octets are used in this interval, and all tokens
    FakeFrame next = frame(0, NOW_NS + 30);
    assertEquals(Optional.of(Reasons.RED), line.pass(next));
  }

  @Test
  void shouldGiveBackWhatAFramePaidThatWasDroppedAfterItLeft() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), ONE_A_MILLISECOND), NOW_NS);
    FakeFrame frame = frame(0, NOW_NS);
    line.admit(frame, NOW_NS);
    line.leave(frame, NOW_NS);
    line.filter.dropped(frame, Verdict.MISSED);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS + 1)));
  }

  @Test
  void shouldLetNoMoreOctetsThroughAnIntervalThanItHas() {
    TestLine line = new TestLine(Asked.anyFrame(FIRST_HALF, Asked.generous()), NOW_NS);
    FakeFrame frame = frame(0, NOW_NS); // an SDU of 107 octets
    assertEquals(Optional.empty(), line.pass(frame, NOW_NS, NOW_NS));
    assertEquals(Optional.empty(), line.pass(frame, NOW_NS, NOW_NS + 1));
    assertEquals(Optional.of(Reasons.INTERVAL_OCTETS), line.pass(frame, NOW_NS, NOW_NS + 499_999));
    assertEquals(Optional.empty(), line.pass(frame, NOW_NS, NOW_NS + 1_000_000));
  }

  @Test
  void shouldCloseForGoodAGateThatAFrameMetClosed() {
    StreamGate gate =
        new StreamGate(1, FIRST_HALF.control(), true, Optional.empty(), false, Optional.empty());
    TestLine line = new TestLine(Asked.anyFrame(gate, Asked.generous()), NOW_NS);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.of(Reasons.GATE_CLOSED), line.pass(frame(0, NOW_NS + 600_000)));
    assertEquals(Optional.of(Reasons.INVALID_RX), line.pass(frame(0, NOW_NS + 1_000_000)));
    assertEquals(true, line.status("stream_gates", 1, "closed_by_invalid_rx"));

    // the same once more leaves it closed; what says false opens it
    line.filter.change(Asked.anyFrame(gate, Asked.generous()), NOW_NS + 1_000_000);
    assertEquals(Optional.of(Reasons.INVALID_RX), line.pass(frame(0, NOW_NS + 1_000_000)));
    StreamGate reset =
        new StreamGate(1, FIRST_HALF.control(), true, Optional.of(false), false, Optional.empty());
    line.filter.change(Asked.anyFrame(reset, Asked.generous()), NOW_NS + 1_000_000);
    line.filter.change(Asked.anyFrame(gate, Asked.generous()), NOW_NS + 1_000_000);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS + 1_000_000)));
  }

  @Test
  void shouldCloseForGoodAGateWhoseOctetsWereExceeded() {
    StreamGate gate =
        new StreamGate(1, FIRST_HALF.control(), false, Optional.empty(), true, Optional.empty());
    TestLine line = new TestLine(Asked.anyFrame(gate, Asked.generous()), NOW_NS);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.of(Reasons.INTERVAL_OCTETS), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.of(Reasons.OCTETS_EXCEEDED), line.pass(frame(0, NOW_NS + 1_000_000)));
  }

  @Test
  void shouldBlockAStreamForOneFrameThatIsTooLarge() {
    StreamFilter filter = Asked.filter(OptionalLong.empty(), 200, true, Optional.empty());
    PolicingParameters asked =
        new PolicingParameters(
            List.of(), List.of(filter), List.of(Asked.open()), List.of(Asked.generous()));
    TestLine line = new TestLine(asked, NOW_NS);
    FakeFrame large = frame(0, NOW_NS);
    large.lengthOctets = 215; // 201 and 14
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.of(Reasons.OVERSIZE), line.admit(large, NOW_NS));
    assertEquals(Optional.of(Reasons.BLOCKED), line.admit(frame(0, NOW_NS), NOW_NS));
    assertEquals(2L, line.status("stream_filters", 1, "not_passing_sdu"));
  }

  @Test
  void shouldMarkAllFramesRedAfterOneThatWasDropped() {
    FlowMeter meter =
        new FlowMeter(1, 1_000_000, 125, 0, 0, false, false, false, true, Optional.empty());
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), meter), NOW_NS);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    assertEquals(Optional.of(Reasons.RED), line.pass(frame(0, NOW_NS + 1)));
    assertEquals(Optional.of(Reasons.ALL_RED), line.pass(frame(0, NOW_NS + 1_000_000_000)));
  }

  @Test
  void shouldQueueAFrameInTheClassOfTheIpvAtItsLaunchTime() {
    StreamGate gate =
        Asked.gate(
            Asked.list(
                NOW_NS,
                1_000_000,
                Asked.entry(true, 5, 500_000, GateControl.NO_OCTET_MAX),
                Asked.entry(true, 0, 500_000, GateControl.NO_OCTET_MAX)));
    TestLine line = new TestLine(Asked.anyFrame(gate, Asked.generous()), NOW_NS);
    assertEquals(5, queued(line, NOW_NS + 3_000_000, false));
    assertEquals(1, queued(line, NOW_NS + 3_600_000, false)); // Table 8-5: priority 0
    assertEquals(5, queued(line, NOW_NS + 3_600_000, true)); // a deadline: it may leave now
    assertEquals(5, queued(line, NOW_NS - 400_000, false)); // past: now
  }

  private static int queued(TestLine line, long launchTimeNs, boolean deadline) {
    FakeFrame frame = frame(0, launchTimeNs);
    frame.deadlineMode = deadline;
    line.admit(frame, NOW_NS);
    line.filter.dropped(frame, Verdict.QUEUE_FULL);
    return frame.trafficClass;
  }

  @Test
  void shouldKeepTokensWhenTheRatesChange() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), ONE_A_MILLISECOND), NOW_NS);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS)));
    line.filter.change(Asked.anyFrame(Asked.open(), Asked.meter(2_000_000, 250, 0, 0)), NOW_NS);
    assertEquals(Optional.of(Reasons.RED), line.pass(frame(0, NOW_NS + 499_999)));
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS + 500_000)));
    line.filter.change(Asked.anyFrame(Asked.open(), Asked.meter(1, 124, 0, 0)), NOW_NS);
    assertEquals(Optional.of(Reasons.RED), line.pass(frame(0, NOW_NS + 10_000_000_000L)));
  }

  @Test
  void shouldJudgeFramesThatWaitByWhatIsInForceWhenTheirTurnComes() {
    TestLine line = new TestLine(Asked.anyFrame(Asked.open(), Asked.generous()), NOW_NS);
    FakeFrame frame = frame(0, NOW_NS);
    line.admit(frame, NOW_NS);
    line.filter.change(
        Asked.anyFrame(
            Asked.gate(GateControl.constant(false, GateControl.NO_IPV)), Asked.generous()),
        NOW_NS);
    assertEquals(Optional.of(Reasons.GATE_CLOSED), line.leave(frame, NOW_NS));
    assertEquals(1L, line.status("stream_filters", 1, "matching_frames"));
    assertEquals(1L, line.status("stream_filters", 1, "passing_sdu"));
  }

  @Test
  void shouldTakeOnFramesThatCameBeforeIt() {
    StreamFilter filter = Asked.filter(OptionalLong.empty(), 50);
    TestLine line =
        new TestLine(
            new PolicingParameters(
                List.of(), List.of(filter), List.of(Asked.open()), List.of(Asked.generous())),
            NOW_NS);
    FakeFrame frame = frame(0, NOW_NS);
    line.filter.waits(frame, NOW_NS);
    assertEquals(Optional.of(Reasons.OVERSIZE), line.leave(frame, NOW_NS));
    assertEquals(1L, line.status("stream_filters", 1, "not_passing_sdu"));
  }

  @Test
  void shouldStopPolicingWhenNothingIsAskedFor() {
    TestLine line =
        new TestLine(
            Asked.anyFrame(
                Asked.gate(GateControl.constant(false, GateControl.NO_IPV)), Asked.generous()),
            NOW_NS);
    FakeFrame frame = frame(0, NOW_NS);
    line.admit(frame, NOW_NS);
    line.filter.change(PolicingParameters.NONE, NOW_NS);
    assertEquals(Optional.empty(), line.leave(frame, NOW_NS));
    line.sent(frame, NOW_NS);
    assertTrue(line.filter.status(NOW_NS).stream().allMatch(table -> table.rows().isEmpty()));
  }

  @Test
  void shouldKeepTokensAndForgetIntervalsWhenTheClockIsSet() {
    TestLine line = new TestLine(Asked.anyFrame(FIRST_HALF, ONE_A_MILLISECOND), NOW_NS);
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS + 5_000_000_000L)));
    line.filter.clockSet(NOW_NS);
    assertEquals(Optional.of(Reasons.RED), line.pass(frame(0, NOW_NS + 499_999)));
    assertEquals(Optional.empty(), line.pass(frame(0, NOW_NS + 1_000_000)));
  }

  @Test
  void shouldGoByThePriorityOfTheTagAndElseByTheClass() {
    StreamFilter five =
        new StreamFilter(
            1,
            OptionalLong.empty(),
            OptionalInt.of(5),
            0,
            false,
            Optional.empty(),
            1,
            OptionalLong.empty());
    PolicingParameters asked =
        new PolicingParameters(
            List.of(),
            List.of(five),
            List.of(Asked.gate(GateControl.constant(false, GateControl.NO_IPV))),
            List.of());
    TestLine line = new TestLine(asked, NOW_NS);
    FakeFrame tagged = frame(0, NOW_NS);
    tagged.tagged = true;
    tagged.priority = 5;
    tagged.trafficClass = 2;
    assertEquals(Optional.of(Reasons.GATE_CLOSED), line.pass(tagged));
    tagged.priority = 4;
    tagged.trafficClass = 5;
    assertEquals(Optional.empty(), line.pass(tagged));
    FakeFrame untagged = frame(0, NOW_NS);
    untagged.priority = 5;
    untagged.trafficClass = 2;
    assertEquals(Optional.of(Reasons.GATE_CLOSED), line.pass(untagged));
  }

  @Test
  void shouldNameReasonsAndRemedies() {
    for (DropReason reason :
        List.of(
            Reasons.OVERSIZE,
            Reasons.BLOCKED,
            Reasons.GATE_CLOSED,
            Reasons.INVALID_RX,
            Reasons.INTERVAL_OCTETS,
            Reasons.OCTETS_EXCEEDED,
            Reasons.RED,
            Reasons.YELLOW,
            Reasons.ALL_RED)) {
      assertTrue(reason.name().startsWith("psfp_"), reason.name());
      assertTrue(!reason.remedy().isEmpty(), reason.name());
    }
  }

  /** A frame of 121 octets, 125 with its FCS. */
  private static FakeFrame frame(int pod, long launchTimeNs) {
    FakeFrame frame = new FakeFrame();
    frame.pod = pod;
    frame.lengthOctets = 121;
    frame.launchTimeNs = launchTimeNs;
    return frame;
  }
}
