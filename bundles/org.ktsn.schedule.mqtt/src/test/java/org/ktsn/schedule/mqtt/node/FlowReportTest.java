package org.ktsn.schedule.mqtt.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.DataplaneStatus.Quantiles;
import org.ktsn.api.stats.FlowStatus;

class FlowReportTest {
  private static final PodStatus COUNTERS = new PodStatus(3, 9, 8, 0, 1, 0, Map.of());

  private static FlowStatus flow(Optional<Integer> port, long late, double bitsPerSecond) {
    return new FlowStatus(
        3,
        port.map(p -> new FlowStatus.Flow("10.77.0.2", p, "10.77.0.3", 5_000, 0)),
        port.isPresent() ? 1 : 12,
        OptionalInt.empty(),
        9,
        8,
        late,
        Map.of(),
        512,
        bitsPerSecond / 512,
        bitsPerSecond,
        Long.MAX_VALUE,
        1,
        2,
        FlowStatus.Range.NONE,
        FlowStatus.Range.NONE,
        new Quantiles(0, 0, 0, 0, 0, 0));
  }

  private static JsonObject report(List<FlowStatus> flows) {
    JsonObject json = new JsonObject();
    FlowReport.add(json, List.of(COUNTERS), flows, List.of());
    return json;
  }

  private static JsonArray shown(JsonObject report) {
    return report.getAsJsonArray("pods").get(0).getAsJsonObject().getAsJsonArray("flows");
  }

  @Test
  void shouldLeaveOutTheIdlestOfTooManyFlowsAndSayHowMany() {
    List<FlowStatus> flows = new ArrayList<>();
    for (int i = 0; i < 149; i++) {
      flows.add(flow(Optional.of(1_000 + i), 0, i));
    }
    flows.add(flow(Optional.of(7), 1, 0));
    JsonObject report = report(flows);

    assertEquals(50, report.get("flows-left-out").getAsInt());
    JsonArray shown = shown(report);
    assertEquals(100, shown.size());
    assertEquals(
        7, shown.get(0).getAsJsonObject().get("source-port").getAsInt(), "late ones first");
    assertEquals(1_148, shown.get(1).getAsJsonObject().get("source-port").getAsInt());
    assertEquals(1_050, shown.get(99).getAsJsonObject().get("source-port").getAsInt());
    assertTrue(report.toString().length() < 100_000, report.toString().length() + " octets");
  }

  @Test
  void shouldTellTheFamilyOfTheAddresses() {
    JsonObject shown = shown(report(List.of(flow(Optional.of(7), 0, 0)))).get(0).getAsJsonObject();
    assertEquals("INET", shown.get("family").getAsString());
    assertEquals("10.77.0.2", shown.get("source-address").getAsString());
  }

  @Test
  void shouldTellOthersAndUnnamedPods() {
    JsonObject report = report(List.of(flow(Optional.empty(), 0, 0)));

    assertEquals(0, report.get("flows-left-out").getAsInt());
    assertFalse(report.getAsJsonArray("pods").get(0).getAsJsonObject().has("name"));
    JsonObject others = shown(report).get(0).getAsJsonObject();
    assertEquals(12, others.get("others").getAsLong());
    assertFalse(others.has("source-port"));
  }
}
