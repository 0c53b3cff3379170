package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Per-stream filtering and policing on real frames, as docs/police-streams.md says. */
@ExtendWith(Node.class)
final class PolicingSystemTest {
  private static final long RATE = 10_000_000;
  private static final int BURST_OCTETS = 3_000;

  /** 1000 octets of payload with their headers and the FCS. */
  private static final int FRAME_OCTETS = 1_046;

  /** Twice what the meter allows. */
  private static final int BABBLED = 1_000;

  private static final long BABBLE_NS = 400_000;
  private static final int PERIODIC = 50;
  private static final long PERIOD_NS = 10_000_000;

  @TempDir Path directory;

  @Test
  void shouldCutABabblingPodOffAtItsReservationAndLoseNothingOfItsNeighbours() throws IOException {
    Node node = Node.node();
    node.attach("talker");
    node.attach("carol");
    try {
      node.shell("ktsn:psfp set " + documented());
      Path trace = directory.resolve("trace");
      long aliceLate = late(node, "alice"); // others have sent from there as well
      node.shell("ktsn:trace-start " + trace + " 8000");
      Command alice = send(node, "alice", 100, PERIODIC, PERIOD_NS);
      Command carol = send(node, "carol", 100, PERIODIC, PERIOD_NS);
      Command talker = send(node, "talker", 1000, BABBLED, BABBLE_NS);
      talker.end(30).expect(0);
      alice.end(30).expect(0);
      carol.end(30).expect(0);
      Node.await("each frame has its end", 20, () -> atRest(node));
      node.shell("ktsn:trace-stop");
      // a program that the machine holds up sends too late for its own launch times
      assertEquals(PERIODIC, sent(trace, node, "alice") + late(node, "alice") - aliceLate);
      assertEquals(PERIODIC, sent(trace, node, "carol") + late(node, "carol"));
      assertReserved(departures(trace, number(node, "talker")));
      JsonObject filter = filter(node);
      long red = dropped(node, "talker", "psfp_red");
      long late = late(node, "talker");
      assertTrue(red > 0, "the meter dropped none of " + BABBLED);
      assertEquals(BABBLED, sent(trace, node, "talker") + red + late);
      assertEquals(BABBLED - late, count(filter, "matching-frames-count"));
      assertEquals(BABBLED - late, count(filter, "passing-frames-count"));
      assertEquals(red, count(filter, "red-frames-count"));
    } finally {
      Path nothing = directory.resolve("nothing.json");
      Files.writeString(nothing, "{}");
      node.shell("ktsn:psfp set " + nothing);
      node.shell("ktsn:pod-del talker");
      node.shell("ktsn:pod-del carol");
    }
  }

  /** By the planned departures: in no span more than the burst and the rate allow. */
  private static void assertReserved(List<Long> departures) {
    for (int from = 0; from < departures.size(); from++) {
      for (int to = from; to < departures.size(); to++) {
        long spanNs = departures.get(to) - departures.get(from);
        long octets = (long) (to - from + 1) * FRAME_OCTETS;
        assertTrue(
            octets * 8 <= BURST_OCTETS * 8L + Math.ceilDiv(RATE * spanNs, 1_000_000_000L),
            octets + " octets in " + spanNs + " ns");
      }
    }
  }

  /** The page's first example, as a file. */
  private Path documented() throws IOException {
    String page = Files.readString(Node.ROOT.resolve("docs/police-streams.md"));
    Path file = directory.resolve("streams.json");
    Files.writeString(
        file,
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
            .matcher(page)
            .results()
            .findFirst()
            .orElseThrow()
            .group(1));
    return file;
  }

  private static Command send(Node node, String pod, int size, int count, long intervalNs) {
    return node.exec(
        pod,
        Node.SEND.toString(),
        "--to",
        node.bob(),
        "--port",
        "6400",
        "--size",
        Integer.toString(size),
        "--count",
        Integer.toString(count),
        "--interval-us",
        Long.toString(intervalNs / 1000),
        "--stamp-ms",
        "300");
  }

  private static JsonObject filter(Node node) {
    return node.json("ktsn:psfp get")
        .getAsJsonObject()
        .getAsJsonObject("ieee802-dot1q-bridge:bridges")
        .getAsJsonArray("bridge")
        .get(0)
        .getAsJsonObject()
        .getAsJsonArray("component")
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("ieee802-dot1q-psfp-bridge:stream-filters")
        .getAsJsonArray("stream-filter-instance-table")
        .get(0)
        .getAsJsonObject();
  }

  private static boolean atRest(Node node) {
    JsonObject stats = node.stats();
    return counters(node, "talker").get("received").getAsLong() == BABBLED
        && counters(node, "carol").get("received").getAsLong() == PERIODIC
        && stats.get("queued").getAsLong() == 0
        && stats.get("committed").getAsLong() == 0;
  }

  private static int sent(Path trace, Node node, String pod) {
    return departures(trace, number(node, pod)).size();
  }

  private static long late(Node node, String pod) {
    return dropped(node, pod, "late_on_arrival");
  }

  private static long dropped(Node node, String pod, String reason) {
    JsonObject drops = counters(node, pod).getAsJsonObject("drops");
    return drops.has(reason) ? drops.get(reason).getAsLong() : 0;
  }

  private static JsonObject counters(Node node, String pod) {
    return pod(node, pod).getAsJsonObject("counters");
  }

  private static long count(JsonObject filter, String name) {
    return Long.parseLong(filter.get(name).getAsString());
  }

  private static int number(Node node, String name) {
    return pod(node, name).get("number").getAsInt();
  }

  private static JsonObject pod(Node node, String name) {
    for (JsonElement pod :
        JsonParser.parseString(node.shell("ktsn:pods --json")).getAsJsonArray()) {
      if (pod.getAsJsonObject().get("name").getAsString().equals(name)) {
        return pod.getAsJsonObject();
      }
    }
    throw new IllegalStateException("pod " + name + " is not in the list of pods");
  }

  /** When a pod's frames were planned to leave, of those that were sent. */
  private static List<Long> departures(Path trace, int pod) {
    try {
      ByteBuffer records =
          ByteBuffer.wrap(Files.readAllBytes(trace)).order(ByteOrder.LITTLE_ENDIAN);
      List<Long> departures = new ArrayList<>();
      for (int i = 0; i < (int) records.getLong(24); i++) {
        int at = 64 + i * 64;
        if (records.get(at + 43) == 0 && records.getShort(at + 40) == pod) {
          departures.add(records.getLong(at + 8));
        }
      }
      return departures;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
