package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.ktsn.cli.ControlClient;

/** KTSNd has no descriptor left for a while, and has them again. */
@ExtendWith(Node.class)
final class DescriptorsSystemTest {
  private static final JsonObject STATUS =
      JsonParser.parseString(
              "{\"cniVersion\":\"1.1.0\",\"name\":\"x\",\"instance\":\"" + Node.INSTANCE + "\"}")
          .getAsJsonObject();

  private ContainerNetworks networks;

  @BeforeEach
  void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr3");
  }

  @AfterEach
  void end() {
    networks.close();
  }

  private static String limit(Node node, String... options) {
    List<String> command =
        new java.util.ArrayList<>(List.of("prlimit", "--pid", Long.toString(node.ktsnd())));
    command.addAll(List.of(options));
    Command prlimit = Command.start(Map.of(), command).end(10);
    prlimit.expect(0);
    return prlimit.out().strip();
  }

  @Test
  void shouldServeEverySocketAgainOnceThereAreDescriptors() throws Exception {
    Node node = Node.node();
    assertEquals("", status().output());
    try (ControlClient inside = ControlClient.connect(Node.RUN.resolve("control.sock"))) {
      assertEquals(0, inside.run("ktsn:health").status());
      String before = limit(node, "--nofile", "--noheadings", "--output=SOFT");
      limit(node, "--nofile=8:");
      CompletableFuture<String> shell = CompletableFuture.supplyAsync(() -> node.shell("lb"));
      CompletableFuture<ContainerNetworks.Outcome> plugin =
          CompletableFuture.supplyAsync(this::status);
      Node.await("both sockets are in trouble", 20, () -> inTrouble(inside.run("ktsn:health")));
      limit(node, "--nofile=" + before + ":");
      assertTrue(shell.get(Patience.ns(20), TimeUnit.NANOSECONDS).contains("KTSN"));
      assertEquals("", plugin.get(Patience.ns(20), TimeUnit.NANOSECONDS).output());
      assertTrue(node.shell("lb").contains("KTSN"));
      assertEquals("", status().output());
      node.attach("carol");
      node.shell("ktsn:pod-del carol");
      Node.await("all is well", 20, () -> inside.run("ktsn:health").status() == 0);
    }
  }

  @Test
  void shouldSendAProgramsDatagramsByTheKernelUntilThereAreDescriptorsForItsChannel() {
    Node node = Node.node();
    try (ControlClient inside = ControlClient.connect(Node.RUN.resolve("control.sock"));
        Capture capture = new Capture(node, "bob", "udp port 6360")) {
      String before = limit(node, "--nofile", "--noheadings", "--output=SOFT");
      long received = receivedBy(inside);
      limit(node, "--nofile=8:");
      try (Command sender = talk(node)) {
        try {
          capture.frames(500);
          assertEquals(received, receivedBy(inside), "the kernel sent them");
        } finally {
          limit(node, "--nofile=" + before + ":");
        }
        Node.await("KTSNd takes them", 20, () -> receivedBy(inside) > received + 500);
        assertTrue(sender.process().isAlive(), sender.text());
      }
      Node.await("all is well", 20, () -> inside.run("ktsn:health").status() == 0);
    }
  }

  /** At 1 kHz, for longer than is needed. */
  private static Command talk(Node node) {
    return node.exec(
        "alice",
        Node.SEND.toString(),
        "--to",
        node.bob(),
        "--port",
        "6360",
        "--count",
        "60000",
        "--interval-us",
        "1000",
        "--stamp-ms",
        "50");
  }

  private static long receivedBy(ControlClient inside) {
    ControlClient.Reply stats = inside.run("ktsn:stats --json");
    return JsonParser.parseString(stats.output()).getAsJsonObject().get("received").getAsLong();
  }

  private static boolean inTrouble(ControlClient.Reply health) {
    return health.status() == 1
        && health.output().contains("the control socket " + Node.RUN)
        && health.output().contains("the CNI socket " + Node.RUN);
  }

  private ContainerNetworks.Outcome status() {
    return networks.plugin(Map.of("CNI_COMMAND", "STATUS"), STATUS);
  }
}
