package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of programs that send, while they send and afterwards. */
@ExtendWith(Node.class)
final class FlowsSystemTest {
  private static final int PORT = 6_340;

  @TempDir private Path directory;

  /** Sends at 1 kHz from alice to bob, each datagram so long ahead of its launch time. */
  private static Command talk(Node node, int port, int frames, long leadNs) {
    return node.talk(
        "alice",
        node.bob() + ":" + port,
        frames,
        "--priority",
        "6",
        "--lead-ns",
        Long.toString(leadNs));
  }

  /** Without a listener the peer's kernel refuses, and the talker ends. */
  private Command listen(Node node, int port, int frames) {
    return node.listen(
        "bob",
        "0.0.0.0:" + port,
        directory.resolve("arrivals"),
        "--frames",
        Integer.toString(frames));
  }

  private static JsonObject alice(Node node) {
    return node.json("ktsn:pods alice --json").getAsJsonObject();
  }

  private static Optional<JsonObject> flow(Node node, int port) {
    for (JsonElement element : node.json("ktsn:flows alice --json").getAsJsonArray()) {
      JsonObject flow = element.getAsJsonObject();
      if (flow.has("destination_port") && flow.get("destination_port").getAsInt() == port) {
        return Optional.of(flow);
      }
    }
    return Optional.empty();
  }

  private static long count(JsonObject object, String counter) {
    return object.get(counter).getAsLong();
  }

  @Test
  void shouldShowWhichProgramSendsWhatToWhom() {
    Node node = Node.node();
    int frames = 4_000;
    try (Command listener = listen(node, PORT, frames);
        Command talker = talk(node, PORT, frames, 300_000_000)) {
      Node.await(
          "frames flow",
          15,
          () -> flow(node, PORT).filter(flow -> count(flow, "received") > 100).isPresent());
      JsonObject channel = alice(node).getAsJsonObject("channel");
      assertTrue(listener.process().isAlive(), listener.text());
      assertTrue(channel.get("accepting").getAsBoolean(), channel.toString());
      assertEquals(1, channel.getAsJsonArray("programs").size(), channel.toString());
      JsonObject program = channel.getAsJsonArray("programs").get(0).getAsJsonObject();
      assertEquals("talker", program.get("name").getAsString());
      assertTrue(
          ProcessHandle.of(count(program, "process")).isPresent(), "KTSNd's number: " + program);
      talker.end(30).expect(0);
    }
    Node.await(
        "the program is gone",
        5,
        () -> alice(node).getAsJsonObject("channel").getAsJsonArray("programs").isEmpty());
    JsonObject flow = flow(node, PORT).orElseThrow();
    assertEquals("alice", flow.get("pod").getAsString());
    assertEquals(node.alice(), flow.get("source_address").getAsString());
    assertEquals(node.bob(), flow.get("destination_address").getAsString());
    assertEquals(6, flow.get("priority").getAsInt());
    assertEquals(frames, count(flow, "received"));
    assertEquals(frames, count(flow, "sent") + count(flow, "dropped"), flow.toString());
    JsonObject notice = flow.getAsJsonObject("notice_ns");
    assertTrue(count(notice, "largest") <= 320_000_000, flow.toString());
    assertTrue(count(notice, "mean") > 100_000_000, flow.toString());
    assertEquals(count(flow, "sent"), count(flow.getAsJsonObject("tx_error_ns"), "count"));
  }

  /**
   * 100 datagrams within a millisecond, 50 ms ahead, while alice's kernel has to ask first. The
   * machine may keep the kernel from it for longer than that, so one of three bursts has to be
   * whole; where KTSNd had no room for them, none was.
   */
  @Test
  void shouldSendTheWholeFirstBurstToANeighbourThatIsNotKnownYet() {
    Node node = Node.node();
    int burst = 100;
    StringBuilder told = new StringBuilder();
    for (int round = 0; round < 3; round++) {
      int port = PORT + 10 + round;
      try (Capture capture = new Capture(node, "bob", "udp port " + port)) {
        node.inNetwork("alice", "ip", "neigh", "flush", "dev", "tsn0").end(10).expect(0);
        burst(node, port, burst);
        Node.await(
            "all are dealt with",
            10,
            () ->
                flow(node, port)
                    .filter(flow -> count(flow, "sent") + count(flow, "dropped") == burst)
                    .isPresent());
        JsonObject flow = flow(node, port).orElseThrow();
        if (count(flow, "sent") == burst) {
          assertEquals(burst, capture.frames(burst).size());
          assertEquals(0, flow.getAsJsonObject("drops").size(), flow.toString());
          return;
        }
        told.append(flow).append('\n');
      }
    }
    fail("none of three bursts was whole:\n" + told);
  }

  private static void burst(Node node, int port, int count) {
    node.exec(
            "alice",
            "chrt",
            "-f",
            "10",
            Node.SEND.toString(),
            "--to",
            node.bob(),
            "--port",
            Integer.toString(port),
            "--count",
            Integer.toString(count),
            "--stamp-ms",
            "50")
        .end(20)
        .expect(0);
  }

  @Test
  void shouldSayWhyFramesOfAHastyProgramAreLate() {
    Node node = Node.node();
    try (Command listener = listen(node, PORT + 1, 200)) {
      talk(node, PORT + 1, 200, 0).end(20).expect(0);
      assertTrue(listener.out().contains("ready"), listener.text());
    }
    JsonObject flow = flow(node, PORT + 1).orElseThrow();
    assertTrue(count(flow.getAsJsonObject("drops"), "late_on_arrival") > 0, flow.toString());
    assertTrue(count(flow.getAsJsonObject("notice_ns"), "smallest") < 0, flow.toString());
    String text = node.shell("ktsn:flows alice --sort late");
    assertTrue(text.contains("let the program send further ahead; the notice was -"), text);
    String detail = node.shell("ktsn:pods alice");
    assertTrue(detail.contains("late_on_arrival"), detail);
    assertTrue(detail.contains("as it was attached"), detail);
    assertFalse(node.shell("ktsn:pods").contains("late_on_arrival"));
  }

  /** As QUIC stacks do with the packets that they don't pace. */
  @Test
  void shouldSendAtOnceAllThatIsStampedWithNowByTheClockOfFq() {
    Node node = Node.node();
    int frames = 320;
    try (Command listener = listen(node, PORT + 2, frames)) {
      node.exec(
              "alice",
              Node.SEND.toString(),
              "--to",
              node.bob(),
              "--port",
              Integer.toString(PORT + 2),
              "--count",
              Integer.toString(frames),
              "--interval-us",
              "500",
              "--clock",
              "monotonic",
              "--stamp-ms",
              "0")
          .end(20)
          .expect(0);
      Node.await(
          "all have left",
          10,
          () -> flow(node, PORT + 2).map(flow -> count(flow, "sent")).orElse(0L) == frames);
      assertTrue(listener.out().contains("ready"), listener.text());
    }
    JsonObject flow = flow(node, PORT + 2).orElseThrow();
    assertEquals(0, count(flow, "dropped"), flow.toString());
    assertTrue(count(flow.getAsJsonObject("notice_ns"), "largest") <= 0, flow.toString());
  }
}
