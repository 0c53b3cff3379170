package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The pod {@code mallory} means harm, as root in its network and with its channel in its hands:
 * what it tries hurts nobody else. {@code hostile.c} is what it runs.
 */
@ExtendWith(Node.class)
final class SecuritySystemTest {
  private static final Path HOSTILE = Node.ROOT.resolve("itests/target/hostile");
  private static final long FRAMES = 10_000;
  private static final int RECORD_OCTETS = 64;
  private static final int SENT = 0;
  private static final int MISSED = 1;
  private static final int RETURNED = 4;

  private static Node node;
  private String mallory;
  private static String carol;

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
    carol = node.attach("carol");
  }

  @AfterAll
  static void end() {
    node.shell("ktsn:pod-del carol");
  }

  /** With a channel that nothing has been done to. */
  @BeforeEach
  void attach() {
    mallory = node.attach("mallory");
  }

  /** Whatever it did, it can be detached. */
  @AfterEach
  void detach() {
    node.shell("ktsn:pod-del mallory");
  }

  private static String channel(String pod) {
    return Node.RUN.resolve("pods").resolve(pod).resolve("app.sock").toString();
  }

  private static Command start(String... words) {
    List<String> all = new ArrayList<>(List.of(HOSTILE.toString()));
    all.addAll(List.of(words));
    return node.inNetwork("mallory", all.toArray(String[]::new));
  }

  /** Runs what mallory tries to its end; returns what it says. */
  private static String attempt(String... words) {
    return start(words).end(20).expect(0).out().strip();
  }

  private static JsonObject pod(String name) {
    for (JsonElement pod : node.json("ktsn:pods --json").getAsJsonArray()) {
      if (pod.getAsJsonObject().get("name").getAsString().equals(name)) {
        return pod.getAsJsonObject();
      }
    }
    throw new IllegalStateException("there is no pod " + name);
  }

  private static String mac(String pod) {
    return pod(pod).get("mac").getAsString();
  }

  private static long droppedBySwitch() {
    String port = pod("mallory").get("switch_port").getAsString();
    for (JsonElement entry :
        node.json("ktsn:ports --json")
            .getAsJsonObject()
            .getAsJsonObject("switch")
            .getAsJsonArray("ports")) {
      JsonObject shown = entry.getAsJsonObject();
      if (shown.get("name").getAsString().equals(port)) {
        return shown.get("dropped_frames").getAsLong();
      }
    }
    throw new IllegalStateException("there is no port " + port);
  }

  private static long drops(String reason) {
    JsonElement count = node.stats().getAsJsonObject("drops").get(reason);
    return count == null ? 0 : count.getAsLong();
  }

  @Test
  void shouldNotGetForgedFramesThroughTheSwitch() {
    long before = droppedBySwitch();
    // Neighbours ask for each other meanwhile; that frames from their addresses are dropped is
    // counted below.
    String filter = "(udp port 4001 or arp) and ether src " + mac("mallory");
    try (Capture capture = new Capture(node, "bob", filter)) {
      attempt("forge", "tsn0", "ip", "20", mac("mallory"), node.alice(), node.bob());
      attempt("forge", "tsn0", "ip", "20", mac("alice"), node.alice(), node.bob());
      attempt("forge", "tsn0", "ip", "20", mac("alice"), mallory, node.bob());
      attempt("forge", "tsn0", "arp", "20", mac("mallory"), node.alice(), node.bob());
      attempt("forge", "tsn0", "arp", "20", mac("alice"), node.alice(), node.bob());
      // What it may send comes behind, so that what is forged would have been there before.
      attempt("forge", "tsn0", "arp", "1", mac("mallory"), mallory, node.bob());
      attempt("forge", "tsn0", "ip", "1", mac("mallory"), mallory, node.bob());
      List<byte[]> frames = capture.frames(2);
      assertEquals(2, frames.size());
      assertEquals(0x06, frames.get(0)[13], "ARP");
      assertEquals('e', frames.get(1)[42], "the payload");
    }
    assertTrue(droppedBySwitch() >= before + 100, "dropped before: " + before);
  }

  @Test
  void shouldSendNothingFromAForgedSourceInASlot() {
    long before = drops("bad_source");
    assertEquals(
        "published 50",
        attempt("slots", channel("mallory"), "50", node.alice(), node.bob(), "500"));
    Node.await("they are dropped", 10, () -> drops("bad_source") == before + 50);
  }

  @Test
  void shouldNotOpenAnothersChannel() {
    assertEquals("welcome", attempt("open", channel("mallory")));
    String refusal = attempt("open", channel("alice"));
    assertTrue(refusal.startsWith("refused ") && refusal.contains("namespace"), refusal);
    String fromTheNode =
        Command.start(Map.of(), List.of(HOSTILE.toString(), "open", channel("mallory")))
            .end(10)
            .expect(0)
            .out();
    assertTrue(fromTheNode.startsWith("refused "), fromTheNode);
  }

  @Test
  void shouldSeeItsOwnChannelOnlyAndPutNothingInItsPlace() throws IOException {
    assertEquals(
        "app.sock", node.exec("mallory", "ls", "-A", "/run/ktsn").end(10).expect(0).out().strip());
    Command replace =
        node.exec("mallory", "ln", "-sf", "/etc/passwd", "/run/ktsn/app.sock").end(10);
    assertTrue(replace.err().contains("Read-only file system"), replace.text());
    for (String socket : List.of("control.sock", "cni.sock")) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(Node.RUN.resolve(socket))));
    }
  }

  @Test
  void shouldKeepTheFormOfSharedMemoryAndSendNoDescriptors() {
    String told = attempt("memory", channel("mallory"));
    assertEquals(6, told.lines().count(), told);
    assertTrue(told.lines().allMatch(line -> line.endsWith("Operation not permitted")), told);
    String sent = attempt("descriptors", channel("mallory"));
    assertTrue(sent.startsWith("not sent") || sent.equals("hung up"), sent);
  }

  @Test
  void shouldHaveNoMoreConnectionsThanItsPartAndLoseThoseThatSayNothing() {
    try (Command idle = start("idle", channel("mallory"), "300", "20")) {
      // who comes between them has a place that none of them gets
      Node.await("all have connected", 10, () -> idle.text().contains("connected 300"));
      Node.await(
          "mallory's connections are used up",
          10,
          () -> attempt("open", channel("mallory")).contains("connected already"));
      String alice =
          node.inNetwork("alice", HOSTILE.toString(), "open", channel("alice")).end(5).out();
      assertEquals("welcome", alice.strip(), "others come in");
      Node.await(
          "silent connections are closed",
          10,
          () -> attempt("open", channel("mallory")).equals("welcome"));
      assertTrue(idle.process().isAlive(), "it still holds its ends");
    }
  }

  @Test
  void shouldLetItsNeighbourSendAtItsInstantsWhateverItDoes() throws IOException {
    Path trace = Files.createTempFile("ktsn-itest", ".trace");
    try (Capture capture = new Capture(node, "bob", "udp port 5000")) {
      talk(100).end(20).expect(0); // the way is known, and the code is warm
      capture.frames(100);
      node.shell("ktsn:trace-start " + trace + " 4000000");
      long sent = sentByNeighboursClass();
      Command talks = talk(FRAMES);
      String socket = channel("mallory");
      String said = attempt("hello", socket, "0.5");
      assertTrue(said.contains("HELLO was said already"), said);
      attempt("storm", socket, "0.5");
      attempt("doorbell", socket, "0.5");
      assertTrue(attempt("punch", socket, "0.5").startsWith("punched 0 of "));
      attempt("hold", socket, "2000", "1");
      attempt("flood", socket, "0.5", mallory, carol, "2", "18");
      attempt("flood", socket, "0.5", mallory, carol, "2", "1400");
      attempt("forge", "tsn0", "ip", "0", mac("mallory"), mallory, carol, mac("carol"));
      attempt("garbage", socket, "0.5");
      attempt("slots", socket, "5000", mallory, carol, "50000");
      assertTrue(talks.process().isAlive(), "all this happened meanwhile");
      talks.end(30).expect(0);
      Node.await("the last has left", 10, () -> sentByNeighboursClass() >= sent + FRAMES);
      node.shell("ktsn:trace-stop");
      assertOnTime(trace);
      assertEquals(100 + FRAMES, capture.frames((int) (100 + FRAMES)).size());
    } finally {
      Files.delete(trace);
    }
    String log = Files.readString(Node.RUN.resolve("ktsnd.log"));
    assertTrue(log.lines().filter(line -> line.contains("mallory")).count() < 200, "log lines");
    assertFalse(log.contains("event=turn-failed"));
    assertFalse(log.contains("event=channel-failed"));
  }

  /** The form of {@code bench hostile} that counts only. */
  @Test
  void shouldLoseNothingBesideAPodThatDoesAnythingAtRandom() {
    int frames = 4_000;
    long ktsnd = node.ktsnd();
    try (Capture capture = new Capture(node, "bob", "udp port 5000")) {
      talk(50).end(20).expect(0); // the way is known
      capture.frames(50);
      Command fuzzer =
          node.inNetwork(
              "mallory",
              Node.HOME.resolve("demo/fuzzer").toString(),
              "--socket",
              channel("mallory"),
              "--from",
              mallory + ":9",
              "--to",
              carol + ":9",
              "--seconds",
              Integer.toString(frames / 1_000));
      talk(frames).end(30).expect(0);
      String done = fuzzer.end(20).expect(0).out();
      assertFalse(done.contains("records 0 ") || done.contains("garbage 0 "), done);
      assertEquals(50 + frames, capture.frames(50 + frames).size(), done);
    }
    assertEquals(ktsnd, node.ktsnd());
  }

  private static long sentByNeighboursClass() {
    return node.stats().getAsJsonArray("sent_by_class").get(5).getAsLong();
  }

  /** Each frame well ahead of its launch time, so that it is not the talker who is late. */
  private static Command talk(long count) {
    return node.exec(
        "alice",
        Node.SEND.toString(),
        "--to",
        node.bob(),
        "--port",
        "5000",
        "--priority",
        "5",
        "--count",
        Long.toString(count),
        "--interval-us",
        "1000",
        "--stamp-ms",
        "300");
  }

  /**
   * Each leaves once, none before its launch time, and nine in ten within their windows. What the
   * machine held up may have been dated anew: it has a record for each attempt (docs/trace.md).
   */
  private static void assertOnTime(Path trace) throws IOException {
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(trace)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0, records.getLong(32), "the trace has room for all");
    int alice = pod("alice").get("number").getAsInt();
    List<Long> errorsNs = new ArrayList<>();
    int late = 0;
    for (int i = 1; i <= records.getLong(24); i++) {
      int at = i * RECORD_OCTETS;
      if (records.getShort(at + 40) != alice) {
        continue;
      }
      int outcome = records.get(at + 43);
      if (outcome == SENT) {
        long actualNs = records.getLong(at + 16);
        errorsNs.add(actualNs - records.getLong(at));
        late += records.getInt(at + 52) > 0 || actualNs > records.getLong(at + 24) ? 1 : 0;
      } else {
        assertTrue(outcome == MISSED || outcome == RETURNED, "a frame's outcome is " + outcome);
      }
    }
    assertEquals(FRAMES, errorsNs.size());
    errorsNs.sort(Long::compare);
    assertTrue(errorsNs.getFirst() >= 0, "none leaves early");
    long p50 = errorsNs.get(errorsNs.size() / 2);
    assertTrue(p50 < 20_000, p50 + " ns");
    assertTrue(late <= FRAMES / 10, late + " of " + FRAMES + " were late");
  }
}
