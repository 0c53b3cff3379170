package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** A frame each millisecond from alice to bob, and what arrives of them. */
record SteadyTraffic(Node node, Path directory) {
  private static final int MOST_FRAMES = 240_000;
  private static final int ARRIVALS_HEADER_OCTETS = 32;
  private static final int ARRIVAL_OCTETS = 24;

  /** Receives until nothing has come for two seconds. */
  Command listen() {
    return node.listen(
        "bob",
        "0.0.0.0:6310",
        directory.resolve("arrivals"),
        "--frames",
        Integer.toString(MOST_FRAMES));
  }

  /** Sends a frame each millisecond, with a second of notice, for longer than is needed. */
  Command talk() {
    return node.talk("alice", node.bob() + ":6310", MOST_FRAMES, "--lead-ns", "1000000000");
  }

  /** Returns how many frames this node has sent. */
  long sent() {
    return sentBy(node.stats());
  }

  static long sentBy(JsonObject stats) {
    return stats.get("sent").getAsLong();
  }

  /** Tells whether all that was received since then has left, or was dropped. */
  boolean isDrained(JsonObject before) {
    JsonObject stats = node.stats();
    return endedBy(stats) - endedBy(before)
        == stats.get("received").getAsLong() - before.get("received").getAsLong();
  }

  private static long endedBy(JsonObject stats) {
    return sentBy(stats) + dropped(stats);
  }

  static long dropped(JsonObject stats) {
    return stats.getAsJsonObject("drops").asMap().values().stream()
        .mapToLong(count -> count.getAsLong())
        .sum();
  }

  /** Returns the sequence numbers of so many frames of which none was lost or overtaken. */
  static List<Integer> inOrder(int frames) {
    return IntStream.range(0, frames).boxed().toList();
  }

  /** Returns the sequence numbers of the frames that arrived, in their order. */
  List<Integer> arrived() throws IOException {
    ByteBuffer arrivals =
        ByteBuffer.wrap(Files.readAllBytes(directory.resolve("arrivals")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[8];
    arrivals.get(0, magic);
    assertEquals("TALKRCV1", new String(magic, StandardCharsets.US_ASCII));
    return IntStream.range(0, (int) arrivals.getLong(8))
        .map(i -> arrivals.getInt(ARRIVALS_HEADER_OCTETS + i * ARRIVAL_OCTETS))
        .boxed()
        .toList();
  }
}
