package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** A controller tells the real node through a real broker what to police. */
@ExtendWith(Node.class)
class PolicingOverMqttSystemTest {
  private static final String NODE = "itest";
  private static final String TOPICS = "ktsn/v1/lab/";
  private static final Path CONFIGURATION = Node.RUN.resolve("etc/org.ktsn.schedule.mqtt.cfg");

  @TempDir private static Path folder;
  private static int port;
  private static Command broker;
  private static long version = System.currentTimeMillis();

  @BeforeAll
  static void start() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path configuration =
        Files.writeString(
            folder.resolve("mosquitto.conf"),
            "user root\nallow_anonymous true\npersistence true\npersistence_location "
                + folder
                + "/\nlistener "
                + port
                + " 127.0.0.1\n");
    startBroker(configuration);
    Files.writeString(
        CONFIGURATION,
        "brokers = mqtt://127.0.0.1:"
            + port
            + "\nnetwork = lab\nnode = "
            + NODE
            + "\nbackoff.min.ms = 50\nbackoff.max.ms = 500\nstatistics.interval.s = 0\n");
    awaitLink("connected");
  }

  @AfterAll
  static void stop() throws IOException {
    try {
      push(document("{}")).expect(0);
      Files.delete(CONFIGURATION);
      awaitLink("off");
    } finally {
      broker.close();
    }
  }

  private static void startBroker(Path configuration) {
    broker = Command.start(Map.of(), List.of("mosquitto", "-c", configuration.toString()));
  }

  private static void awaitLink(String state) {
    Node.await("the link is " + state, 20, () -> link().equals(state));
  }

  /** The command goes and comes with the component that a new configuration makes. */
  private static String link() {
    ControlClient.Reply reply = Node.node().ask("ktsn:mqtt --json");
    return reply.status() == 0
        ? JsonParser.parseString(reply.output()).getAsJsonObject().get("state").getAsString()
        : "";
  }

  private static long counted(String name) {
    JsonObject counters =
        Node.node().json("ktsn:mqtt --json").getAsJsonObject().getAsJsonObject("counters");
    return counters.has(name) ? counters.get(name).getAsLong() : 0;
  }

  private static Path document(String text) throws IOException {
    return Files.writeString(folder.resolve("streams.json"), text);
  }

  /** A gate of this number that is open, without anybody behind it. */
  private static Path gate(int number) throws IOException {
    return document(gates(number));
  }

  private static String gates(int number) {
    return "{\"stream-gates\":{\"stream-gate-instance-table\":[{\"stream-gate-instance-id\":"
        + number
        + ",\"admin-gate-states\":\"open\"}]}}";
  }

  private static Command psfp(String... words) {
    List<String> all = new ArrayList<>(List.of("psfp"));
    all.addAll(List.of(words));
    all.addAll(List.of("--broker", "mqtt://127.0.0.1:" + port, "--network", "lab"));
    return Node.node().ktsn(60, all.toArray(String[]::new));
  }

  private static Command push(Path file) {
    version++;
    return psfp("push", file.toString(), "--node", NODE, "--version", Long.toString(version));
  }

  private static boolean polices(int gate) {
    return Node.node().shell("ktsn:psfp get").contains("\"stream-gate-instance-id\": " + gate);
  }

  /** Puts a retained message where any MQTT client could. */
  private static void publish(String node, String message) {
    Command.start(
            Map.of(),
            List.of(
                "mosquitto_pub",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-V",
                "5",
                "-q",
                "1",
                "-r",
                "-t",
                TOPICS + node + "/desired/policing",
                "-m",
                message))
        .end(10)
        .expect(0);
  }

  private static String message(String id, String document) {
    version++;
    return "{\"id\":\"" + id + "\",\"version\":" + version + ",\"policing\":" + document + "}";
  }

  @Test
  void shouldBringADocumentFromTheCommandLineIntoForceAndReportIt() throws IOException {
    push(gate(11)).expect(0);
    assertTrue(polices(11));
    Command reported = psfp("get", NODE);
    reported.expect(0);
    assertTrue(reported.out().contains("\"stream-gate-instance-id\": 11"), reported.text());
  }

  @Test
  void shouldRefuseWhatIsWrongOrOldAndKeepWhatIsInForce() throws IOException {
    push(gate(21)).expect(0);
    Command wrong = push(document("{\"stream-gates\":3}"));
    wrong.expect(3);
    assertTrue(wrong.out().contains("/policing/stream-gates: is 3; give an object"), wrong.text());
    Command twice = push(document("{\"flow-meters\":{},\"flow-meters\":{}}"));
    twice.expect(3);
    assertTrue(twice.out().contains("appears twice; keep one"), twice.text());
    Command old = psfp("push", gate(22).toString(), "--node", NODE, "--version", "1");
    old.expect(3);
    assertTrue(old.out().contains("/version: is 1; the node has version"), old.text());
    assertTrue(polices(21));
  }

  @Test
  void shouldLeaveAnotherNodesMessagesToIt() throws IOException {
    push(gate(31)).expect(0);
    long before = counted("policing_operational");
    publish("other", message("other-1", gates(32)));
    publish(NODE, message("copy-1", gates(33)).replaceFirst("\\{", "{\"node\":\"lab/other\","));
    Node.await("the copy is refused", 20, () -> report().contains("is another node"));
    publish(NODE, message("own-1", gates(34)));
    Node.await("its own is in force", 20, () -> polices(34));
    assertEquals(before + 1, counted("policing_operational"));
  }

  private static String report() {
    Command report = psfp("get", NODE, "--report");
    report.expect(0);
    return report.out();
  }

  @Test
  void shouldPoliceOnWithoutABrokerAndHearOfItWhenItIsBack() throws IOException {
    push(gate(41)).expect(0);
    broker.close();
    awaitLink("connecting");
    assertTrue(polices(41));
    long before = counted("policing_operational");
    startBroker(folder.resolve("mosquitto.conf"));
    awaitLink("connected");
    publish(NODE, message("back-1", gates(42)));
    Node.await("the newer one is in force", 20, () -> polices(42));
    assertEquals(before + 1, counted("policing_operational"));
  }

  @Test
  void shouldSayThatTheShellAskedForSomethingElse() throws IOException {
    push(gate(51)).expect(0);
    Path other = Files.writeString(folder.resolve("other.json"), gates(52));
    Node.node().shell("ktsn:psfp set " + other);
    Node.await("it is superseded", 20, () -> report().contains("\"state\": \"superseded\""));
    assertTrue(polices(52));
    push(gate(53)).expect(0);
    assertTrue(polices(53));
  }

  @Test
  void shouldKnowItsMessageAfterTheBundleWasRestarted() throws IOException {
    push(gate(61)).expect(0);
    long before = counted("policing_duplicates");
    String bundle = bundle("org.ktsn.filter.psfp.mqtt");
    Node.node().shell("felix:stop " + bundle);
    assertTrue(polices(61));
    Node.node().shell("felix:start " + bundle);
    Node.await(
        "the retained message comes again and is known",
        20,
        () -> counted("policing_duplicates") > before);
    assertTrue(polices(61));
    push(gate(62)).expect(0);
    assertTrue(polices(62));
  }

  /** Returns a bundle's number: {@code felix:start} takes a name for a URL. */
  private static String bundle(String name) {
    return Node.node()
        .shell("lb -s " + name)
        .lines()
        .filter(line -> line.contains("|" + name + " ("))
        .map(line -> line.substring(0, line.indexOf('|')).strip())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldHaveTheLastGoodDocumentAfterACrashBeforeAnyBrokerAnswers() throws IOException {
    push(gate(71)).expect(0);
    broker.close();
    Command.start(Map.of(), List.of("kill", "-9", Long.toString(Node.node().ktsnd())))
        .end(10)
        .expect(0);
    Node.node().ktsn(120, "up").expect(0);
    assertTrue(polices(71));
    startBroker(folder.resolve("mosquitto.conf"));
    awaitLink("connected");
    Command old = psfp("push", gate(72).toString(), "--node", NODE, "--version", "1");
    old.expect(3);
    push(gate(73)).expect(0);
    assertTrue(polices(73));
    assertFalse(polices(71));
  }
}
