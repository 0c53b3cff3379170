package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * An unmodified program that sends frames of its own making, tagged and untagged, to one and to
 * many: what arrives is what it wrote. {@code avtp.c} is that program.
 */
@ExtendWith(Node.class)
final class LayerTwoSystemTest {
  private static final Path AVTP = Node.ROOT.resolve("itests/target/avtp");
  private static final int FRAMES = 400;
  private static final int PERIOD_US = 1_000;
  private static final String STRANGER = "02:aa:aa:aa:aa:aa";

  /** Kinds of frames that are written by a raw socket, of ten. */
  private static final int RAW_OF_TEN = 8;

  @TempDir Path directory;

  @BeforeAll
  static void compile() {
    Command.start(
            Map.of(),
            List.of(
                "cc",
                "-O2",
                "-D_GNU_SOURCE",
                "-o",
                AVTP.toString(),
                Node.ROOT.resolve("itests/src/test/c/avtp.c").toString()))
        .end(60)
        .expect(0);
  }

  private static JsonObject pod(String name) {
    for (JsonElement pod : Node.node().json("ktsn:pods --json").getAsJsonArray()) {
      if (pod.getAsJsonObject().get("name").getAsString().equals(name)) {
        return pod.getAsJsonObject();
      }
    }
    throw new IllegalStateException("there is no pod " + name);
  }

  private static String mac(String pod) {
    return pod(pod).get("mac").getAsString();
  }

  private static long drops(String reason) {
    JsonElement count = Node.node().stats().getAsJsonObject("drops").get(reason);
    return count == null ? 0 : count.getAsLong();
  }

  /** Has a pod send to another one; returns the frames that it says to have written. */
  private static List<String> send(String from, String to, int count, String... source) {
    String[] words = {
      AVTP.toString(), "tsn0", mac(to), String.valueOf(count), String.valueOf(PERIOD_US)
    };
    String[] all = Arrays.copyOf(words, words.length + source.length);
    System.arraycopy(source, 0, all, words.length, source.length);
    return Node.node().exec(from, all).end(20).expect(0).out().lines().toList();
  }

  private static List<String> hex(List<byte[]> frames) {
    return frames.stream().map(HexFormat.of()::formatHex).toList();
  }

  /** Captures what the program sends; the kernel sends IPv6 and ARP of its own. */
  private static Capture capture(String at, String source) {
    return new Capture(
        Node.node(), at, "(ether src " + source + ") and not ip6 and not arp and not ip");
  }

  /**
   * All have arrived, and in each class in their order: what the launcher has missed is dated anew,
   * and those of other classes go on.
   */
  private static void assertSame(List<String> written, List<String> arrived) {
    assertEquals(written.stream().sorted().toList(), arrived.stream().sorted().toList());
    assertEquals(byPriority(written), byPriority(arrived));
  }

  private static Map<Integer, List<String>> byPriority(List<String> frames) {
    return frames.stream().collect(Collectors.groupingBy(LayerTwoSystemTest::priority));
  }

  private static int priority(String frame) {
    boolean tagged = frame.startsWith("8100", 24) || frame.startsWith("88a8", 24);
    return tagged ? Character.digit(frame.charAt(28), 16) >> 1 : 0;
  }

  @Test
  void shouldArriveToTheOctetInOrderAndNotBeforeItsTime() throws IOException {
    Node node = Node.node();
    Path trace = directory.resolve("trace");
    node.shell("ktsn:trace-start " + trace + " 2000");
    long before = node.received();
    try (Capture capture = capture("bob", mac("alice"))) {
      List<String> written = send("alice", "bob", FRAMES);
      assertEquals(FRAMES, written.size());
      assertSame(written, hex(capture.frames(FRAMES)));
    } finally {
      node.shell("ktsn:trace-stop");
    }
    assertEquals(before + FRAMES, node.received(), "all went through KTSNd");
    assertPunctual(trace, pod("alice").get("number").getAsInt());
  }

  /** No frame has left before its launch time. */
  private static void assertPunctual(Path trace, int pod) throws IOException {
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(trace)).order(ByteOrder.LITTLE_ENDIAN);
    int sent = 0;
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) == 0 && records.getShort(at + 40) == pod) {
        sent++;
        long launchTimeNs = records.getLong(at);
        long actualNs = records.getLong(at + 16);
        assertTrue(actualNs >= launchTimeNs, actualNs + " is before " + launchTimeNs);
      }
    }
    assertEquals(FRAMES, sent);
  }

  /** A switch that learned would look for each of them at KTSNd's port. */
  @Test
  void shouldArriveInBothDirections() {
    for (int round = 0; round < 2; round++) {
      for (List<String> pair : List.of(List.of("alice", "bob"), List.of("bob", "alice"))) {
        try (Capture capture = capture(pair.get(1), mac(pair.get(0)))) {
          List<String> written = send(pair.get(0), pair.get(1), 20);
          assertSame(written, hex(capture.frames(20)));
        }
      }
    }
  }

  @Test
  void shouldArriveNowhereFromAForgedSourceAndBeCounted() {
    long before = drops("packet_forged_source");
    try (Capture both = capture("bob", STRANGER + " or ether src " + mac("alice"));
        Capture own = capture("alice", STRANGER)) {
      send("alice", "bob", 100, STRANGER);
      Node.await(
          "they are counted",
          10,
          () -> drops("packet_forged_source") == before + 100L * RAW_OF_TEN / 10);
      // Nobody but a cooked socket has an address written for it.
      List<String> after = send("alice", "bob", 10);
      List<String> arrived = hex(both.frames(20 + 10));
      assertSame(after, arrived.subList(20, 30));
      assertTrue(
          arrived.stream().allMatch(frame -> frame.startsWith(plain("alice"), 12)),
          arrived.toString());
      assertEquals(List.of(), own.frames(0));
    }
  }

  private static String plain(String pod) {
    return mac(pod).replace(":", "");
  }

  /** Its headers are its own, so whoever listens at a UDP port hears it. */
  @Test
  void shouldCarryTheDatagramsOfATalkerThatWritesItsHeaders() throws IOException {
    Node node = Node.node();
    Path arrivals = directory.resolve("arrivals");
    long before = node.received();
    try (Command listener = node.listen("bob", node.bob() + ":6420", arrivals, "--frames", "100")) {
      String neighbour = "tsn0," + mac("bob");
      node.talk(
              "alice",
              node.bob() + ":6420",
              100,
              "--lead-ns",
              "200000000",
              "--frames-to",
              neighbour)
          .end(20)
          .expect(0);
      listener.end(20).expect(0);
    }
    assertEquals(100, Arrivals.read(arrivals).all().size());
    Node.await("all are taken", 10, () -> node.received() == before + 100);
  }

  @Test
  void shouldShowItsFlowsByTheirAddresses() {
    send("alice", "bob", 20);
    Node.await("its flows are shown", 10, () -> shows("91:e0:f0:00:fe:01", 6));
    assertTrue(shows(mac("bob"), 5), "tagged, to one");
    assertTrue(shows(mac("bob"), 0), "without a tag");
  }

  private static boolean shows(String destination, int priority) {
    for (JsonElement element : Node.node().json("ktsn:flows alice --json").getAsJsonArray()) {
      JsonObject flow = element.getAsJsonObject();
      if (flow.has("family")
          && flow.get("family").getAsString().equals("PACKET")
          && flow.get("source_address").getAsString().equals(mac("alice"))
          && flow.get("destination_address").getAsString().equals(destination)
          && flow.get("priority").getAsInt() == priority) {
        return true;
      }
    }
    return false;
  }
}
