package org.ktsn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.schedule.SimulatedNode;
import org.ktsn.cli.testbed.TestBroker;
import picocli.CommandLine;

/** The controller's command line against a real broker and nodes without a data plane. */
class ScheduleOverMqttSystemTest {
  @TempDir private Path folder;
  private TestBroker broker;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private Path schedule;

  private record Outcome(int code, String out, String err) {
    JsonObject json() {
      return JsonParser.parseString(out).getAsJsonObject();
    }
  }

  @BeforeEach
  void start() throws IOException {
    broker = new TestBroker(Files.createDirectory(folder.resolve("broker")));
    for (String name : List.of("n1", "n2", "n3")) {
      nodes.add(new SimulatedNode(name, broker.address()));
    }
    await("all are connected", () -> nodes.stream().allMatch(SimulatedNode::isConnected));
    schedule = write("schedule.txt", "T 200us 7; B 800us 0-6\n");
  }

  @AfterEach
  void stop() {
    nodes.forEach(SimulatedNode::close);
    broker.close();
  }

  private static void await(String what, BooleanSupplier condition) {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < endNs, "not in time: " + what);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Outcome ktsn(String... words) {
    CommandLine line = Main.commandLine();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    List<String> all = new ArrayList<>(List.of("schedule"));
    all.addAll(List.of(words));
    if (!all.contains("--broker")) {
      all.addAll(List.of("--broker", broker.address()));
    }
    all.addAll(List.of("--network", SimulatedNode.NETWORK, "--timeout", "5"));
    int code = line.execute(all.toArray(String[]::new));
    return new Outcome(code, out.toString(), err.toString());
  }

  @Test
  void shouldPushToManyNodesUntilAllAreOperational() {
    Outcome pushed = ktsn("push", schedule.toString(), "--all", "--json");
    assertEquals(0, pushed.code(), pushed.err());
    assertEquals(3, pushed.json().getAsJsonArray("nodes").size());
    for (JsonElement node : pushed.json().getAsJsonArray("nodes")) {
      JsonObject one = node.getAsJsonObject();
      assertEquals("operational", one.get("state").getAsString());
      assertTrue(one.get("accepted_ms").getAsDouble() > 0);
      assertTrue(one.get("operational_ms").getAsDouble() >= one.get("accepted_ms").getAsDouble());
    }
    nodes.forEach(node -> assertEquals(1, node.changes()));
  }

  @Test
  void shouldShowProgressInWordsAndWaitForABaseTimeAhead() throws IOException {
    long baseUs = SimulatedNode.nowNs() / 1_000 + 400_000;
    Path later = write("later.txt", "base=" + baseUs + "us T 200us 7; B 800us 0-6");
    Outcome pushed = ktsn("push", later.toString(), "--node", "n1");
    assertEquals(0, pushed.code(), pushed.err());
    assertTrue(pushed.out().contains("n1  operational  accepted after"), pushed.out());
    Outcome accepted =
        ktsn("push", schedule.toString(), "--node", "n1,n2", "--until", "accepted", "--json");
    assertEquals(0, accepted.code(), accepted.err());
  }

  @Test
  void shouldFailWithTheNodesReasonIfItRefuses() {
    assertEquals(0, ktsn("push", schedule.toString(), "--node", "n1", "--version", "7").code());
    Outcome older = ktsn("push", schedule.toString(), "--node", "n1", "--version", "6");
    assertEquals(3, older.code());
    assertTrue(older.out().contains("/version: is 6; the node has version 7"), older.out());
  }

  @Test
  void shouldTellApartWhatIsWrongByItsExitCode() throws IOException {
    Path wrong = write("wrong.txt", "T 200us 9");
    assertEquals(3, ktsn("push", wrong.toString(), "--node", "n1").code());
    Outcome unreached = ktsn("get", "n1", "--broker", "mqtt://127.0.0.1:1");
    assertEquals(1, unreached.code());
    assertTrue(unreached.err().contains("no connection to the broker"), unreached.err());
    assertTrue(unreached.err().contains("Connection refused"), unreached.err());
    Outcome away = ktsn("push", schedule.toString(), "--node", "n9");
    assertEquals(4, away.code());
    assertTrue(away.out().contains("n9  sent"), away.out());
  }

  @Test
  void shouldGetWhatCanBePushedAgainAndShowDifferences() throws IOException {
    ktsn("push", schedule.toString(), "--node", "n1");
    await("it is reported", () -> ktsn("diff", schedule.toString(), "n1").code() == 0);
    Outcome got = ktsn("get", "n1");
    Path again = write("again.json", got.out());
    assertEquals(0, ktsn("diff", again.toString(), "n1").code());
    Path other = write("other.txt", "T 300us 7; B 700us 0-6");
    Outcome differs = ktsn("diff", other.toString(), "n1");
    assertEquals(3, differs.code());
    assertTrue(
        differs.out().startsWith("/admin-control-list/gate-control-entry/0: file {"),
        differs.out());
    assertTrue(differs.out().contains("\"time-interval-value\":300000"), differs.out());
  }

  @Test
  void shouldValidateHereAndAtANode() throws IOException {
    assertEquals("valid", ktsn("validate", schedule.toString()).out().strip());
    Path wrong = write("wrong.json", "{\"gate-enabled\":1,\"admin-gate-states\":300}");
    Outcome here = ktsn("validate", wrong.toString(), "--json");
    assertEquals(3, here.code());
    assertEquals(2, here.json().getAsJsonArray("problems").size());
    assertEquals(0, ktsn("validate", schedule.toString(), "--node", "n1").code());
    Path settings = write("settings.json", "{\"shaper\":\"nobody\"}");
    Outcome there =
        ktsn("validate", schedule.toString(), "--node", "n1", "--settings", settings.toString());
    assertEquals(3, there.code());
    assertTrue(
        there.out().contains("/settings/shaper: is 'nobody'; the node has cbs, tas"), there.out());
    assertEquals(0, nodes.getFirst().changes());
  }

  @Test
  void shouldSendSettingsWithTheSchedule() throws IOException {
    Path settings =
        write("settings.json", "{\"shaper\":\"cbs\",\"rate-bits-per-second\":\"100000000\"}");
    Outcome pushed =
        ktsn("push", schedule.toString(), "--node", "n1", "--settings", settings.toString());
    assertEquals(0, pushed.code(), pushed.err() + pushed.out());
    assertEquals("cbs", nodes.getFirst().settings().getLast().shaper().orElseThrow());
  }

  @Test
  void shouldWatchWhatHappens() {
    StringBuilder seen = new StringBuilder();
    Thread watcher =
        Thread.ofVirtual().start(() -> seen.append(ktsn("watch", "n1", "--for", "2").out()));
    ktsn("push", schedule.toString(), "--node", "n1");
    await("it ends", () -> !watcher.isAlive());
    assertTrue(seen.toString().contains("  n1  status  {\"state\":\"online\""), seen.toString());
    assertTrue(seen.toString().contains("\"state\":\"operational\""), seen.toString());
  }

  @Test
  void shouldBeControlledByTheDocumentedShellScript() throws Exception {
    Path yang = write("schedule.json", "{\"gate-enabled\":true,\"admin-gate-states\":1}");
    assertEquals(0, controller(yang), controllerOutput());
    assertTrue(controllerOutput().contains("\"answer\":\"accepted\""), controllerOutput());
    assertTrue(controllerOutput().contains("\"answer\":\"operational\""), controllerOutput());
    Path wrong = write("wrong.json", "{\"gate-enabled\":1}");
    assertEquals(1, controller(wrong), controllerOutput());
    assertTrue(controllerOutput().contains("/schedule/gate-enabled"), controllerOutput());
  }

  private int controller(Path file) throws Exception {
    Path script = Path.of(System.getProperty("ktsn.root"), "docs/mosquitto/controller.sh");
    ProcessBuilder builder =
        new ProcessBuilder(
                "sh",
                script.toString(),
                "n1",
                file.toString(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(broker.port()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("controller.log").toFile());
    builder.environment().put("KTSN_NETWORK", SimulatedNode.NETWORK);
    Process process = builder.start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the script does not end");
    return process.exitValue();
  }

  private String controllerOutput() {
    try {
      return Files.readString(folder.resolve("controller.log"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
