package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
 * The shaper is swapped again and again under 2,000 frames a second, by ranking and by deploying
 * bundles. Before the tests that share a node, as {@link DemoSystemTest}: it has one of its own.
 */
@Order(1)
final class SwapSystemTest {
  private static final int SWAPS = 300;

  @Test
  void shouldLoseNothingAndLeaveNothingBehind(@TempDir Path directory) throws IOException {
    Path json = directory.resolve("swap.json");
    Command.start(
            Map.of("KTSN_INSTANCE", "ktiswap"),
            List.of(
                Node.ROOT.resolve("ktsn").toString(),
                "bench",
                "swap",
                "--swaps",
                Integer.toString(SWAPS),
                "--json",
                json.toString()))
        .end(180)
        .expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(SWAPS, report.get("swaps").getAsInt());
    assertTrue(report.get("deployments").getAsInt() >= 6, report.toString());
    assertTrue(report.get("shapers_taken_up").getAsInt() >= SWAPS, report.toString());
    assertEquals(0, report.get("shapers_failed").getAsInt());
    JsonObject frames = report.getAsJsonObject("frames");
    assertTrue(frames.get("sent").getAsLong() > 10_000, report.toString());
    for (String fault : List.of("lost", "duplicated", "reordered", "outside_window")) {
      assertEquals(0, frames.get(fault).getAsLong(), fault);
    }
    JsonObject leaks = report.getAsJsonObject("leaks");
    for (String kind : List.of("classloaders", "threads", "mbufs")) {
      assertTrue(leaks.get(kind).getAsLong() <= 0, kind + ": " + leaks);
    }
  }
}
