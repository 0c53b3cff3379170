package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class CniFiguresTest {
  private final CniFigures figures = new CniFigures();

  CniFiguresTest() {
    for (int ms = 1; ms <= 10; ms++) {
      figures.add("bridge host-local", "ADD", ms * 1_000_000L);
      figures.add("tsn-cni", "ADD", ms * 500_000L);
      figures.add("bridge host-local", "DEL", 2_000_000L);
      figures.add("tsn-cni", "DEL", 3_000_000L);
    }
  }

  @Test
  void shouldPutTheRatioToTheReferenceBelowEachOtherPlugin() {
    List<String> table = figures.table("one after the other", "bridge host-local");
    assertEquals(7, table.size());
    assertTrue(table.get(1).matches("ADD bridge host-local +ms +5\\.0 +9\\.0 .*"), table.get(1));
    assertTrue(table.get(3).matches("  / bridge host-local +x +0\\.50 .*"), table.get(3));
    assertTrue(table.get(6).matches("  / bridge host-local +x +1\\.50 .*"), table.get(6));
    assertTrue(table.stream().allMatch(line -> line.length() <= 79), table.toString());
  }

  @Test
  void shouldGiveMillisecondsAndRatiosAsJson() {
    JsonObject json = figures.toJson("bridge host-local");
    assertEquals(
        "{\"p50\":2.500,\"p90\":4.500,\"p99\":5.000,\"p99_9\":5.000,\"max\":5.000}",
        json.getAsJsonObject("tsn_cni").get("add_ms").toString());
    assertEquals(
        1.5,
        json.getAsJsonObject("ratio_to_bridge")
            .getAsJsonObject("tsn_cni")
            .getAsJsonObject("del")
            .get("p50")
            .getAsDouble());
    assertTrue(json.getAsJsonObject("bridge_host_local").has("del_ms"));
  }
}
