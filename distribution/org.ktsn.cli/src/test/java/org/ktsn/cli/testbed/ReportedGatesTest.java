package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.ReportedGates.Entry;

class ReportedGatesTest {
  @Test
  void shouldReadWhatTheDaemonReports() {
    ReportedGates program =
        ReportedGates.fromReport(
            JsonParser.parseString(
                """
                {"traffic_classes": 8, "oper_since_ns": 5,
                 "oper": {"gate_enabled": true, "admin_gate_states": 127,
                  "cycle_time": {"numerator": 1, "denominator": 1000}, "cycle_time_ns": 1000000,
                  "cycle_time_extension_ns": 0, "base_time_ns": 1700000000000000001,
                  "control_list": [
                   {"operation": "set-gate-states", "gate_states": 128, "time_interval_ns": 300000},
                   {"operation": "set-gate-states", "gate_states": 127, "time_interval_ns": 700000}],
                  "queue_max_sdu": [0, 0, 0, 0, 0, 0, 0, 0]},
                 "config_change_errors": 0}"""));
    assertEquals(
        new ReportedGates(
            true,
            127,
            List.of(new Entry(128, 300_000), new Entry(127, 700_000)),
            1,
            1000,
            1_700_000_000_000_000_001L),
        program);
  }

  @Test
  void shouldRefuseAReportWithoutTheParametersInForce() {
    CommandFailure refusal =
        assertThrows(
            CommandFailure.class, () -> ReportedGates.fromReport(JsonParser.parseString("{}")));
    assertTrue(refusal.getMessage().contains("can't be read"), refusal.getMessage());
  }
}
