package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frames flow from the shared node to another host while the switch is killed and KTSNd is
 * restarted: they flow again whenever the part is back, and everything is then as it was.
 */
@ExtendWith(Node.class)
final class OverlayRecoverySystemTest {
  private static final int PORT = 6_721;
  private static final int FRAMES = 240_000;
  private static final int AGAIN = 300;
  private static final Pattern RECEIVED = Pattern.compile("received (\\d+) ");

  private final Node node = Node.node();
  @TempDir private Path directory;
  private FarHost far;

  @BeforeEach
  void begin() {
    far =
        new FarHost(
            node,
            List.of(
                node.json("ktsn:pods alice --json").getAsJsonObject().get("mac").getAsString()));
  }

  @AfterEach
  void end() {
    if (far != null) {
      far.close();
    }
  }

  @Test
  void shouldCarryFramesAgainWheneverTheSwitchOrKtsndIsBack() throws IOException {
    Node.await("all is programmed", 20, () -> differences().isEmpty());
    Set<String> programmed = programmed();
    String endpoint = FarHost.POD + ":" + PORT;
    try (Command listener =
            node.listen(
                "farpod",
                endpoint,
                directory.resolve("arrivals"),
                "--progress",
                "--quiet-ms",
                "600000",
                "--frames",
                Integer.toString(FRAMES));
        Command talker =
            node.talk("alice", endpoint, FRAMES, "--priority", "6", "--lead-ns", "500000000")) {
      awaitMore(listener, "at first");
      killSwitch();
      awaitMore(listener, "after the switch was killed");
      node.ktsn(120, "restart").expect(0);
      awaitMore(listener, "after KTSNd was restarted");
      killSwitch();
      awaitMore(listener, "after the switch was killed again");
      assertTrue(talker.process().isAlive(), talker.text());
    }
    Node.await("all is programmed again", 20, () -> differences().isEmpty());
    assertEquals(programmed, programmed(), "nothing more than before, and nothing less");
    Node.await(
        "the counters tell of frames to the other host",
        20,
        () -> remotePod().get("sent_frames").getAsLong() > 0);
  }

  private void killSwitch() throws IOException {
    ProcessHandle daemon =
        ProcessHandle.of(
                Long.parseLong(Files.readString(Node.RUN.resolve("ovs/ovs-vswitchd.pid")).strip()))
            .orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().join();
    node.ktsn(60, "up").expect(0);
    FarHost.configureUnderlay();
  }

  /** Launched frames arrive, more of them than were under way. */
  private void awaitMore(Command listener, String when) {
    long sent = SteadyTraffic.sentBy(node.stats());
    Node.await(
        "KTSNd launches " + when, 30, () -> SteadyTraffic.sentBy(node.stats()) > sent + AGAIN);
    long before = received(listener);
    Node.await("frames flow " + when, 30, () -> received(listener) > before + AGAIN);
  }

  private static long received(Command listener) {
    long received = 0;
    for (Matcher count = RECEIVED.matcher(listener.out()); count.find(); ) {
      received = Long.parseLong(count.group(1));
    }
    return received;
  }

  private JsonObject switched() {
    return node.json("ktsn:ovs --json").getAsJsonObject();
  }

  private List<String> differences() {
    var reply = node.ask("ktsn:ovs --json");
    return reply.status() == 0
        ? JsonParser.parseString(reply.output())
            .getAsJsonObject()
            .getAsJsonArray("differences")
            .asList()
            .stream()
            .map(JsonElement::getAsString)
            .toList()
        : List.of(reply.error());
  }

  private JsonObject remotePod() {
    return switched().getAsJsonArray("remote_pods").get(0).getAsJsonObject();
  }

  /** How many rules of the overlay there are, each once, and which ports. */
  private static Set<String> programmed() {
    Set<String> rules = new TreeSet<>();
    Matcher cookie = Pattern.compile("cookie=(0x4b56[0-9a-f]+)").matcher(FarHost.rules());
    while (cookie.find()) {
      assertTrue(rules.add(cookie.group(1)), "a rule twice: " + cookie.group(1));
    }
    Set<String> all =
        new TreeSet<>(
            FarHost.run(
                    "ovs-vsctl --timeout=10 --db=unix:"
                        + Node.RUN.resolve("ovs/db.sock")
                        + " list-ports br-"
                        + Node.INSTANCE)
                .lines()
                .toList());
    all.add(rules.size() + " rules");
    return all;
  }
}
