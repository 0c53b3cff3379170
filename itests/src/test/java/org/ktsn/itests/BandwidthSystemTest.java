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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Pods with an idle slope of their own, by hand and as a container runtime asks for it. */
@ExtendWith(Node.class)
final class BandwidthSystemTest {
  private static final long SLOPE = 1_000_000;
  private static final int FLOOD = 250;
  private static final int PERIODIC = 180;
  private static final long PERIOD_NS = 10_000_000;

  @TempDir Path directory;

  /** A record of the trace. */
  private record Launched(long launchTimeNs, long plannedNs, long actualNs) {}

  @Test
  void shouldSpaceWhatAPodFloodsByItsIdleSlopeAndLeaveItsNeighbourAlone() throws IOException {
    Node node = Node.node();
    // With so much to save up that a machine that stalls loses none of it.
    node.shell("ktsn:pod-add flood --rate 1M --burst 1G");
    try {
      Path trace = directory.resolve("trace");
      node.shell("ktsn:trace-start " + trace + " 2000");
      // 1000 octets each 1.7 ms are 5 Mb/s on the link.
      Command neighbour = send(node, "alice", 100, PERIODIC, PERIOD_NS / 1000);
      Command flood = send(node, "flood", 1000, FLOOD, 1_700);
      flood.end(20).expect(0);
      neighbour.end(20).expect(0);
      int pod = number(node, "flood");
      int other = number(node, "alice");
      Node.await(
          "all have left",
          20,
          () -> sent(trace, pod).size() == FLOOD && sent(trace, other).size() == PERIODIC);
      node.shell("ktsn:trace-stop");
      assertSpaced(sent(trace, pod), spacingNs(trace, 1000));
      assertPunctual(sent(trace, other));
    } finally {
      node.shell("ktsn:pod-del flood");
    }
  }

  private static Command send(Node node, String pod, int size, int count, long intervalUs) {
    return node.exec(
        pod,
        Node.SEND.toString(),
        "--to",
        node.bob(),
        "--port",
        "6200",
        "--size",
        Integer.toString(size),
        "--count",
        Integer.toString(count),
        "--interval-us",
        Long.toString(intervalUs),
        "--stamp-ms",
        "300");
  }

  /** Each is eligible length / idleSlope after the one before, to the nanosecond. */
  private static void assertSpaced(List<Launched> frames, long spacingNs) {
    long firstNs = frames.getFirst().launchTimeNs();
    int exact = 0;
    for (int i = 0; i < frames.size(); i++) {
      long eligibleNs = firstNs + i * spacingNs;
      Launched frame = frames.get(i);
      assertTrue(frame.plannedNs() >= eligibleNs, "frame " + i + " is planned before its turn");
      assertTrue(frame.actualNs() >= eligibleNs, "frame " + i + " leaves before its turn");
      exact += frame.launchTimeNs() == eligibleNs ? 1 : 0;
    }
    assertTrue(exact > FLOOD * 9 / 10, "only " + exact + " of " + FLOOD + " are exactly spaced");
  }

  /** A frame may find the link taken by one of the other pod, for no longer than its 8.5 µs. */
  private static void assertPunctual(List<Launched> frames) {
    long punctual = frames.stream().filter(f -> f.plannedNs() - f.launchTimeNs() < 10_000).count();
    assertTrue(punctual > PERIODIC * 8 / 10, "only " + punctual + " leave at their launch times");
    for (int i = 1; i < frames.size(); i++) {
      assertTrue(frames.get(i).launchTimeNs() > frames.get(i - 1).launchTimeNs());
    }
  }

  private static int number(Node node, String name) {
    return pod(node, name).get("number").getAsInt();
  }

  private static JsonObject pod(Node node, String name) {
    for (JsonElement pod : node.json("ktsn:pods --json").getAsJsonArray()) {
      if (pod.getAsJsonObject().get("name").getAsString().equals(name)) {
        return pod.getAsJsonObject();
      }
    }
    throw new IllegalStateException("pod " + name + " is not in the list of pods");
  }

  private static ByteBuffer read(Path trace) {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(trace)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a datagram's frame takes of the link, over the idle slope. */
  private static long spacingNs(Path trace, int size) {
    long octets = 14L + 28 + size + read(trace).getInt(48) + 24;
    return octets * 8 * 1_000_000_000 / SLOPE;
  }

  private static List<Launched> sent(Path trace, int pod) {
    ByteBuffer records = read(trace);
    List<Launched> frames = new ArrayList<>();
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) == 0 && records.getShort(at + 40) == pod) {
        frames.add(
            new Launched(records.getLong(at), records.getLong(at + 8), records.getLong(at + 16)));
      }
    }
    return frames;
  }

  @Test
  void shouldGrantARuntimesBandwidthAndRefuseWhatThePortCannotCarry() throws IOException {
    Node node = Node.node();
    ContainerNetworks networks = ContainerNetworks.make("ktitbr7");
    ip("netns", "add", "ktitrate");
    try {
      ContainerNetworks.Outcome refused =
          networks.plugin(environment("ADD"), config("{\"egressRate\":1000000000000}"));
      assertEquals(102, refused.json().get("code").getAsInt(), refused.output());
      assertTrue(
          refused.json().get("msg").getAsString().contains("1000000000000 bit/s, and the port's"),
          refused.output());
      // Containerd's own octets for 10M: the names of go-cni's structure, which has none of JSON.
      JsonObject granted =
          config(
              "{\"IngressRate\":1000000,\"IngressBurst\":24000,"
                  + "\"EgressRate\":10000000,\"EgressBurst\":4294967295}");
      ContainerNetworks.Outcome added = networks.plugin(environment("ADD"), granted);
      assertEquals(0, added.exitCode(), added.output());
      assertEquals(
          10_000_000,
          pod(node, "rate.tsn0")
              .getAsJsonObject("bandwidth")
              .get("idle_slope_bits_per_second")
              .getAsLong());
      granted.add("prevResult", added.json());
      assertEquals("", networks.plugin(environment("CHECK"), granted).output());
      JsonObject other = config("{\"egressRate\":20000000}");
      other.add("prevResult", added.json());
      assertTrue(
          networks.plugin(environment("CHECK"), other).output().contains("20000000 bit/s"),
          "CHECK compares");
      assertLimited(node, added.json());
      assertEquals("", networks.plugin(environment("DEL"), granted).output());
    } finally {
      ip("netns", "del", "ktitrate");
      networks.close();
    }
    ContainerNetworks.assertNothingLeft();
  }

  /** 300 frames of 1042 octets come in 0.3 s; 1 Mb/s and the bucket are some 40 of them. */
  private static void assertLimited(Node node, JsonObject result) {
    String address =
        result.getAsJsonArray("ips").get(0).getAsJsonObject().get("address").getAsString();
    long sentBefore = node.stats().get("sent").getAsLong();
    node.exec(
            "alice",
            Node.SEND.toString(),
            "--to",
            address.substring(0, address.indexOf('/')),
            "--port",
            "6300",
            "--size",
            "1000",
            "--count",
            "300",
            "--interval-us",
            "1000",
            "--stamp-ms",
            "200")
        .end(20)
        .expect(0);
    Node.await("all have left", 10, () -> node.stats().get("sent").getAsLong() >= sentBefore + 300);
    long received =
        Long.parseLong(
            ip("netns", "exec", "ktitrate", "cat", "/sys/class/net/tsn0/statistics/rx_packets")
                .strip());
    assertTrue(received >= 20 && received <= 80, received + " of 300 frames came");
  }

  private static Map<String, String> environment(String command) {
    return Map.of(
        "CNI_COMMAND",
        command,
        "CNI_CONTAINERID",
        "rate",
        "CNI_NETNS",
        "/run/netns/ktitrate",
        "CNI_IFNAME",
        "tsn0");
  }

  private static JsonObject config(String bandwidth) {
    return JsonParser.parseString(
            "{\"cniVersion\":\"1.0.0\",\"name\":\"rate\",\"type\":\"tsn-cni\",\"instance\":\""
                + Node.INSTANCE
                + "\",\"runtimeConfig\":{\"bandwidth\":"
                + bandwidth
                + "}}")
        .getAsJsonObject();
  }

  private static String ip(String... words) {
    List<String> all = new ArrayList<>(List.of("ip"));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all).end(10).expect(0).out();
  }
}
