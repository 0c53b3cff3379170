package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
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
import org.ktsn.cli.ControlClient;

/**
 * Pods of an overlay with an IPv6 subnet: what programs send to IPv6 addresses arrives as it does
 * with IPv4, and what {@code mallory} claims of others' addresses arrives nowhere. The overlay is
 * without that subnet again afterwards.
 */
@ExtendWith(Node.class)
final class Ipv6SystemTest {
  private static final Path HOSTILE = Node.ROOT.resolve("itests/target/hostile-ipv6");
  private static final int SECONDS = 20;
  private static final int FRAMES = 500;
  private static final int PORT = 6_660;
  private static final int ETHERNET = 14;
  private static final int IPV6_HEADER = 40;

  private static final String ERIN = "fd77::66:1";
  private static final String FRANK = "fd77::66:2";
  private static final String MALLORY = "fd77::66:3";

  private static Node node;

  @TempDir private Path directory;

  @BeforeAll
  static void begin() {
    node = Node.node();
    Command.start(
            Map.of(),
            List.of(
                "cc",
                "-O2",
                "-D_GNU_SOURCE",
                "-I" + Node.ROOT.resolve("shim/include"),
                "-o",
                HOSTILE.toString(),
                Node.ROOT.resolve("itests/src/test/c/hostile.c").toString()))
        .end(60)
        .expect(0);
    node.shell("ktsn:config org.ktsn.pod subnet.ipv6=fd77::/64");
    attach("erin", "10.77.66.1/16,fd77::66:1/64");
    attach("frank", "10.77.66.2/16,fd77::66:2/64");
    attach("mallory", "10.77.66.3/16,fd77::66:3/64");
  }

  /** The configuration counts soon, not at once. */
  private static void attach(String name, String addresses) {
    Node.await(
        "pod " + name + " is attached",
        SECONDS,
        () -> node.ask("ktsn:pod-add " + name + " --address " + addresses).status() == 0);
  }

  @AfterAll
  static void end() {
    for (String pod : List.of("erin", "frank", "mallory")) {
      node.ask("ktsn:pod-del " + pod);
    }
    node.shell("ktsn:config org.ktsn.pod subnet.ipv6-");
    Node.await("the overlay has no IPv6 subnet", SECONDS, Ipv6SystemTest::isWithoutSubnet);
  }

  private static boolean isWithoutSubnet() {
    ControlClient.Reply reply = node.ask("ktsn:pod-add trial --address fd77::66:4/64");
    if (reply.status() == 0) {
      node.shell("ktsn:pod-del trial");
    }
    return (reply.output() + reply.error()).contains("the overlay has no subnet for that");
  }

  private static JsonObject pod(String name) {
    return node.json("ktsn:pods " + name + " --json").getAsJsonObject();
  }

  private static String mac(String pod) {
    return pod(pod).get("mac").getAsString();
  }

  private static JsonArray flows() {
    return node.json("ktsn:flows erin --json").getAsJsonArray();
  }

  private static JsonObject flow(int port) {
    for (JsonElement element : flows()) {
      JsonObject flow = element.getAsJsonObject();
      if (flow.has("destination_port") && flow.get("destination_port").getAsInt() == port) {
        return flow;
      }
    }
    throw new IllegalStateException("there is no flow to port " + port + ": " + flows());
  }

  private static String endpoint(int port) {
    return "[" + FRANK + "]:" + port;
  }

  /** Sends from erin to frank at 1 kHz; returns what frank's listener wrote down. */
  private Arrivals talk(int port, String mode) throws IOException {
    Path arrivals = directory.resolve("arrivals");
    try (Command listener =
        node.listen("frank", endpoint(port), arrivals, "--frames", Integer.toString(FRAMES))) {
      node.talk(
              "erin",
              endpoint(port),
              FRAMES,
              "--priority",
              "6",
              "--lead-ns",
              "300000000",
              "--fifo",
              "10",
              "--mode",
              mode)
          .end(30)
          .expect(0);
      listener.end(30).expect(0);
    }
    Arrivals all = Arrivals.read(arrivals);
    assertEquals(
        IntStream.range(0, FRAMES).boxed().toList(),
        all.all().stream().map(Arrivals.Arrival::sequence).toList(),
        "whole and in order");
    return all;
  }

  @Test
  void shouldGiveAPodAnAddressOfEachFamily() {
    assertEquals(
        List.of("10.77.66.1/16", ERIN + "/64"),
        pod("erin").getAsJsonArray("addresses").asList().stream()
            .map(JsonElement::getAsString)
            .toList());
    String shown = node.shell("ktsn:pods erin");
    assertTrue(shown.contains("as it was attached"), shown);
    assertEquals(0, node.ask("ktsn:health").status());
  }

  @Test
  void shouldDeliverAFlowWholeInOrderAndNothingBeforeItsLaunchTime() throws IOException {
    for (Arrivals.Arrival each : talk(PORT, "txtime").all()) {
      assertTrue(each.latenessNs() >= 0, each.toString());
    }
    JsonObject flow = flow(PORT);
    assertEquals("INET6", flow.get("family").getAsString());
    assertEquals(ERIN, flow.get("source_address").getAsString());
    assertEquals(FRANK, flow.get("destination_address").getAsString());
    assertEquals(FRAMES, flow.get("received").getAsLong(), flow.toString());
    assertEquals(FRAMES, flow.get("sent").getAsLong(), flow.toString());
    String shown = node.shell("ktsn:flows erin");
    assertTrue(shown.contains("[" + ERIN + "]:" + flow.get("source_port")), shown);
    assertTrue(shown.contains("> " + endpoint(PORT)), shown);
  }

  @Test
  void shouldLeaveOrdinaryTrafficToTheKernel() throws IOException {
    long before = node.received();
    talk(PORT + 1, "sleep");
    assertEquals(before, node.received(), "none went through KTSNd");
  }

  /** The flow label, which the kernel makes with a key that nobody is told, is another one. */
  @Test
  void shouldSendTheKernelsFrame() {
    long before = node.received();
    try (Capture capture = new Capture(node, "frank", "udp port " + (PORT + 2))) {
      node.exec(
              "erin",
              Node.SEND.toString(),
              "--to",
              FRANK,
              "--port",
              Integer.toString(PORT + 2),
              "--from-port",
              "6101",
              "--size",
              "333",
              "--tos",
              "184",
              "--ttl",
              "7",
              "--stamp-ms",
              "200",
              "--both")
          .end(10)
          .expect(0);
      List<byte[]> frames = capture.frames(2);
      assertEquals(2, frames.size());
      assertEquals(before + 1, node.received(), "one of the two went through KTSNd");
      assertEquals(ETHERNET + IPV6_HEADER + 8 + 333, frames.get(0).length);
      assertArrayEquals(withoutLabel(frames.get(0)), withoutLabel(frames.get(1)));
    }
  }

  private static byte[] withoutLabel(byte[] frame) {
    byte[] copy = frame.clone();
    copy[ETHERNET + 1] &= (byte) 0xf0;
    copy[ETHERNET + 2] = 0;
    copy[ETHERNET + 3] = 0;
    return copy;
  }

  private static String attempt(String... words) {
    List<String> all = new ArrayList<>(List.of(HOSTILE.toString()));
    all.addAll(List.of(words));
    return node.inNetwork("mallory", all.toArray(String[]::new)).end(20).expect(0).out().strip();
  }

  private static void forge(String kind, int count, String mac, String source, String claimed) {
    attempt(
        "forge", "tsn0", kind, Integer.toString(count), mac, source, FRANK, mac("frank"), claimed);
  }

  @Test
  void shouldNotGetForgedFramesThroughTheSwitch() {
    final String own = mac("mallory");
    final String another = mac("erin");
    // What the kernels advertise is solicited, which the flags say.
    String filter = "ip6 and (udp port 4001 or (icmp6 and ip6[40] == 136 and ip6[44] == 0x20))";
    try (Capture atFrank = new Capture(node, "frank", filter);
        Capture atErin = new Capture(node, "erin", filter)) {
      forge("ip6", 20, own, ERIN, ERIN);
      forge("ip6", 20, another, ERIN, ERIN);
      forge("ip6", 20, another, MALLORY, MALLORY);
      forge("advertisement", 20, own, ERIN, ERIN);
      forge("advertisement", 20, own, MALLORY, ERIN);
      forge("advertisement", 20, another, ERIN, ERIN);
      // What it may send comes behind, so that what is forged would have been there before.
      forge("advertisement", 1, own, MALLORY, MALLORY);
      forge("ip6", 1, own, MALLORY, MALLORY);
      List<byte[]> frames = atFrank.frames(2);
      assertEquals(2, frames.size());
      assertEquals((byte) 136, frames.get(0)[ETHERNET + IPV6_HEADER], "the advertisement");
      assertEquals('e', frames.get(1)[ETHERNET + IPV6_HEADER + 8], "the payload");
      assertTrue(atErin.frames(0).isEmpty());
    }
    String neighbours =
        node.inNetwork("frank", "ip", "-6", "neigh", "show", ERIN).end(10).expect(0).out();
    assertFalse(neighbours.contains(own), neighbours);
  }

  @Test
  void shouldSendNothingFromAForgedSourceInASlot() {
    String channel = Node.RUN.resolve("pods/mallory/app.sock").toString();
    long before = badSources();
    assertEquals("published 50", attempt("slots", channel, "50", ERIN, FRANK, "500"));
    Node.await("they are dropped", 10, () -> badSources() == before + 50);
  }

  private static long badSources() {
    JsonElement count = node.stats().getAsJsonObject("drops").get("bad_source");
    return count == null ? 0 : count.getAsLong();
  }
}
