package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.api.health.Trouble;

/** What nobody asks for again, by a clock that the test moves. */
@Timeout(60)
class LeftoversTest {
  private static final String NOTHING = "0 pods, 0 records, 0 devices, 0 addresses";
  private static final String DISK_FULL =
      "{\"cniVersion\":\"1.1.0\",\"code\":5,\"msg\":\"disk full\"}";

  /** KTSNd is killed here. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @TempDir private Path directory;
  private Bench bench;
  private long nowNs = Long.MAX_VALUE - TimeUnit.MINUTES.toNanos(1); // it wraps around meanwhile

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  @Test
  void shouldGiveBackWhatTheAddressManagerWasMissingFor() throws IOException {
    bench.add("1.1.0");
    Path manager = bench.plugins.resolve("fake");
    Path away = Files.move(manager, directory.resolve("away"));
    assertEquals(0, bench.run(bench.environment("DEL"), Bench.config("1.1.0")).exitCode());
    pass(300);
    assertEquals("0 pods, 1 records, 0 devices, 1 addresses", bench.left());
    Files.move(away, manager);
    bench.addresses.asked.clear();
    pass(600);
    assertEquals(NOTHING, bench.left());
    assertEquals(List.of("DEL"), bench.addresses.asked);
  }

  @Test
  void shouldAskAnAddressManagerThatFailsMoreAndMoreSeldom() throws IOException {
    bench.add("1.1.0");
    fail("DEL");
    assertEquals(1, bench.run(bench.environment("DEL"), Bench.config("1.1.0")).exitCode());
    bench.addresses.asked.clear();
    pass(3600);
    // At 0, 6, 16, 36, 76, 156, 316 and 636 s, and every 600 s from there on.
    assertEquals(8 + 4, bench.addresses.asked.size());
    assertEquals("0 pods, 1 records, 0 devices, 1 addresses", bench.left());
    bench.addresses.instead.clear();
    pass(600);
    assertEquals(NOTHING, bench.left());
    assertEquals(List.of(), bench.leftovers.troubles());
  }

  @Test
  void shouldLeaveNothingOfAdditionsThatFailForEver() throws IOException {
    fail("ADD");
    fail("DEL");
    for (int sandbox = 0; sandbox < 20; sandbox++) {
      Map<String, String> environment = bench.environment("ADD");
      environment.put("CNI_CONTAINERID", "c" + sandbox);
      assertEquals(1, bench.run(environment, Bench.config("1.1.0")).exitCode());
      // As kubelet asks, and Multus answers in its place.
      environment.put("CNI_COMMAND", "DEL");
      assertEquals(1, bench.run(environment, Bench.config("1.1.0")).exitCode());
      pass(12);
      assertTrue(bench.attachments.store().all().size() <= 4, bench.left());
    }
    pass(60);
    assertTrue(bench.left().startsWith("0 pods, 0 records, 0 devices"), bench.left());
    assertEquals(List.of(), bench.leftovers.troubles());
  }

  /** As after a reboot, or where Multus answered a DEL in KTSNd's place. */
  @Test
  void shouldGiveAddressesBackOnceTheContainerIsGoneThoughNobodyAsks() throws IOException {
    bench.add("1.1.0");
    bench.restart();
    bench.pods.detach("c1.tsn0");
    Files.delete(bench.namespace);
    bench.addresses.asked.clear();
    pass(60);
    assertEquals(NOTHING, bench.left());
    assertEquals(List.of("DEL"), bench.addresses.asked);
  }

  @Test
  void shouldGiveAddressesBackOnceAnotherNamespaceHasTheName() throws IOException {
    bench.add("1.1.0");
    bench.pods.detach("c1.tsn0");
    replaceNamespace();
    pass(60);
    assertEquals(NOTHING, bench.left());
  }

  @Test
  void shouldKeepAddressesForAsLongAsTheNamespaceExists() throws IOException {
    bench.add("1.1.0");
    bench.pods.detach("c1.tsn0");
    pass(3600);
    bench.restart();
    pass(3600);
    assertEquals("0 pods, 1 records, 1 devices, 1 addresses", bench.left());
  }

  /** The pod service knows better: a namespace may live on without its name. */
  @Test
  void shouldKeepAnAttachedPodThoughItsNamespaceHasNoNameAnyMore() throws IOException {
    bench.add("1.1.0");
    Files.delete(bench.namespace);
    pass(3600);
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
  }

  @Test
  void shouldGoOnWithAContainerThatIsGoneUntilTheAddressManagerWorks() throws IOException {
    bench.add("1.1.0");
    bench.pods.detach("c1.tsn0");
    Files.delete(bench.namespace);
    fail("DEL");
    pass(7200);
    assertEquals("0 pods, 1 records, 0 devices, 1 addresses", bench.left());
    assertEquals(1, bench.leftovers.troubles().size());
    bench.addresses.instead.clear();
    pass(600);
    assertEquals(NOTHING, bench.left());
  }

  /** Such a record has no number of the namespace: one of its name stands for it. */
  @Test
  void shouldReadRecordsOfEarlierVersions() throws IOException {
    bench.add("1.1.0");
    bench.pods.detach("c1.tsn0");
    Path state = directory.resolve("state/c1.tsn0.json");
    JsonObject older = JsonParser.parseString(Files.readString(state)).getAsJsonObject();
    older.remove("namespaceId");
    older.remove("addressed");
    Files.writeString(state, older.toString());
    bench.restart();
    replaceNamespace();
    pass(60);
    assertEquals("0 pods, 1 records, 1 devices, 1 addresses", bench.left());
    Files.delete(bench.namespace);
    pass(60);
    assertEquals(NOTHING, bench.left());
  }

  private void replaceNamespace() throws IOException {
    // The new file is there before the old one is gone, or it might have the same number.
    Files.move(
        Files.createFile(directory.resolve("other")),
        bench.namespace,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void shouldSayWhatIsLeftOfWhomAndWhy() throws IOException {
    JsonObject config = Bench.config("1.1.0");
    for (String pod : List.of("want", "robot")) {
      Map<String, String> environment = bench.environment("ADD");
      environment.put("CNI_CONTAINERID", pod);
      environment.put("CNI_ARGS", "K8S_POD_NAMESPACE=plant;K8S_POD_NAME=" + pod);
      assertEquals(0, bench.run(environment, config).exitCode());
    }
    fail("DEL");
    for (String pod : List.of("want", "robot")) {
      Map<String, String> environment = bench.environment("DEL");
      environment.put("CNI_CONTAINERID", pod);
      bench.run(environment, config);
    }
    pass(5);
    assertEquals(
        List.of(
            new Trouble(
                "attachments",
                "what is left of plant/robot, plant/want can't be removed: the address manager fake"
                    + " failed at DEL: disk full; KTSNd tries again, every 10 minutes at least")),
        bench.leftovers.troubles());
  }

  @Test
  void shouldKnowOfAddressesThoughItIsKilledBeforeThePodIsAttached() throws IOException {
    bench.pods.beforeAttach =
        () -> {
          throw new Killed();
        };
    assertThrows(Killed.class, () -> bench.add("1.1.0"));
    bench.pods.beforeAttach = () -> {};
    bench.restart();
    assertAskedUntilTheAddressesAreGivenBack();
  }

  /** Whether it gave addresses is not known then. */
  @ParameterizedTest
  @CsvSource({"0,nonsense", "0,''", "0,{}", "137,''"})
  void shouldAskForAddressesThatTheManagerGaveWithoutAResult(int exitCode, String output)
      throws IOException {
    bench.addresses.instead.put("ADD", new PluginRunner.Outcome(exitCode, output, ""));
    fail("DEL");
    assertEquals(1, bench.run(bench.environment("ADD"), Bench.config("1.1.0")).exitCode());
    assertAskedUntilTheAddressesAreGivenBack();
  }

  private void assertAskedUntilTheAddressesAreGivenBack() throws IOException {
    fail("DEL");
    pass(3600);
    assertEquals("0 pods, 1 records, 0 devices, 1 addresses", bench.left());
    bench.addresses.instead.clear();
    pass(600);
    assertEquals(NOTHING, bench.left());
  }

  @Test
  void shouldLeaveNothingOfAdditionsWithoutTheirAddressManager() throws IOException {
    Files.delete(bench.plugins.resolve("fake"));
    for (int sandbox = 0; sandbox < 20; sandbox++) {
      Map<String, String> environment = bench.environment("ADD");
      environment.put("CNI_CONTAINERID", "c" + sandbox);
      assertEquals(1, bench.run(environment, Bench.config("1.1.0")).exitCode());
    }
    pass(60);
    assertEquals(NOTHING, bench.left());
  }

  /** They are a successor's then. */
  @Test
  void shouldTakeNothingMoreDownOnceItIsClosed() throws IOException {
    for (String container : List.of("c1", "c2", "c3")) {
      Map<String, String> environment = bench.environment("ADD");
      environment.put("CNI_CONTAINERID", container);
      assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
      bench.pods.detach(container + ".tsn0");
    }
    Files.delete(bench.namespace);
    bench.addresses.before = bench.attachments::close;
    bench.leftovers.look(nowNs);
    assertEquals("0 pods, 2 records, 2 devices, 2 addresses", bench.left());
    bench.writeDown("c4@tsn0", bench.environment("DEL"), Bench.config("1.1.0").toString());
    bench.leftovers.look(nowNs);
    assertEquals(1, bench.pending.all().size());
    assertEquals("0 pods, 2 records, 2 devices, 2 addresses", bench.left());
  }

  @Test
  void shouldDoWhatWasWrittenDownThoughItIsKilledMeanwhile() throws IOException {
    bench.add("1.1.0");
    bench.writeDown("c1@tsn0", bench.environment("DEL"), Bench.config("1.1.0").toString());
    bench.pods.beforeDetach =
        () -> {
          throw new Killed();
        };
    assertThrows(Killed.class, () -> bench.leftovers.look(nowNs));
    bench.pods.beforeDetach = () -> {};
    bench.restart();
    bench.leftovers.look(nowNs);
    assertEquals(NOTHING, bench.left());
    assertEquals(List.of("ADD", "DEL"), bench.addresses.asked);
  }

  @Test
  void shouldGiveBackAddressesOfAnAttachmentThatItDoesNotKnow() throws IOException {
    bench.addresses.given.add("c7/tsn0");
    Map<String, String> environment = bench.environment("DEL");
    environment.put("CNI_CONTAINERID", "c7");
    bench.writeDown("c7@tsn0", environment, Bench.config("1.0.0").toString());
    bench.leftovers.look(nowNs);
    assertEquals(NOTHING, bench.left());
  }

  @Test
  void shouldSetAsideWhatMakesNoSense() throws IOException {
    bench.add("1.1.0");
    Map<String, String> nobody = bench.environment("DEL");
    nobody.remove("CNI_CONTAINERID");
    bench.writeDown("a@tsn0", nobody, Bench.config("1.0.0").toString());
    bench.writeDown("b@tsn0", bench.environment("DEL"), "{\"cniVersion\":");
    bench.writeDown(
        "c@tsn0", bench.environment("DEL"), "{\"cniVersion\":\"1.0.0\",\"name\":\"../x\"}");
    Files.writeString(directory.resolve("pending/d@tsn0"), "KTSNCNI1");
    Files.writeString(directory.resolve("pending/e@tsn0"), "");
    Files.writeString(directory.resolve("pending/.f@tsn0.17"), "KTSN"); // one is being written
    bench.leftovers.look(nowNs);
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
    assertEquals(List.of(), bench.pending.all());
    try (var files = Files.list(directory.resolve("pending"))) {
      assertEquals(
          List.of(
              ".a@tsn0.bad",
              ".b@tsn0.bad",
              ".c@tsn0.bad",
              ".d@tsn0.bad",
              ".e@tsn0.bad",
              ".f@tsn0.17"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  private void fail(String command) {
    bench.addresses.instead.put(command, new PluginRunner.Outcome(1, DISK_FULL, ""));
  }

  /** Looks as often as KTSNd does in so many seconds. */
  private void pass(int seconds) {
    for (int passed = 0; passed < seconds; passed++) {
      if (passed % TimeUnit.NANOSECONDS.toSeconds(Leftovers.PERIOD_NS) == 0) {
        bench.leftovers.look(nowNs);
      }
      nowNs += TimeUnit.SECONDS.toNanos(1);
    }
  }
}
