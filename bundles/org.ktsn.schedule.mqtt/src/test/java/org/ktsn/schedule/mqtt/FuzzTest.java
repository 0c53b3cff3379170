package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.PortSettings;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.schedule.YangScheduleCodec;

/** Payloads that nobody should send: each is refused with a reason, or ignored. */
class FuzzTest {
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "1e999999999",
          "0.1",
          "9".repeat(400),
          "\"\"",
          "[]",
          "{}",
          "\"\\ud800\"",
          "[[[[[[]]]]]]",
          "-0",
          "1E400",
          "\"9007199254740992\"",
          "NaN",
          "'x'",
          "{\"a\":{\"a\":1,\"a\":2}}");

  private final Random random = new Random(20_260_101);
  private final YangScheduleCodec codec = new YangScheduleCodec();

  private String valid() {
    return new DesiredMessage(
            "standing",
            DesiredReader.MAX_VERSION,
            Optional.of("lab/n1"),
            codec.decode("base=1s extension=1us A 200us 7; B 800us 0-6", 8),
            PortSettings.NONE)
        .encode(codec)
        .replaceAll("}$", ",\"settings\":{\"pcp-to-class\":[0,1,2,3,4,5,6,7],\"shaper\":\"tas\"}}");
  }

  @Test
  void shouldLeaveTheRunningScheduleUntouched() {
    int payloads = Amount.of("KTSN_MQTT_FUZZ", 100_000);
    try (TestNode node = TestNode.unconnected("n1")) {
      String standing = valid();
      arrive(node, standing.getBytes(StandardCharsets.UTF_8));
      Eventually.await("it stands", () -> node.count("operational") == 1);
      GateSchedule before = node.port().current();
      long beginNs = System.nanoTime();
      for (int i = 0; i < payloads; i++) {
        arrive(node, payload(standing));
      }
      System.out.printf(
          "FIG %d fuzzed payloads: %.1f s, %d refused%n",
          payloads, (System.nanoTime() - beginNs) / 1e9, node.count("refused"));
      assertEquals(before, node.port().current());
      assertEquals(1, node.port().changes().size());
      assertEquals(
          payloads, node.count("refused") + node.count("duplicates") + node.count("ignored_empty"));
      assertTrue(node.count("refused") > payloads / 2, "most of them are wrong");
    }
  }

  private static void arrive(TestNode node, byte[] payload) {
    node.agent()
        .arrived(
            new Inbound(
                TestNode.topics("n1").desired(),
                payload,
                false,
                Optional.of(TestNode.topics("n1").response()),
                Optional.of(new byte[] {1})));
  }

  private byte[] payload(String standing) {
    return switch (random.nextInt(8)) {
      case 0 -> noise();
      case 1 ->
          ("{\"schedule\":" + "[".repeat(random.nextInt(3_000))).getBytes(StandardCharsets.UTF_8);
      case 2 -> "{\"a\":".repeat(random.nextInt(2_000)).getBytes(StandardCharsets.UTF_8);
      case 3 ->
          standing.substring(0, random.nextInt(standing.length())).getBytes(StandardCharsets.UTF_8);
      case 4, 5 -> exchanged(standing).getBytes(StandardCharsets.UTF_8);
      default -> mutated(standing.getBytes(StandardCharsets.UTF_8));
    };
  }

  private byte[] noise() {
    byte[] noise = new byte[random.nextInt(300)];
    random.nextBytes(noise);
    return noise;
  }

  /** A value is exchanged for one of another type. */
  private String exchanged(String standing) {
    String[] parts = standing.split(":", -1);
    int i = 1 + random.nextInt(parts.length - 1);
    parts[i] = VALUES.get(random.nextInt(VALUES.size())) + parts[i].replaceFirst("^[^,}\\]]*", "");
    return String.join(":", parts);
  }

  private byte[] mutated(byte[] octets) {
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
    }
    return octets;
  }
}
