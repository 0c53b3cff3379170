package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodRequest;

@Timeout(60)
class CniHandlerTest {
  private static final String NOTHING = "0 pods, 0 records, 0 devices, 0 addresses";

  /** KTSNd is killed here. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  @Test
  void shouldAskThePodServiceForWhatWasDecided() {
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_ARGS", "K8S_POD_NAMESPACE=plant;K8S_POD_NAME=robot");
    JsonObject config = Bench.config("1.1.0");
    config.addProperty("mtu", 1400);
    config.add("runtimeConfig", JsonParser.parseString("{\"mac\":\"02:00:5e:10:00:01\"}"));
    assertEquals(0, bench.run(environment, config).exitCode());
    PodRequest asked = bench.pods.requests.getFirst();
    assertEquals("c1.tsn0", asked.name());
    assertEquals(bench.namespace, asked.networkNamespace().orElseThrow());
    assertEquals("tsn0", asked.interfaceName());
    assertEquals(MacAddress.parse("02:00:5e:10:00:01"), asked.mac().orElseThrow());
    assertEquals(
        new PodAssignment(
            List.of("192.0.2.7/24"),
            List.of(
                new PodAssignment.Route("203.0.113.0/24", "192.0.2.1"),
                new PodAssignment.Route("198.51.100.0/24", "192.0.2.9")),
            OptionalInt.of(1400),
            Map.of("container", "c1", "network", "net", "namespace", "plant", "pod", "robot")),
        asked.assignment());
    assertEquals(
        "net",
        JsonParser.parseString(bench.addresses.lastInput)
            .getAsJsonObject()
            .get("name")
            .getAsString());
  }

  @Test
  void shouldAnswerWithBothEndsAndTheChannel() {
    JsonObject result = bench.add("1.1.0");
    assertEquals(
        "[{\"name\":\"v1-x\",\"mac\":\"02:00:00:00:ff:01\"},"
            + "{\"name\":\"tsn0\",\"mac\":\"02:00:00:00:00:01\",\"mtu\":1450,\"socketPath\":\""
            + directory
            + "/pods/c1.tsn0/app.sock\",\"sandbox\":\""
            + bench.namespace
            + "\"}]",
        result.get("interfaces").toString());
    assertEquals(
        "[{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\",\"interface\":1}]",
        result.get("ips").toString());
    assertEquals("{\"nameservers\":[\"192.0.2.53\"]}", result.get("dns").toString());
  }

  @Test
  void shouldAddToTheResultOfThePluginsBefore() {
    JsonObject config = Bench.config("1.0.0");
    config.addProperty("interface", "tsn0");
    config.add(
        "prevResult",
        JsonParser.parseString(
            "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"br0\"},"
                + "{\"name\":\"eth0\",\"sandbox\":\"/ns\"}],"
                + "\"ips\":[{\"address\":\"198.51.100.2/24\",\"interface\":1}],"
                + "\"routes\":[{\"dst\":\"0.0.0.0/0\"}],\"dns\":{\"domain\":\"example.org\"}}"));
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_IFNAME", "eth0");
    CniHandler.Reply reply = bench.run(environment, config);
    assertEquals(0, reply.exitCode(), reply.output());
    JsonObject result = JsonParser.parseString(reply.output()).getAsJsonObject();
    JsonArray interfaces = result.getAsJsonArray("interfaces");
    assertEquals(4, interfaces.size());
    assertEquals("tsn0", interfaces.get(3).getAsJsonObject().get("name").getAsString());
    assertEquals(
        "[{\"address\":\"198.51.100.2/24\",\"interface\":1},"
            + "{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\",\"interface\":3}]",
        result.get("ips").toString());
    assertEquals(3, result.getAsJsonArray("routes").size());
    assertEquals("{\"domain\":\"example.org\"}", result.get("dns").toString());
    assertEquals("c1.eth0", bench.pods.attached.keySet().iterator().next());
    environment.put("CNI_COMMAND", "CHECK");
    config.add("prevResult", result);
    assertEquals(0, bench.run(environment, config).exitCode());
  }

  @ParameterizedTest
  @CsvSource({
    "'', c1.tsn0",
    "K8S_POD_NAME=robot, robot_tsn0",
    "K8S_POD_NAMESPACE=plant;K8S_POD_NAME=robot, plant_robot_tsn0",
    "K8S_POD_NAMESPACE=../x;K8S_POD_NAME=a/b, x_a-b_tsn0",
  })
  void shouldWriteCdiSpecificationUnderNameThatIsKnownBefore(String arguments, String device)
      throws IOException {
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_ARGS", arguments);
    assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
    Path file = directory.resolve("cdi/ktsn.org-tsn_" + device + ".json");
    assertEquals(
        "{\"cdiVersion\":\"0.5.0\",\"kind\":\"ktsn.org/tsn\",\"devices\":[{\"name\":\""
            + device
            + "\",\"containerEdits\":{\"mounts\":["
            + "{\"hostPath\":\"/usr/lib/ktsn\",\"containerPath\":\"/opt/ktsn\",\"options\":[\"ro\",\"rbind\",\"nosuid\",\"nodev\"]},"
            + "{\"hostPath\":\""
            + directory
            + "/pods/c1.tsn0\",\"containerPath\":\"/run/ktsn\",\"options\":[\"ro\",\"rbind\",\"nosuid\",\"nodev\"]}],\"hooks\":[{\"hookName\":\"createContainer\",\"path\":\"/usr/lib/ktsn/ktsn-preload\",\"args\":[\"ktsn-preload\",\"/opt/ktsn/libktsn.so\"],\"timeout\":10}]}}]}\n",
        Files.readString(file));
  }

  @Test
  void shouldLeaveDeviceToTheSandboxThatReplacedThisOne() throws IOException {
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_ARGS", "K8S_POD_NAME=robot");
    bench.run(environment, Bench.config("1.1.0"));
    environment.put("CNI_CONTAINERID", "c2");
    bench.run(environment, Bench.config("1.1.0"));
    bench.run(bench.environment("DEL"), Bench.config("1.1.0"));
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
    assertTrue(
        Files.readString(directory.resolve("cdi/ktsn.org-tsn_robot_tsn0.json"))
            .contains("c2.tsn0"));
  }

  @Test
  void shouldNamePodsInErrorsAsKubernetesDoes() {
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_ARGS", "K8S_POD_NAMESPACE=plant;K8S_POD_NAME=want");
    bench.pods.noRoom = "pod 'c1.tsn0' asks for an idle slope of 5 bit/s, and the port's 4 leave 0";
    CniHandler.Reply refused = bench.run(environment, Bench.config("1.1.0"));
    assertTrue(refused.output().contains("pod 'plant/want' asks"), refused.output());
    bench.pods.noRoom = "";
    assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
    CniHandler.Reply again = bench.run(environment, Bench.config("1.1.0"));
    assertTrue(again.output().contains("pod 'plant/want' has the interface"), again.output());
  }

  @Test
  void shouldNamePodsSoThatTheyAreTold() {
    Map<String, String> environment = bench.environment("ADD");
    String first = "0123456789ab".repeat(5) + "0123";
    for (String container : List.of(first, first.replace("0123456789ab0", "0123456789ab1"))) {
      environment.put("CNI_CONTAINERID", container);
      assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
    }
    // What would be one name if it were put together only.
    environment.put("CNI_CONTAINERID", "a.b");
    environment.put("CNI_IFNAME", "c");
    assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
    environment.put("CNI_CONTAINERID", "a");
    environment.put("CNI_IFNAME", "b.c");
    assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
    List<String> names = List.copyOf(bench.pods.attached.keySet());
    assertEquals(4, names.size());
    assertTrue(names.getFirst().matches("0123456789ab-[0-9a-f]{16}\\.tsn0"), names.getFirst());
    assertTrue(names.contains("a.b.c"));
  }

  @Test
  void shouldLeavePodByHandOfTheSameNameAlone() throws IOException {
    Pod byHand =
        bench.pods.attach(
            new PodRequest(
                "c1.tsn0",
                Optional.of(bench.namespace),
                "tsn0",
                Optional.empty(),
                Optional.empty()));
    assertEquals(1, bench.run(bench.environment("ADD"), Bench.config("1.1.0")).exitCode());
    assertEquals(0, bench.run(bench.environment("DEL"), Bench.config("1.1.0")).exitCode());
    assertEquals(List.of(byHand), bench.pods.pods());
    assertEquals("1 pods, 0 records, 0 devices, 0 addresses", bench.left());
  }

  @Test
  void shouldSweepDeviceOfPodThatWasDetachedByHand() throws IOException {
    bench.add("1.1.0");
    Files.writeString(directory.resolve("cdi/ktsn.org-tsn_others.json"), "{\"hostPath\":\"/x\"}");
    bench.pods.detach("c1.tsn0");
    assertEquals(0, bench.run(bench.environment("DEL"), Bench.config("1.1.0")).exitCode());
    assertEquals("0 pods, 0 records, 1 devices, 0 addresses", bench.left());
  }

  @Test
  void shouldWriteDeviceAgainThatARebootTook() throws IOException {
    bench.add("1.1.0");
    Files.delete(directory.resolve("cdi/ktsn.org-tsn_c1.tsn0.json"));
    bench.restart();
    bench.attachments.recover();
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
  }

  @Test
  void shouldKeepAddressesOfPodThatIsGoneForTheRuntimeToRelease() throws IOException {
    bench.add("1.1.0");
    bench.pods.detach("c1.tsn0");
    bench.restart();
    bench.attachments.recover();
    assertEquals("0 pods, 1 records, 0 devices, 1 addresses", bench.left());
    JsonObject config = Bench.config("1.1.0");
    config.add("cni.dev/valid-attachments", new JsonArray());
    assertEquals(0, bench.run(bench.environment("GC"), config).exitCode());
    assertEquals(NOTHING, bench.left());
  }

  @Test
  void shouldAttachAgainWhereThePodIsGoneThoughNobodyAskedForDel() throws IOException {
    bench.add("1.1.0");
    bench.pods.detach("c1.tsn0");
    bench.add("1.1.0");
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
  }

  /** Kills KTSNd at each of its steps: before and after the address manager, the pod service. */
  @ParameterizedTest
  @ValueSource(strings = {"addresses", "attach", "attached"})
  void shouldTakeDownWhatWasNeverCompleted(String where) throws IOException {
    switch (where) {
      case "addresses" -> bench.addresses.before = CniHandlerTest::kill;
      case "attach" -> bench.pods.beforeAttach = CniHandlerTest::kill;
      // The CDI specification can't be written in a file's place; then KTSNd is killed in the undo.
      default -> {
        Files.createFile(directory.resolve("cdi"));
        bench.pods.beforeDetach = CniHandlerTest::kill;
      }
    }
    assertThrows(Killed.class, () -> bench.run(bench.environment("ADD"), Bench.config("1.1.0")));
    Files.deleteIfExists(directory.resolve("cdi"));
    revive();
    assertEquals(NOTHING, bench.left());
    bench.add("1.1.0");
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
  }

  @ParameterizedTest
  @ValueSource(strings = {"addresses", "detach"})
  void shouldCompleteDelThatWasCutShort(String where) throws IOException {
    bench.add("1.1.0");
    if (where.equals("addresses")) {
      bench.addresses.before = CniHandlerTest::kill;
    } else {
      bench.pods.beforeDetach = CniHandlerTest::kill;
    }
    assertThrows(Killed.class, () -> bench.run(bench.environment("DEL"), Bench.config("1.1.0")));
    revive();
    assertEquals(NOTHING, bench.left());
  }

  @Test
  void shouldRemoveWhatWasBegunToBeWrittenOnly() throws IOException {
    bench.add("1.1.0");
    Files.writeString(directory.resolve("state/.c2.tsn0.json.draft"), "{\"version\"");
    Path ours = directory.resolve("cdi/.ktsn.org-tsn_c2.json.draft");
    Path empty = directory.resolve("cdi/.ktsn.org-tsn_c3.json.draft");
    Path others = directory.resolve("cdi/.ktsn.org-tsn_c4.json.draft");
    Files.writeString(ours, "{\"hostPath\":\"" + directory + "/pods/c2.tsn0\"");
    Files.writeString(empty, "");
    Files.writeString(others, "{\"hostPath\":\"/run/other/pods/c2.tsn0\"");
    bench.restart();
    assertTrue(Files.notExists(directory.resolve("state/.c2.tsn0.json.draft")));
    assertTrue(Files.notExists(ours));
    assertTrue(Files.notExists(empty));
    assertTrue(Files.exists(others));
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
  }

  private static void kill() {
    throw new Killed();
  }

  private void revive() {
    bench.addresses.before = () -> {};
    bench.pods.beforeAttach = () -> {};
    bench.pods.beforeDetach = () -> {};
    bench.restart();
    bench.attachments.recover();
    bench.leftovers.look(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"version\":2}", "{\"version\":1}"})
  void shouldSetRecordAsideThatMakesNoSense(String text) throws IOException {
    bench.add("1.1.0");
    Files.writeString(directory.resolve("state/bad.json"), text);
    bench.restart();
    assertEquals(1, bench.attachments.store().all().size());
    assertTrue(Files.exists(directory.resolve("state/bad.json.bad")));
  }

  @Test
  void shouldLeaveNothingAfterManyAtOnce() throws Exception {
    try (ExecutorService runtimes = Executors.newFixedThreadPool(8)) {
      List<Future<?>> running = new ArrayList<>();
      for (int runtime = 0; runtime < 8; runtime++) {
        int number = runtime;
        running.add(
            runtimes.submit(
                () -> {
                  for (int round = 0; round < 25; round++) {
                    // Two runtimes share each container, so that they meet.
                    Map<String, String> environment = bench.environment("ADD");
                    environment.put("CNI_CONTAINERID", "c" + number / 2 + "-" + round);
                    bench.run(environment, Bench.config("1.1.0"));
                    environment.put("CNI_COMMAND", "DEL");
                    assertEquals(0, bench.run(environment, Bench.config("1.1.0")).exitCode());
                  }
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    assertEquals(NOTHING, bench.left());
    try (Stream<Path> files = Files.list(directory.resolve("state"))) {
      assertEquals(List.of(), files.toList());
    }
  }
}
