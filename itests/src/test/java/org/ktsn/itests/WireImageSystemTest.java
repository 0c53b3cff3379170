package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same call, once without and once with a launch time, captured where it arrives: what KTSNd
 * sends against what the kernel sends, field by field. The identification is the kernel's counter
 * and the header checksum follows from it: those two are checked by themselves.
 */
@ExtendWith(Node.class)
final class WireImageSystemTest {
  private static final int ETHERNET = 14;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1    | ''",
        "64   | ''",
        "256  | ''",
        "1024 | ''",
        "1472 | ''",
        "256  | --connect",
        "256  | --tos 184 --ttl 7",
        "257  | --no-check",
        "33   | --connect --clock monotonic",
        "33   | --clock realtime",
      })
  void shouldBeTheKernels(int size, String options) {
    List<byte[]> frames = sentBothWays(size, 1, options);
    compare(frames.get(0), frames.get(1), size);
  }

  @Test
  void shouldCutASendIntoTheKernelsSegments() {
    List<byte[]> frames = sentBothWays(1100, 3, "--segment 500");
    for (int i = 0; i < 3; i++) {
      compare(frames.get(i), frames.get(3 + i), i < 2 ? 500 : 100);
    }
  }

  /** Returns the datagrams of a send by the kernel, then those of one through KTSNd. */
  private List<byte[]> sentBothWays(int size, int datagrams, String options) {
    Node node = Node.node();
    long before = node.received();
    // Somebody must listen: a connected socket would be told that nobody does.
    try (Command listener = listen(node);
        Capture capture = new Capture(node, "bob", "udp port 6100")) {
      List<String> words =
          new ArrayList<>(
              List.of(
                  Node.SEND.toString(),
                  "--to",
                  node.bob(),
                  "--port",
                  "6100",
                  "--from-port",
                  "6101",
                  "--size",
                  Integer.toString(size),
                  "--stamp-ms",
                  "200",
                  "--both"));
      if (!options.isEmpty()) {
        words.addAll(List.of(options.split(" ")));
      }
      node.exec("alice", words.toArray(String[]::new)).end(10).expect(0);
      List<byte[]> frames = capture.frames(2 * datagrams);
      assertEquals(2 * datagrams, frames.size());
      assertEquals(before + datagrams, node.received(), "one of the two went through KTSNd");
      assertTrue(listener.process().isAlive(), listener.text());
      return frames;
    }
  }

  private Command listen(Node node) {
    return node.listen("bob", "0.0.0.0:6100", directory.resolve("arrivals"));
  }

  private static void compare(byte[] kernel, byte[] ktsn, int size) {
    int octets = ETHERNET + 28 + size;
    assertEquals(octets, kernel.length);
    assertEquals(Math.max(60, octets), ktsn.length, "padded to the least frame");
    assertEquals(0xffff, headerSum(ktsn), "IP header checksum");
    assertEquals(0xffff, headerSum(kernel), "the kernel's IP header checksum");
    String[] fields = {
      "destination MAC:0:6",
      "source MAC:6:12",
      "type:12:14",
      "version, IHL, TOS:14:16",
      "total length:16:18",
      "flags, offset:20:22",
      "TTL:22:23",
      "protocol:23:24",
      "source address:26:30",
      "destination address:30:34",
      "source port:34:36",
      "destination port:36:38",
      "UDP length:38:40",
      "UDP checksum:40:42",
      "payload:42:" + octets,
    };
    for (String field : fields) {
      String[] parts = field.split(":", -1);
      int from = Integer.parseInt(parts[1]);
      int to = Integer.parseInt(parts[2]);
      assertArrayEquals(
          Arrays.copyOfRange(kernel, from, to), Arrays.copyOfRange(ktsn, from, to), parts[0]);
    }
  }

  /** The one's complement sum over the IP header, which is 0xffff if its checksum is right. */
  private static int headerSum(byte[] frame) {
    int sum = 0;
    for (int at = ETHERNET; at < ETHERNET + 20; at += 2) {
      sum += ByteBuffer.wrap(frame).getShort(at) & 0xffff;
    }
    return (sum & 0xffff) + (sum >>> 16);
  }
}
