package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class StageTimesTest {
  private final StageTimes times =
      StageTimes.of(
          JsonParser.parseString(
              """
              {"received": 1000, "sent": 1000, "planner_ns": 800000, "launcher_ns": 200000,
               "planner_allocated_octets": 500,
               "planner_seen": {"asleep": 900, "shaper": 30, "INET stack": 10, "commitment": 40}}
              """));

  @Test
  void shouldShareOutWhatThePlannerUsedByWhereItWasSeenAwake() {
    assertEquals(800, times.perFrame(times.plannerNs()));
    assertEquals(300, times.plannerNs("shaper"));
    assertEquals(100, times.plannerNs("INET stack"));
    assertEquals(0, times.plannerNs("filter"));
  }

  @Test
  void shouldSayAllOfItInATableAndInJson() {
    assertTrue(times.table().contains("commitment"), times.table());
    assertEquals(
        "{\"planner_places_ns_per_frame\":{\"INET stack\":100,\"commitment\":400,\"shaper\":300},"
            + "\"planner_ns_per_frame\":800,\"launcher_ns_per_frame\":200,"
            + "\"planner_allocated_octets_per_frame\":0.5}",
        times.toJson().toString());
  }

  @Test
  void shouldSayNothingOfATimeWithoutFrames() {
    StageTimes none =
        StageTimes.of(
            JsonParser.parseString(
                """
                {"received": 0, "sent": 0, "planner_ns": 8, "launcher_ns": 2,
                 "planner_allocated_octets": 0, "planner_seen": {}}
                """));
    assertEquals(0, none.perFrame(none.plannerNs()));
    assertEquals(0, none.plannerNs("shaper"));
  }
}
