package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.ControlClient;

/** The PTP monitor inside the daemon, configured and asked as a user does it. */
@ExtendWith(Node.class)
final class PtpSystemTest {
  private static final String NAMESPACE = Node.INSTANCE + "-ptp";
  private static final Path CONFIGURATION = Node.RUN.resolve("etc/org.ktsn.clock.ptp.cfg");

  @TempDir Path directory;

  @AfterEach
  void forget() throws IOException {
    Files.deleteIfExists(CONFIGURATION);
    if (Files.exists(Path.of("/run/netns", NAMESPACE))) {
      Command.start(Map.of(), List.of("ip", "netns", "del", NAMESPACE)).end(10).expect(0);
    }
  }

  /** A configuration makes another monitor, and the command is away for a moment. */
  private static JsonObject ptp() {
    AtomicReference<ControlClient.Reply> reply = new AtomicReference<>();
    Node.await(
        "ktsn:ptp answers",
        10,
        () -> {
          reply.set(Node.node().ask("ktsn:ptp --json"));
          return reply.get().status() == 0;
        });
    return JsonParser.parseString(reply.get().output()).getAsJsonObject();
  }

  private static String state() {
    return ptp().get("state").getAsString();
  }

  private static List<String> transitions() {
    List<String> states = new ArrayList<>();
    for (JsonElement transition : ptp().get("transitions").getAsJsonArray()) {
      states.add(transition.getAsJsonObject().get("to").getAsString());
    }
    return states;
  }

  private static void configure(String text) throws IOException {
    Files.createDirectories(CONFIGURATION.getParent());
    Path file = Files.writeString(CONFIGURATION.resolveSibling("ptp.new"), text);
    Files.move(file, CONFIGURATION, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void ip(String... words) {
    List<String> all = new ArrayList<>(List.of("ip"));
    all.addAll(List.of(words));
    Command.start(Map.of(), all).end(10).expect(0);
  }

  /** Linuxptp has a second socket from version 4 on, else in a place that is the same for all. */
  static String readOnlySocket(Path socket) {
    int known =
        Command.start(Map.of(), List.of("ptp4l", "--uds_ro_address=" + socket, "-v"))
            .end(10)
            .process()
            .exitValue();
    return known == 0 ? "uds_ro_address " + socket : "";
  }

  private Command ptp4l(Path socket) throws IOException {
    ip("netns", "add", NAMESPACE);
    ip("-n", NAMESPACE, "link", "add", "ptp0", "type", "veth", "peer", "name", "ptp1");
    ip("-n", NAMESPACE, "link", "set", "ptp0", "up");
    ip("-n", NAMESPACE, "link", "set", "ptp1", "up");
    Path file =
        Files.writeString(
            directory.resolve("ptp4l.cfg"),
            """
            [global]
            free_running 1
            time_stamping software
            network_transport L2
            logAnnounceInterval -3
            announceReceiptTimeout 3
            domainNumber 7
            uds_address %s
            %s
            """
                .formatted(socket, readOnlySocket(directory.resolve("ptp4l.ro.sock"))));
    return Command.start(
        Map.of(),
        List.of(
            "ip", "netns", "exec", NAMESPACE, "ptp4l", "-f", file.toString(), "-i", "ptp0", "-m"));
  }

  @Test
  void shouldCountOnTheLocalClockIfToldThatThereIsNoPtp4l() throws IOException {
    configure("instances = none\n");
    Node.await("the configuration is taken up", 15, () -> state().equals("local"));
    JsonObject ptp = ptp();
    assertEquals("local_clock", reason(ptp));
    assertEquals(0, ptp.get("instances").getAsJsonArray().size());
    String text = Node.node().shell("ktsn:ptp");
    assertTrue(text.contains("no ptp4l runs here"), text);
    assertTrue(Node.node().shell("ktsn:help").contains("ktsn:ptp [--json]"));
    Node.node().ktsn(30, "shell", "ktsn:health").expect(0);
  }

  @Test
  void shouldShowWhatPtp4lSaysAndFollowItsDeath() throws IOException {
    Path socket = directory.resolve("ptp4l.sock");
    try (Command daemon = ptp4l(socket)) {
      configure("instances = here socket=" + socket + " role=any\n");
      Node.await(
          "the wrong domain is explained", 20, () -> reason(ptp()).equals("ptp4l_elsewhere"));
      String text = Node.node().shell("ktsn:ptp");
      assertTrue(text.contains("set domain=7 for instance here"), text);
      configure(
          "instances = here socket="
              + socket
              + " role=any domain=7\nsync.loss.ms = 500\nholdover.limit.s = 2\n");
      Node.await("synchronised", 20, () -> state().equals("synchronised"));
      JsonObject instance = ptp().get("instances").getAsJsonArray().get(0).getAsJsonObject();
      assertTrue(
          instance.get("observation").getAsJsonObject().get("is_grandmaster").getAsBoolean());
      assertTrue(daemon.process().isAlive(), daemon.text());
    }
    Node.await("free-running", 20, () -> state().equals("free-running"));
    List<String> states = transitions();
    assertEquals(
        List.of("holdover", "free-running"),
        states.subList(states.size() - 2, states.size()),
        states.toString());
  }

  private static String reason(JsonObject ptp) {
    return ptp.get("reasons").getAsJsonArray().get(0).getAsJsonObject().get("code").getAsString();
  }
}
