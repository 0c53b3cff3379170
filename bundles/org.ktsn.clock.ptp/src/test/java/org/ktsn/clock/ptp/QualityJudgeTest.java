package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

/** The rules of the clock's quality, on a manual clock: a Sync message every 125 ms. */
final class QualityJudgeTest {
  private static final long SYNC_NS = 125_000_000;
  private static final long S = 1_000_000_000L;

  private final ManualClocks clocks = new ManualClocks();
  private final List<ClockState> states = new ArrayList<>();
  private List<InstanceSettings> instances = InstanceList.read("plant");
  private QualityJudge judge = judge(false);
  private ClockReport report = judge.judge(statuses(Optional.empty()), clocks.read(), 0);

  private static QualitySettings quality() {
    Map<ClockState, Set<ClockPolicy>> policies = new EnumMap<>(ClockState.class);
    policies.put(ClockState.HOLDOVER, Set.of(ClockPolicy.WIDEN_GUARD_BANDS));
    return new QualitySettings(
        5_000, 20_000, 1_000_000, 4, 2, 2 * S, 10 * S, 1_000, 100, 10_000, policies);
  }

  private QualityJudge judge(boolean automatic) {
    return new QualityJudge(instances, quality(), automatic);
  }

  private void begin(String configuration, boolean automatic) {
    instances = InstanceList.read(configuration);
    judge = judge(automatic);
    states.clear();
    report = judge.judge(statuses(Optional.empty()), clocks.read(), 0);
  }

  private List<InstanceStatus> statuses(Optional<Observation> observation) {
    return instances.stream()
        .map(
            it ->
                new InstanceStatus(
                    it,
                    observation.isPresent() ? Reach.ANSWERS : Reach.NOT_ASKED,
                    "",
                    false,
                    observation))
        .toList();
  }

  private void judge(List<InstanceStatus> all) {
    ClockState before = report.state();
    report = judge.judge(all, clocks.read(), 0);
    if (report.state() != before) {
      states.add(report.state());
    }
  }

  /** A Sync message with an offset arrives and is seen. */
  private void sync(long offsetNs) {
    see(Samples.slave(offsetNs, clocks.realtimeNs() + SYNC_NS));
  }

  private void see(Samples samples) {
    clocks.pass(SYNC_NS);
    judge(statuses(Optional.of(samples.observation(clocks.read()))));
  }

  private void syncs(int count, long offsetNs) {
    for (int i = 0; i < count; i++) {
      sync(offsetNs);
    }
  }

  /** Time passes while ptp4l has no master. */
  private void masterless(long ns) {
    for (long end = clocks.nowNs() + ns; clocks.nowNs() < end; ) {
      see(Samples.slave(0, 0).with(PortState.LISTENING).asGrandmaster());
    }
  }

  private String reason() {
    return report.reasons().isEmpty() ? "" : report.reasons().getFirst().code();
  }

  @Test
  void shouldBeFreeRunningUntilEnoughMeasurementsAreGood() {
    assertEquals(ClockState.FREE_RUNNING, report.state());
    syncs(3, 1_000);
    assertEquals(ClockState.FREE_RUNNING, report.state());
    assertEquals("settling", reason());
    sync(-1_000);
    assertEquals(ClockState.SYNCHRONISED, report.state());
    assertEquals(OptionalLong.of(-1_000), report.offsetNs());
    assertEquals("fe2abf.fffe.942464", report.grandmaster());
  }

  @Test
  void shouldCountAMeasurementOnce() {
    Samples same = Samples.slave(0, clocks.realtimeNs());
    for (int i = 0; i < 8; i++) {
      see(same);
    }
    assertEquals(ClockState.FREE_RUNNING, report.state());
  }

  @Test
  void shouldNotFlutterBetweenItsThresholds() {
    syncs(4, 0);
    for (int i = 0; i < 100; i++) {
      sync(i % 2 == 0 ? 19_000 : -6_000);
    }
    sync(50_000);
    sync(0);
    assertEquals(List.of(ClockState.SYNCHRONISED), states);
    syncs(2, 50_000);
    assertEquals("offset_too_large", reason());
    for (int i = 0; i < 100; i++) {
      sync(i % 4 == 0 ? 19_000 : 0);
    }
    assertEquals(List.of(ClockState.SYNCHRONISED, ClockState.FREE_RUNNING), states);
  }

  @Test
  void shouldGoThroughHoldoverToFreeRunningAndBackWithOneTransitionEach() {
    syncs(20, 800);
    long lost = clocks.nowNs();
    masterless(30 * S);
    assertEquals("no_grandmaster", reason());
    syncs(10, 900);
    assertEquals(
        List.of(
            ClockState.SYNCHRONISED,
            ClockState.HOLDOVER,
            ClockState.FREE_RUNNING,
            ClockState.SYNCHRONISED),
        states);
    List<Transition> transitions = judge.transitions();
    long holdover = transitions.get(1).atTaiNs() - clocks.read().taiNs() + clocks.nowNs() - lost;
    long free = transitions.get(2).atTaiNs() - clocks.read().taiNs() + clocks.nowNs() - lost;
    assertTrue(holdover > 2 * S && holdover <= 2 * S + 2 * SYNC_NS, "after " + holdover + " ns");
    assertTrue(free >= 10 * S && free <= 10 * S + 2 * SYNC_NS, "after " + free + " ns");
  }

  @Test
  void shouldGrowTheUncertaintyInHoldover() {
    syncs(20, 800);
    assertEquals(OptionalLong.of(900), report.uncertaintyNs());
    masterless(8 * S);
    assertEquals(ClockState.HOLDOVER, report.state());
    assertEquals(Set.of(ClockPolicy.WIDEN_GUARD_BANDS), report.policies());
    assertEquals(OptionalLong.of(900 + 8_000), report.uncertaintyNs());
  }

  @Test
  void shouldNoticeThatSyncMessagesStayAwayAlthoughThePortIsSlave() {
    syncs(4, 0);
    Samples same = Samples.slave(0, clocks.realtimeNs());
    for (int i = 0; i < 24; i++) {
      see(same);
    }
    assertEquals(ClockState.HOLDOVER, report.state());
    assertEquals("no_sync", reason());
    assertTrue(report.offsetNs().isEmpty(), "an old measurement is none");
  }

  @Test
  void shouldNotMindAShortChangeOfTheGrandmaster() {
    syncs(4, 0);
    masterless(S);
    syncs(4, 0);
    assertEquals(List.of(ClockState.SYNCHRONISED), states);
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_001, -1_000_001, Long.MAX_VALUE, Long.MIN_VALUE})
  void shouldBeWrongBeyondTheWorstOffset(long offsetNs) {
    syncs(4, 0);
    sync(offsetNs);
    assertEquals(ClockState.SYNCHRONISED, report.state(), "one measurement may be an outlier");
    sync(offsetNs);
    assertEquals(ClockState.WRONG, report.state());
    assertEquals("offset_too_large", reason());
    syncs(4, 0);
    assertEquals(
        List.of(ClockState.SYNCHRONISED, ClockState.WRONG, ClockState.SYNCHRONISED), states);
  }

  @Test
  void shouldSayPlainlyThatTheTaiOffsetIsZero() {
    for (int i = 0; i < 4; i++) {
      see(Samples.slave(0, clocks.realtimeNs() + SYNC_NS).with(Samples.TAI_VALID));
    }
    assertEquals(ClockState.WRONG, report.state());
    assertEquals("tai_offset_zero", reason());
    String sentence = report.reasons().getFirst().sentence();
    assertTrue(sentence.contains("TAI offset is 0") && sentence.contains("37 s behind"), sentence);
    assertTrue(sentence.contains("phc2sys"), sentence);
    assertEquals(OptionalLong.of(37 * S), report.uncertaintyNs());
  }

  @Test
  void shouldSayItAlsoIfTheGrandmasterDoesNotVouchForTheOffset() {
    see(Samples.slave(0, clocks.realtimeNs()).with(Samples.TAI_NOT_VALID));
    assertEquals("tai_offset_zero", reason());
  }

  @Test
  void shouldBeFineWithTheRightTaiOffset() {
    clocks.setTaiOffset(37);
    for (int i = 0; i < 4; i++) {
      see(Samples.slave(0, clocks.realtimeNs() + SYNC_NS).with(Samples.TAI_VALID));
    }
    assertEquals(ClockState.SYNCHRONISED, report.state());
    assertTrue(report.reasons().isEmpty());
    assertEquals(37, report.taiOffsetS());
  }

  @Test
  void shouldNoticeAnotherTaiOffsetThanTheGrandmasters() {
    clocks.setTaiOffset(36);
    see(Samples.slave(0, clocks.realtimeNs()).with(Samples.TAI_VALID));
    assertEquals(ClockState.WRONG, report.state());
    assertEquals("tai_offset_mismatch", reason());
    assertEquals(OptionalLong.of(S), report.uncertaintyNs());
  }

  @Test
  void shouldStayWrongWhenTheGrandmasterIsLostMeanwhile() {
    syncs(4, 0);
    see(Samples.slave(0, clocks.realtimeNs() + SYNC_NS).with(Samples.TAI_VALID));
    masterless(5 * S);
    assertEquals(List.of(ClockState.SYNCHRONISED, ClockState.WRONG), states);
  }

  @Test
  void shouldRemarkAnArbitraryTimescale() {
    syncs(4, 0);
    assertEquals("arbitrary_timescale", reason());
  }

  @Test
  void shouldNoticeThatTheCardsClockIsNotCarriedToTheSystem() {
    for (int i = 0; i < 6; i++) {
      see(Samples.slave(0, clocks.realtimeNs() + SYNC_NS - 300 * S));
    }
    assertEquals(ClockState.WRONG, report.state());
    assertEquals("clock_not_steered", reason());
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000L, -1_000_000_000L, 37_000_000_000L, -37_000_000_000L})
  void shouldTrustTheClockAfterAStepOnlyOnceItIsMeasuredAnew(long stepNs) {
    syncs(4, 0);
    clocks.step(stepNs);
    judge.stepped(clocks.nowNs());
    judge(
        statuses(
            Optional.of(Samples.slave(0, 1).with(PortState.SLAVE).observation(clocks.read()))));
    assertEquals(ClockState.FREE_RUNNING, report.state());
    assertEquals("clock_stepped", reason());
    syncs(4, 0);
    assertEquals(
        List.of(ClockState.SYNCHRONISED, ClockState.FREE_RUNNING, ClockState.SYNCHRONISED), states);
  }

  @Test
  void shouldNotCountAnUncalibratedPortUnlessPtp4lOnlyMeasures() {
    for (int i = 0; i < 6; i++) {
      see(Samples.slave(0, clocks.realtimeNs() + SYNC_NS).with(PortState.UNCALIBRATED));
    }
    assertEquals(ClockState.FREE_RUNNING, report.state());
    assertEquals("uncalibrated", reason());
    assertTrue(report.reasons().getFirst().sentence().contains("free.running=true"));
    begin("plant free.running=true", false);
    for (int i = 0; i < 4; i++) {
      see(Samples.slave(0, clocks.realtimeNs() + SYNC_NS).with(PortState.UNCALIBRATED));
    }
    assertEquals(ClockState.SYNCHRONISED, report.state());
  }

  @Test
  void shouldTakeItselfForTheNetworksClockOnlyIfItMayBe() {
    see(Samples.slave(0, 0).asGrandmaster());
    assertEquals("no_grandmaster", reason());
    assertEquals(ClockState.FREE_RUNNING, report.state());
    begin("plant role=any", false);
    see(Samples.slave(0, 0).asGrandmaster());
    assertEquals(ClockState.SYNCHRONISED, report.state());
    assertEquals("5e5647.fffe.768406", report.grandmaster());
  }

  @Test
  void shouldBeALocalClockWithoutAnyPtp4l() {
    begin("plant", true);
    for (int i = 0; i < 10; i++) {
      clocks.pass(S);
      judge(
          List.of(
              new InstanceStatus(
                  instances.getFirst(), Reach.NO_SOCKET, "no socket", false, Optional.empty())));
    }
    assertEquals(ClockState.LOCAL, report.state());
    assertEquals(List.of(), states);
    assertEquals("local_clock", reason());
    assertEquals("tai_offset_zero", report.reasons().get(1).code());
    assertEquals(Set.of(ClockPolicy.GO_ON), report.policies());
    assertEquals(OptionalLong.of(0), report.uncertaintyNs());
    instances = List.of();
    judge = judge(false);
    assertEquals(ClockState.LOCAL, judge.judge(List.of(), clocks.read(), 0).state());
  }

  @Test
  void shouldNotFallBackToALocalClockOnceAPtp4lWasThere() {
    begin("plant", true);
    syncs(4, 0);
    InstanceStatus gone =
        new InstanceStatus(
            instances.getFirst(), Reach.NO_SOCKET, "no socket", false, Optional.empty());
    for (int i = 0; i < 200; i++) {
      clocks.pass(SYNC_NS);
      judge(List.of(gone));
    }
    assertEquals(
        List.of(
            ClockState.FREE_RUNNING,
            ClockState.SYNCHRONISED,
            ClockState.HOLDOVER,
            ClockState.FREE_RUNNING),
        states);
    assertEquals("ptp4l_no_socket", reason());
  }

  @Test
  void shouldBeAsGoodAsTheBestOfSeveral() {
    begin("left; right; shown judged=false", false);
    for (int i = 0; i < 4; i++) {
      clocks.pass(SYNC_NS);
      Samples good = Samples.slave(0, clocks.realtimeNs());
      Samples bad = Samples.slave(5_000_000, clocks.realtimeNs());
      judge(
          List.of(
              answers(0, bad.observation(clocks.read())),
              answers(1, good.observation(clocks.read())),
              answers(2, good.observation(clocks.read()))));
    }
    assertEquals(ClockState.SYNCHRONISED, report.state());
    assertTrue(report.reasons().stream().anyMatch(it -> it.code().equals("instances_disagree")));
    assertEquals(ClockState.WRONG, judge.judgements().get("left").state());
  }

  @Test
  void shouldNotCountAnInstanceThatIsOnlyShown() {
    begin("left; shown judged=false", false);
    for (int i = 0; i < 4; i++) {
      clocks.pass(SYNC_NS);
      Samples good = Samples.slave(0, clocks.realtimeNs());
      judge(
          List.of(
              statuses(Optional.empty()).getFirst(), answers(1, good.observation(clocks.read()))));
    }
    assertFalse(report.state() == ClockState.SYNCHRONISED, "it is " + report.state());
    assertEquals(ClockState.SYNCHRONISED, judge.judgements().get("shown").state());
  }

  private InstanceStatus answers(int instance, Observation observation) {
    return new InstanceStatus(
        instances.get(instance), Reach.ANSWERS, "", false, Optional.of(observation));
  }
}
