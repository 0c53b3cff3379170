package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo with a real ptp4l pair beside it. Before the node that the other tests share is up. */
@Order(1)
final class DemoPtpSystemTest {
  private static final String INSTANCE = "ktiptp";
  private static final int FRAMES = 2_000;
  private static final Set<String> STATES =
      Set.of("synchronised", "holdover", "free-running", "wrong");

  @Test
  void shouldShowTheClockThatWasInForceAndLeaveNoneOfItBehind(@TempDir Path directory)
      throws IOException {
    Path json = directory.resolve("r.json");
    String frames = Integer.toString(FRAMES);
    Command demo =
        Command.start(
                Map.of("KTSN_INSTANCE", INSTANCE),
                List.of(
                    Node.ROOT.resolve("ktsn").toString(),
                    "demo",
                    "--ptp",
                    "--frames",
                    frames,
                    "--json",
                    json.toString()))
            .end(120);
    demo.expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(FRAMES, report.getAsJsonObject("frames").get("received").getAsLong());
    assertEquals(0, report.getAsJsonObject("frames").get("outside_window").getAsLong());

    JsonObject clock = report.getAsJsonObject("clock");
    assertSpansTheFlow(clock.getAsJsonArray("states"));
    String text = demo.out();
    assertTrue(text.contains("\nclock    synchronised "), text);
    assertTrue(clock.get("samples").getAsInt() >= 2, clock.toString());
    assertTrue(clock.get("grandmaster").getAsString().contains(".fffe."), clock.toString());
    assertTrue(text.contains("grandmaster " + clock.get("grandmaster").getAsString()), text);
    for (String quantile : List.of("p50", "p90", "p99", "p99_9", "max")) {
      long offsetNs = clock.getAsJsonObject("offset_ns").get(quantile).getAsLong();
      assertTrue(offsetNs >= 0 && offsetNs < 1_000_000_000, quantile + " " + offsetNs);
    }
    assertEquals(
        "arbitrary_timescale",
        clock.getAsJsonArray("reasons").get(0).getAsJsonObject().get("code").getAsString(),
        "software time stamps, and the monitor says so");
    assertNothingIsLeft();
  }

  private static void assertSpansTheFlow(JsonArray states) {
    long endMs = 0;
    for (JsonElement each : states) {
      JsonObject span = each.getAsJsonObject();
      assertTrue(STATES.contains(span.get("state").getAsString()), states.toString());
      assertEquals(endMs, span.get("from_ms").getAsLong(), states.toString());
      endMs = span.get("to_ms").getAsLong();
    }
    assertEquals("synchronised", states.get(0).getAsJsonObject().get("state").getAsString());
    assertEquals(FRAMES, endMs, "a datagram every millisecond");
  }

  private static void assertNothingIsLeft() throws IOException {
    assertFalse(Files.exists(Path.of("/run", INSTANCE)), "the run directory");
    for (String place : List.of("/run/netns", "/sys/class/net")) {
      if (Files.isDirectory(Path.of(place))) {
        try (Stream<Path> files = Files.list(Path.of(place))) {
          assertEquals(List.of(), files.filter(f -> f.toString().contains(INSTANCE)).toList());
        }
      }
    }
    assertTrue(
        ProcessHandle.allProcesses()
            .noneMatch(p -> p.info().commandLine().orElse("").contains("/run/" + INSTANCE)),
        "a process");
  }
}
