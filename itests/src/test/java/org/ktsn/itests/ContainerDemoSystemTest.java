package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The demo in real containers, short, and what is left of them: nothing. Before the node that the
 * other tests share is up.
 */
@Order(1)
final class ContainerDemoSystemTest {
  private static final String INSTANCE = "ktidemo";
  private static final int FRAMES = 400;

  private static Command demo(String... options) {
    List<String> words = new ArrayList<>(List.of(Node.ROOT.resolve("ktsn").toString(), "demo"));
    words.addAll(List.of(options));
    return Command.startInterruptible(Map.of("KTSN_INSTANCE", INSTANCE), words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"containerd", "podman"})
  void shouldSendFromContainerToContainer(String runtime, @TempDir Path directory)
      throws IOException {
    String hugepages = DemoSystemTest.hugepages();
    Path json = directory.resolve("r.json");
    Command demo =
        demo(
                "--runtime",
                runtime,
                "--frames",
                Integer.toString(FRAMES),
                "--no-native-loop",
                "--json",
                json.toString())
            .end(120);
    demo.expect(0);
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(runtime, report.get("runtime").getAsString());
    assertTrue(report.get("runtime_version").getAsString().startsWith(runtime), report.toString());
    assertDelivered(report.getAsJsonObject("frames"), FRAMES);
    assertDelivered(report.getAsJsonObject("netns").getAsJsonObject("frames"), FRAMES / 2);
    for (String figure : List.of("tx_error", "latency", "jitter")) {
      assertTrue(
          report.getAsJsonObject("ratio_to_netns").getAsJsonObject(figure).get("p50").getAsDouble()
              > 0,
          figure);
    }
    JsonObject ordinary = report.getAsJsonObject("ordinary");
    assertEquals(ordinary.get("sent"), ordinary.get("received"));
    assertEquals(0, ordinary.get("through_ktsnd").getAsLong(), "the rest takes eth0");
    assertTrue(demo.out().contains(runtime + " / netns"), demo.out());
    assertNothingIsLeft(hugepages);
  }

  private static void assertDelivered(JsonObject frames, int sent) {
    assertEquals(sent, frames.get("sent").getAsInt());
    assertEquals(sent, frames.get("received").getAsInt());
    assertEquals(0, frames.get("outside_window").getAsInt());
  }

  @Test
  void shouldRemoveTheContainersWhenInterrupted() throws IOException {
    String hugepages = DemoSystemTest.hugepages();
    Command demo = demo("--runtime", "podman", "--frames", "60000");
    Node.await("the containers run", 90, () -> demo.text().contains("eth0 by bridge"));
    demo.interrupt();
    demo.end(60).expect(130);
    assertNothingIsLeft(hugepages);
  }

  private static void assertNothingIsLeft(String hugepagesBefore) throws IOException {
    Node.await(
        "hugepages are given back", 10, () -> DemoSystemTest.hugepages().equals(hugepagesBefore));
    assertFalse(Files.exists(Path.of("/run", INSTANCE)), "the run directory");
    assertFalse(Files.exists(Path.of("/var/lib", INSTANCE + "-containers")), "the containers");
    List<String> places = new ArrayList<>(List.of("/run/netns", "/sys/class/net"));
    places.addAll(List.of("/var/lib/cni/results", "/var/run/cdi", "/sys/fs/cgroup"));
    places.addAll(List.of("/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory"));
    for (String place : places) {
      if (Files.isDirectory(Path.of(place))) {
        try (Stream<Path> files = Files.list(Path.of(place))) {
          assertEquals(List.of(), files.filter(f -> f.toString().contains(INSTANCE)).toList());
        }
      }
    }
    assertTrue(
        ProcessHandle.allProcesses()
            .noneMatch(p -> p.info().commandLine().orElse("").contains(INSTANCE + "-containers")),
        "a process");
  }
}
