package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shared node finds another host by what that announces at a real broker: from then on frames
 * reach its pod, and none any more when it has left.
 */
@ExtendWith(Node.class)
final class AnnouncedNodesSystemTest {
  private static final String NODE = "itest";
  private static final String TOPICS = "ktsn/v1/announced/";
  private static final int FRAMES = 200;
  private static final int PORT = 6_711;
  private static final Path CONFIGURATION = Node.RUN.resolve("etc/org.ktsn.schedule.mqtt.cfg");

  @TempDir private static Path folder;
  private static Node node;
  private static Command broker;
  private static int port;
  private static FarHost far;

  @BeforeAll
  static void begin() throws IOException {
    node = Node.node();
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path configuration =
        Files.writeString(
            folder.resolve("mosquitto.conf"),
            "user root\nallow_anonymous true\nlistener " + port + " 127.0.0.1\n");
    broker = Command.start(Map.of(), List.of("mosquitto", "-c", configuration.toString()));
    Files.writeString(
        CONFIGURATION,
        "brokers = mqtt://127.0.0.1:"
            + port
            + "\nnetwork = announced\nnode = "
            + NODE
            + "\nbackoff.min.ms = 50\nbackoff.max.ms = 500\nstatistics.interval.s = 0\n");
    Node.await("the link is connected", 20, () -> link().equals("connected"));
    far = FarHost.unknown(node, List.of(mac("alice"), mac("bob")));
  }

  @AfterAll
  static void end() throws IOException {
    try {
      if (far != null) {
        far.close();
      }
      Files.deleteIfExists(CONFIGURATION);
      Node.await("the link is off", 20, () -> link().equals("off"));
    } finally {
      broker.close();
    }
  }

  /** The command goes and comes with the component that a new configuration makes. */
  private static String link() {
    var reply = Node.node().ask("ktsn:mqtt --json");
    return reply.status() == 0
        ? JsonParser.parseString(reply.output()).getAsJsonObject().get("state").getAsString()
        : "";
  }

  private static String mac(String pod) {
    return node.json("ktsn:pods " + pod + " --json").getAsJsonObject().get("mac").getAsString();
  }

  private static void publish(String name, String text) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "mosquitto_pub",
                "-V",
                "5",
                "-q",
                "1",
                "-r",
                "-p",
                Integer.toString(port),
                "-t",
                TOPICS + name + "/overlay"));
    command.addAll(text.isEmpty() ? List.of("-n") : List.of("-m", text));
    Command.start(Map.of(), command).end(10).expect(0);
  }

  private static JsonObject announced(String name) {
    String text =
        Command.start(
                Map.of(),
                List.of(
                    "mosquitto_sub",
                    "-V",
                    "5",
                    "-C",
                    "1",
                    "-W",
                    "20",
                    "-p",
                    Integer.toString(port),
                    "-t",
                    TOPICS + name + "/overlay"))
            .end(30)
            .expect(0)
            .out();
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static String farSays(int vni) {
    return """
        {"id":"far","tunnel":"%s","networks":[{"name":"pods","vni":%d,"subnets":["10.77.0.0/16"],
         "pods":[{"name":"farpod","mac":"%s","addresses":["%s"]}]}]}"""
        .formatted(FarHost.FAR, vni, FarHost.POD_MAC, FarHost.POD);
  }

  private static JsonArray nodes() {
    return node.json("ktsn:nodes --json").getAsJsonArray();
  }

  private static String refusals() {
    return node.json("ktsn:networks --json").getAsJsonObject().get("refusals").toString();
  }

  @Test
  void shouldReachThePodsOfANodeFromItsAnnouncementUntilItLeaves() throws IOException {
    JsonObject own = announced(NODE);
    assertEquals(FarHost.NEAR, own.get("tunnel").getAsString());
    assertTrue(own.toString().contains(mac("alice")), own.toString());
    assertEquals(0, nodes().size());
    assertFalse(FarHost.rules().contains(FarHost.POD_MAC));

    publish("far", farSays(FarHost.VNI));
    Node.await("the rules for its pod", 20, () -> FarHost.rules().contains(FarHost.POD_MAC));
    assertEquals("announced", nodes().get(0).getAsJsonObject().get("state").getAsString());
    Path arrivals = folder.resolve("arrivals");
    String endpoint = FarHost.POD + ":" + PORT;
    try (Command listener =
        node.listen("farpod", endpoint, arrivals, "--frames", Integer.toString(FRAMES))) {
      node.talk("alice", endpoint, FRAMES, "--priority", "6", "--lead-ns", "1000000000")
          .end(20)
          .expect(0);
      listener.end(20).expect(0);
    }
    assertEquals(
        IntStream.range(0, FRAMES).boxed().toList(),
        Arrivals.read(arrivals).all().stream().map(Arrivals.Arrival::sequence).toList());

    publish("thief", farSays(FarHost.VNI).replace(FarHost.FAR, "198.18.9.77"));
    Node.await(
        "the refusal",
        20,
        () -> refusals().contains("pod 'farpod' of node thief claims " + FarHost.POD_MAC));
    publish("thief", "");
    publish("far", "nonsense");
    Node.await("the other refusal", 20, () -> refusals().contains(TOPICS + "far/overlay"));
    assertTrue(FarHost.rules().contains(FarHost.POD_MAC), "what it said before stays in force");

    publish("far", "");
    Node.await("the end of the rules", 20, () -> !FarHost.rules().contains(FarHost.POD_MAC));
    assertEquals(0, nodes().size());
    assertEquals("[]", refusals());
  }
}
