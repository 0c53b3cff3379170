package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockState;

final class PtpMonitorComponentTest {
  private static final Path RUN = Path.of("/run/ktsn");

  private static MonitorSettings settings(Map<String, Object> values) {
    return PtpMonitorComponent.settings(Configs.of(values), RUN);
  }

  private static void refused(String key, Object value, String why) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> settings(Map.of(key, value)))
            .getMessage();
    assertTrue(message.contains(why), message);
  }

  @Test
  void shouldWatchTheUsualPtp4lUnlessToldOtherwise() {
    MonitorSettings usual = settings(Map.of());
    assertTrue(usual.automatic());
    assertEquals(Path.of("/var/run/ptp4l"), usual.instances().getFirst().socket());
    assertEquals(
        Path.of("/run/ktsn/ptp-ptp4l.sock"), usual.replySocket(usual.instances().getFirst()));
    assertEquals(500_000_000, usual.pollNs());
    assertEquals(List.of(), settings(Map.of("instances", new String[] {"none"})).instances());
    MonitorSettings two = settings(Map.of("instances", new String[] {"a; b"}));
    assertEquals(2, two.instances().size());
    assertTrue(!two.automatic());
  }

  @Test
  void shouldReadOnePolicyOrSeveralForEachState() {
    QualitySettings quality =
        settings(
                Map.of(
                    "policy_holdover",
                    new String[] {"widen-guard-bands, hold-new-schedules"},
                    "policy_wrong",
                    new String[] {"open-all-gates"}))
            .quality();
    assertEquals(
        Set.of(ClockPolicy.WIDEN_GUARD_BANDS, ClockPolicy.HOLD_NEW_SCHEDULES),
        quality.policies().get(ClockState.HOLDOVER));
    assertEquals(Set.of(ClockPolicy.OPEN_ALL_GATES), quality.policies().get(ClockState.WRONG));
    assertEquals(Set.of(ClockPolicy.GO_ON), quality.policies().get(ClockState.SYNCHRONISED));
    assertEquals(Set.of(ClockState.values()), quality.policies().keySet());
  }

  @Test
  void shouldRefuseWhatMakesNoSense() {
    refused("policy_wrong", new String[] {"stop"}, "policy.wrong has 'stop'");
    refused("policy_wrong", new String[] {"go-on,open-all-gates"}, "go-on alone");
    refused("policy_wrong", new String[] {""}, "policy.wrong is ''");
    refused("offset_enter_ns", 30_000L, "offset.enter.ns is 30000");
    refused("poll_interval_ms", 0, "poll.interval.ms is 0");
    refused("holdover_drift_ppb", -1L, "holdover.drift.ppb is -1");
  }
}
