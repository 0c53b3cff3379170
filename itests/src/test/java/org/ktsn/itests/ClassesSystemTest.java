package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three traffic classes at high load, and a change of the schedule among them. Before the tests
 * that share a node, as {@link DemoSystemTest}: it has one of its own.
 */
@Order(1)
final class ClassesSystemTest {
  private static final long FRAMES = 30_000;

  /** Of the list that takes over; a slow machine may have nothing for its first cycles. */
  private static final long NEW_CYCLE_NS = 4_400_000;

  /** The list changes in its window, and the new one begins with its window. */
  private static final int OPEN_ON_BOTH_SIDES = 7;

  @Test
  void shouldSendEveryFrameInItsWindowAsTheOracleSaysAcrossAChangeOfSchedule(
      @TempDir Path directory) throws IOException {
    Path json = directory.resolve("classes.json");
    Command.start(
            Map.of("KTSN_INSTANCE", "kticlass"),
            List.of(
                Node.ROOT.resolve("ktsn").toString(),
                "bench",
                "classes",
                "--frames",
                Long.toString(FRAMES),
                "--change",
                "--json",
                json.toString()))
        .end(120)
        .expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    JsonObject frames = report.getAsJsonObject("frames");
    assertEquals(FRAMES, frames.get("sent").getAsLong());
    long dropped = frames.get("dropped").getAsLong(); // on a machine that is too slow for them
    assertEquals(FRAMES, frames.get("received").getAsLong() + dropped);
    for (String fault :
        List.of(
            "lost",
            "unaccounted",
            "duplicated",
            "reordered",
            "left_twice",
            "reordered_in_trace",
            "outside_window")) {
      assertEquals(0, frames.get(fault).getAsLong(), fault);
    }
    assertPlannedAsTheOracleSays(report, FRAMES - dropped);
    assertChangedInBetween(report);
  }

  /** Given what the planner knew when it decided: whatever came late, was missed or dropped. */
  private static void assertPlannedAsTheOracleSays(JsonObject report, long left) {
    JsonObject oracle = report.getAsJsonObject("oracle");
    assertEquals(0, oracle.get("different").getAsLong());
    assertTrue(oracle.get("equal").getAsLong() >= left, oracle + ": each that left was decided on");
    assertEquals(3, report.getAsJsonArray("classes").size());
    for (JsonElement element : report.getAsJsonArray("classes")) {
      JsonObject one = element.getAsJsonObject();
      assertEquals(0, one.get("wrong_size").getAsLong());
    }
  }

  private static void assertChangedInBetween(JsonObject report) {
    JsonObject change = report.getAsJsonObject("schedule_change");
    long changeNs = change.get("config_change_time").getAsLong();
    JsonObject lastOld = change.getAsJsonObject("last_old");
    JsonObject firstNew = change.getAsJsonObject("first_new");
    assertTrue(lastOld.get("actual_ns").getAsLong() < changeNs, change.toString());
    assertTrue(
        lastOld.get("end_ns").getAsLong() <= changeNs
            || lastOld.get("class").getAsInt() == OPEN_ON_BOTH_SIDES,
        change.toString());
    assertTrue(firstNew.get("actual_ns").getAsLong() >= changeNs, change.toString());
    assertEquals(
        (firstNew.get("actual_ns").getAsLong() - changeNs) % NEW_CYCLE_NS,
        firstNew.get("offset_in_cycle_ns").getAsLong(),
        "the new list's first cycle starts at the change");
  }
}
