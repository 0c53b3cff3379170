package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class DeviceSpecsTest {
  private static final int RUNTIMES = 16;
  private static final int ROUNDS = 100;

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  /**
   * Runtimes attach and detach, each its own containers, ask for DEL twice and thrice, and KTSNd
   * recovers meanwhile: 6,400 operations.
   */
  @Test
  void shouldKeepTheDeviceOfEveryAttachedPodWhileOthersAreDetachedTwice() throws Exception {
    try (ExecutorService runtimes = Executors.newFixedThreadPool(RUNTIMES)) {
      List<Future<Integer>> running = new ArrayList<>();
      for (int runtime = 0; runtime < RUNTIMES; runtime++) {
        int number = runtime;
        running.add(runtimes.submit(() -> lostDevices("c" + number)));
      }
      for (Future<Integer> each : running) {
        assertEquals(0, each.get(), "devices of attached pods that were removed");
      }
    }
    assertEquals("0 pods, 0 records, 0 devices, 0 addresses", bench.left());
  }

  private int lostDevices(String runtime) {
    int lost = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, String> environment = bench.environment("ADD");
      String container = runtime + "-" + round;
      environment.put("CNI_CONTAINERID", container);
      CniHandler.Reply added = bench.run(environment, Bench.config("1.1.0"));
      assertEquals(0, added.exitCode(), added.output());
      if (round % 10 == 0) {
        bench.attachments.recover();
      }
      Path file = directory.resolve("cdi/ktsn.org-tsn_" + container + ".tsn0.json");
      lost += Files.exists(file) ? 0 : 1;
      environment.put("CNI_COMMAND", "DEL");
      for (int time = 0; time < 3; time++) {
        CniHandler.Reply removed = bench.run(environment, Bench.config("1.1.0"));
        assertEquals(0, removed.exitCode(), removed.output());
      }
    }
    return lost;
  }

  @Test
  void shouldDetachThoughAnotherProcessTakesSpecificationsAwayMeanwhile() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("cdi"));
    try (ExecutorService others = Executors.newFixedThreadPool(1)) {
      Future<?> other =
          others.submit(
              () -> {
                for (int round = 0; round < 2_000; round++) {
                  Path file = folder.resolve("ktsn.org-tsn_other" + round % 50 + ".json");
                  Files.writeString(file, "{\"hostPath\":\"/elsewhere\"}");
                  Files.deleteIfExists(file);
                }
                return null;
              });
      while (!other.isDone()) {
        bench.attachments.recover();
        CniHandler.Reply removed = bench.run(bench.environment("DEL"), Bench.config("1.1.0"));
        assertEquals(0, removed.exitCode(), removed.output());
      }
      other.get();
    }
  }

  @Test
  void shouldNotLetAnUnreadableSpecificationOfAnotherFailADetachment() throws IOException {
    // Neither a file nor ours, but with a name like ours.
    Files.createDirectories(directory.resolve("cdi/ktsn.org-tsn_folder.json"));
    CniHandler.Reply removed = bench.run(bench.environment("DEL"), Bench.config("1.1.0"));
    assertEquals(0, removed.exitCode(), removed.output());
    bench.attachments.recover();
    bench.add("1.1.0");
    assertEquals("1 pods, 1 records, 2 devices, 1 addresses", bench.left());
  }

  /** Kubernetes allows 63 characters for a namespace and 253 for a pod. */
  @ParameterizedTest
  @CsvSource({"63, 170", "63, 160", "63, 253", "1, 253", "63, 161", "63, 162"})
  void shouldAttachPodsOfTheLongestNames(int namespaceLength, int podLength) throws IOException {
    String namespace = "n".repeat(namespaceLength);
    Set<String> files = new HashSet<>();
    for (String last : List.of("a", "b")) {
      String pod = "p".repeat(podLength - 1) + last;
      Map<String, String> environment = bench.environment("ADD");
      environment.put("CNI_CONTAINERID", "container-" + last);
      environment.put("CNI_ARGS", "K8S_POD_NAMESPACE=" + namespace + ";K8S_POD_NAME=" + pod);
      CniHandler.Reply added = bench.run(environment, Bench.config("1.1.0"));
      assertEquals(0, added.exitCode(), added.output());
      Path file = newest(files);
      assertEquals(namespace + "_" + pod + "_tsn0", device(file), "the name is told beforehand");
      bench.restart();
      bench.attachments.recover();
      assertTrue(Files.exists(file), "the same name after a restart");
      environment.put("CNI_COMMAND", "CHECK");
      assertEquals(0, check(environment, added).exitCode());
    }
    assertEquals(2, files.size(), "names that differ in their last character only");
    for (String last : List.of("a", "b")) {
      Map<String, String> environment = bench.environment("DEL");
      environment.put("CNI_CONTAINERID", "container-" + last);
      assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
    }
    assertEquals("0 pods, 0 records, 0 devices, 0 addresses", bench.left());
  }

  private CniHandler.Reply check(Map<String, String> environment, CniHandler.Reply added) {
    var config = Bench.config("1.1.0");
    config.add("prevResult", JsonParser.parseString(added.output()));
    return bench.run(environment, config);
  }

  /** The file that is not among those known; it is from now on. */
  private Path newest(Set<String> known) throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("cdi"))) {
      Path file =
          all.filter(each -> known.add(each.getFileName().toString())).findFirst().orElseThrow();
      int octets = file.getFileName().toString().getBytes(StandardCharsets.UTF_8).length;
      assertTrue(octets <= 255, octets + " octets");
      return file;
    }
  }

  private static String device(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file))
        .getAsJsonObject()
        .getAsJsonArray("devices")
        .get(0)
        .getAsJsonObject()
        .get("name")
        .getAsString();
  }
}
