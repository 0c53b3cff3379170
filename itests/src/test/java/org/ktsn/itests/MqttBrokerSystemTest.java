package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.ControlClient;

/** A controller gives the real node schedules and settings through a real broker. */
@ExtendWith(Node.class)
class MqttBrokerSystemTest {
  private static final String NODE = "itest";
  private static final Path CONFIGURATION = Node.RUN.resolve("etc/org.ktsn.schedule.mqtt.cfg");

  @TempDir private static Path folder;
  private static int port;
  private static Command broker;

  @BeforeAll
  static void start() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    startBroker();
    Files.writeString(
        CONFIGURATION,
        "brokers = mqtt://127.0.0.1:"
            + port
            + "\nnetwork = lab\nnode = "
            + NODE
            + "\nbackoff.min.ms = 50\nbackoff.max.ms = 500\nstatistics.interval.s = 1\n");
    awaitLink("connected");
  }

  @AfterAll
  static void stop() throws IOException {
    try {
      push("open.txt", "O 1ms 0-7");
      Files.delete(CONFIGURATION);
      awaitLink("off");
    } finally {
      broker.close();
    }
  }

  private static void startBroker() {
    // without a configuration it listens on this machine's own address only
    broker = Command.start(Map.of(), List.of("mosquitto", "-p", Integer.toString(port)));
  }

  private static JsonObject link() {
    return Node.node().json("ktsn:mqtt --json").getAsJsonObject();
  }

  private static void awaitLink(String state) {
    // the command goes and comes with the component that a new configuration makes
    Node.await(
        "the link is " + state,
        20,
        () -> {
          ControlClient.Reply reply = Node.node().ask("ktsn:mqtt --json");
          return reply.status() == 0
              && JsonParser.parseString(reply.output())
                  .getAsJsonObject()
                  .get("state")
                  .getAsString()
                  .equals(state);
        });
  }

  private static Command ktsn(String... words) {
    List<String> all = new ArrayList<>(List.of("schedule"));
    all.addAll(List.of(words));
    all.addAll(List.of("--broker", "mqtt://127.0.0.1:" + port, "--network", "lab"));
    return Node.node().ktsn(60, all.toArray(String[]::new));
  }

  private static JsonObject push(String name, String schedule, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve(name), schedule);
    List<String> words =
        new ArrayList<>(List.of("push", file.toString(), "--node", NODE, "--json"));
    words.addAll(List.of(more));
    Command pushed = ktsn(words.toArray(String[]::new));
    pushed.expect(0);
    return JsonParser.parseString(pushed.out())
        .getAsJsonObject()
        .getAsJsonArray("nodes")
        .get(0)
        .getAsJsonObject();
  }

  private static JsonObject schedule() {
    return Node.node().json("ktsn:schedule --json").getAsJsonObject();
  }

  @Test
  void shouldBringAScheduleFromTheCommandLineIntoForce() throws IOException {
    JsonObject node = push("gates.txt", "T 200us 7; B 800us 0-6");
    assertEquals("operational", node.get("state").getAsString());
    assertTrue(schedule().toString().contains("200000"), schedule().toString());
    ktsn("diff", folder.resolve("gates.txt").toString(), NODE).expect(0);
  }

  @Test
  void shouldSetTheLinkAndTheShaperAndGiveThemBack() throws IOException {
    Path settings =
        Files.writeString(
            folder.resolve("settings.json"),
            """
            {"shaper":"cbs","rate-bits-per-second":"500000000",
             "pcp-to-class":[1,0,2,3,4,5,6,7],
             "idle-slope-table":[{"traffic-class":6,"admin-idle-slope":"100000000"}]}
            """);
    push("gates.txt", "T 200us 7; B 800us 0-6", "--settings", settings.toString());
    Node.await("the shaper is cbs", 20, () -> shaper().equals("cbs"));
    push("gates.txt", "T 200us 7; B 800us 0-6");
    Node.await("the shaper is tas again", 20, () -> shaper().equals("tas"));
  }

  private static String shaper() {
    return Node.node().stats().get("shaper").getAsString();
  }

  @Test
  void shouldRefuseWhatDoesNotFitAndKeepWhatRuns() throws IOException {
    push("gates.txt", "T 300us 7; B 700us 0-6");
    Path settings = Files.writeString(folder.resolve("wrong.json"), "{\"shaper\":\"nobody\"}");
    Command refused =
        ktsn(
            "push",
            folder.resolve("gates.txt").toString(),
            "--node",
            NODE,
            "--settings",
            settings.toString());
    refused.expect(3);
    assertTrue(refused.out().contains("/settings/shaper: is 'nobody'"), refused.text());
    ktsn("diff", folder.resolve("gates.txt").toString(), NODE).expect(0);
  }

  @Test
  void shouldHaveTheLastKnownGoodScheduleAfterACrashBeforeAnyBrokerAnswers() throws IOException {
    push("gates.txt", "T 250us 7; B 750us 0-6");
    JsonObject before = link().getAsJsonObject("schedule");
    broker.close();
    Command.start(Map.of(), List.of("kill", "-9", Long.toString(Node.node().ktsnd())))
        .end(10)
        .expect(0);
    Node.node().ktsn(120, "up").expect(0);
    assertTrue(schedule().toString().contains("250000"), schedule().toString());
    assertEquals("connecting", link().get("state").getAsString());
    assertEquals(
        before.get("id").getAsString(), link().getAsJsonObject("schedule").get("id").getAsString());

    startBroker();
    awaitLink("connected");
    push("gates.txt", "T 260us 7; B 740us 0-6");
    assertTrue(schedule().toString().contains("260000"), schedule().toString());
  }
}
