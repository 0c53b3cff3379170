package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.stats.ClockEffect.Gates;
import org.ktsn.api.stats.ClockEffect.Monitor;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

final class ClockPoliciesTest {
  private static final long LIMIT_NS = 10_000;
  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  private final ClockPolicies policies = new ClockPolicies(LIMIT_NS);

  private static ClockReport report(
      ClockState state, OptionalLong uncertaintyNs, long checked, ClockPolicy... policies) {
    return new ClockReport(
        state, 0, List.of(), uncertaintyNs, UNKNOWN, "", 37, Set.of(policies), checked);
  }

  private boolean narrow(OptionalLong uncertaintyNs) {
    policies.heard(report(ClockState.HOLDOVER, uncertaintyNs, 0, ClockPolicy.WIDEN_GUARD_BANDS));
    return policies.look(0);
  }

  @Test
  void shouldTakeTheUncertaintyUpAnewOnlyWhenItChangesByMoreThanAQuarter() {
    assertTrue(narrow(OptionalLong.of(1_000)));
    assertEquals(1_250, policies.guardBandNs());
    assertFalse(narrow(OptionalLong.of(1_250)));
    assertFalse(narrow(OptionalLong.of(750)));
    assertEquals(1_250, policies.guardBandNs());
    assertTrue(narrow(OptionalLong.of(1_251)));
    assertEquals(1_564, policies.guardBandNs());
    assertTrue(narrow(OptionalLong.of(900)));
    assertEquals(1_125, policies.guardBandNs());
  }

  @Test
  void shouldNeverHaveAGuardBandBelowTheUncertainty() {
    Random random = new Random(5);
    long uncertaintyNs = 1;
    int taken = 0;
    for (int i = 0; i < 100_000; i++) {
      uncertaintyNs = Math.max(0, uncertaintyNs + random.nextInt(-30, 34));
      taken += narrow(OptionalLong.of(uncertaintyNs)) ? 1 : 0;
      assertTrue(policies.guardBandNs() >= uncertaintyNs, uncertaintyNs + " ns");
    }
    assertTrue(taken < 10_000, taken + " times");
  }

  @Test
  void shouldGoByTheLastUncertaintyThatWasKnown() {
    narrow(UNKNOWN);
    assertEquals(Gates.AS_SCHEDULED, policies.gates());
    narrow(OptionalLong.of(400));
    assertFalse(narrow(UNKNOWN));
    assertEquals(500, policies.guardBandNs());
    assertEquals(Gates.NARROWED, policies.gates());
    policies.away();
    assertTrue(policies.look(0));
    assertEquals(0, policies.guardBandNs());
    narrow(UNKNOWN);
    assertEquals(0, policies.guardBandNs(), "what another monitor knew");
  }

  @Test
  void shouldNotNarrowWhatIsOpen() {
    policies.heard(
        report(
            ClockState.WRONG,
            OptionalLong.of(9),
            0,
            ClockPolicy.WIDEN_GUARD_BANDS,
            ClockPolicy.OPEN_ALL_GATES,
            ClockPolicy.HOLD_NEW_SCHEDULES));
    policies.look(0);
    assertEquals(Gates.OPEN, policies.gates());
    assertEquals(0, policies.guardBandNs());
    assertThrows(ScheduleException.class, policies::refuseIfHeld);
  }

  @Test
  void shouldTakeAnOldReportForNoneUntilTheMonitorIsHeardAgain() {
    policies.heard(report(ClockState.WRONG, UNKNOWN, 100, ClockPolicy.HOLD_NEW_SCHEDULES));
    assertTrue(policies.look(100 + LIMIT_NS));
    assertEquals(Monitor.HEARD, policies.monitor());
    assertTrue(policies.look(101 + LIMIT_NS));
    assertEquals(Monitor.STUCK, policies.monitor());
    assertEquals(ClockState.LOCAL, policies.state());
    assertDoesNotThrow(policies::refuseIfHeld);
    assertFalse(policies.look(102 + LIMIT_NS), "said once");
    policies.heard(report(ClockState.WRONG, UNKNOWN, 200, ClockPolicy.HOLD_NEW_SCHEDULES));
    assertTrue(policies.look(102 + LIMIT_NS));
    assertEquals(ClockState.WRONG, policies.state());
  }

  @Test
  void shouldAskForALookOnlyWhenTheReportSaysSomethingElse() {
    assertTrue(policies.heard(report(ClockState.LOCAL, UNKNOWN, 0, ClockPolicy.GO_ON)));
    assertFalse(policies.heard(report(ClockState.LOCAL, OptionalLong.of(5), 1, ClockPolicy.GO_ON)));
    assertTrue(policies.heard(report(ClockState.WRONG, UNKNOWN, 2, ClockPolicy.GO_ON)));
    assertTrue(policies.heard(report(ClockState.WRONG, UNKNOWN, 3, ClockPolicy.OPEN_ALL_GATES)));
  }
}
