package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo as a user starts it, and what is left of it afterwards: nothing. Before the other system
 * tests: their node's switch and the demo's can't run at the same time.
 */
@Order(1)
final class DemoSystemTest {
  private static final Path HUGEPAGES =
      Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");

  private static Command demo(String... options) {
    List<String> words = new ArrayList<>(List.of(Node.ROOT.resolve("ktsn").toString(), "demo"));
    words.addAll(List.of(options));
    return Command.startInterruptible(Map.of("KTSN_INSTANCE", "ktidemo"), words);
  }

  /** How many hugepages the kernel has. */
  static String hugepages() {
    try {
      return Files.readString(HUGEPAGES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertNothingIsLeft(String hugepagesBefore) throws IOException {
    assertFalse(Files.exists(Path.of("/run/ktidemo")), "the run directory");
    // The kernel takes them back when the last process that had them is wholly gone.
    Node.await("hugepages are given back", 10, () -> hugepages().equals(hugepagesBefore));
    for (String place : List.of("/run/netns", "/sys/class/net")) {
      Path directory = Path.of(place);
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files = Files.list(directory)) {
          assertEquals(List.of(), files.filter(f -> f.toString().contains("ktidemo")).toList());
        }
      }
    }
    assertTrue(
        ProcessHandle.allProcesses()
            .noneMatch(p -> p.info().commandLine().orElse("").contains("/run/ktidemo")),
        "a process");
  }

  @Test
  void shouldDeliverEveryFrameInsideItsWindowAndLeaveNothingBehind(@TempDir Path directory)
      throws IOException {
    String hugepages = hugepages();
    Path json = directory.resolve("r.json");
    Command demo = demo("--frames", "3000", "--json", json.toString()).end(120);
    demo.expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals("ovs-dpdk", report.get("path").getAsString());
    assertEquals("tas", report.get("shaper").getAsString());
    JsonObject frames = report.getAsJsonObject("frames");
    assertEquals(3000, frames.get("sent").getAsLong());
    assertEquals(3000, frames.get("received").getAsLong());
    for (String fault : List.of("lost", "duplicated", "reordered", "outside_window")) {
      assertEquals(0, frames.get(fault).getAsLong(), fault);
    }
    assertTrue(frames.has("late"));
    for (String figure : List.of("tx_error_ns", "latency_us", "jitter_us")) {
      for (String quantile : List.of("p50", "p90", "p99", "p99_9", "max")) {
        assertTrue(report.getAsJsonObject(figure).has(quantile), figure + "." + quantile);
      }
    }
    assertTrue(report.getAsJsonObject("cpu").get("ktsnd_percent").getAsDouble() > 0);
    assertNothingIsLeft(hugepages);
  }

  @Test
  void shouldShowAControllersChangeOfScheduleInTheMiddleOfTheRun(@TempDir Path directory)
      throws IOException {
    String hugepages = hugepages();
    Path json = directory.resolve("r.json");
    demo("--mqtt", "--frames", "2000", "--json", json.toString()).end(180).expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    JsonObject frames = report.getAsJsonObject("frames");
    assertEquals(2000, frames.get("sent").getAsLong());
    assertEquals(2000, frames.get("received").getAsLong());
    for (String fault : List.of("lost", "duplicated", "reordered", "outside_window")) {
      assertEquals(0, frames.get(fault).getAsLong(), fault);
    }
    JsonObject change = report.getAsJsonObject("schedule_change");
    long changeNs = change.get("config_change_time").getAsLong();
    JsonObject last = change.getAsJsonObject("last_old");
    JsonObject first = change.getAsJsonObject("first_new");
    assertTrue(last.get("planned_ns").getAsLong() < changeNs, change.toString());
    assertTrue(first.get("planned_ns").getAsLong() >= changeNs, change.toString());
    assertNothingIsLeft(hugepages);
  }

  /** Both hosts have a switch and a KTSNd; what the kernel's device takes is in another test. */
  @Test
  void shouldSendToAnotherHostThroughATunnel(@TempDir Path directory) throws IOException {
    String hugepages = hugepages();
    Path json = directory.resolve("r.json");
    demo(
            "--hosts",
            "2",
            "--receiver",
            "ktsn",
            "--frames",
            "500",
            "--no-native-loop",
            "--json",
            json.toString())
        .end(180)
        .expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(2, report.get("hosts").getAsInt());
    JsonObject frames = report.getAsJsonObject("frames");
    assertEquals(500, frames.get("received").getAsLong());
    for (String fault : List.of("lost", "duplicated", "reordered", "outside_window")) {
      assertEquals(0, frames.get(fault).getAsLong(), fault);
    }
    JsonObject vxlan = report.getAsJsonObject("underlay").getAsJsonObject("vxlan");
    assertEquals("ktsn", vxlan.get("receiver").getAsString());
    assertTrue(vxlan.get("frames").getAsLong() >= 500, vxlan.toString());
    assertNothingIsLeft(hugepages);
  }

  @Test
  void shouldCleanUpWhenInterrupted() throws IOException {
    String hugepages = hugepages();
    Command demo = demo("--frames", "60000");
    Node.await("the demo runs", 90, () -> demo.text().contains("60000 datagrams"));
    demo.interrupt();
    demo.end(40).expect(130);
    assertNothingIsLeft(hugepages);
  }
}
