package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A broker that means harm, or is broken. */
class HostileBrokerTest {
  private static final byte[] CONNACK = {0x20, 3, 0, 0, 0};

  /** What the broker does once the node has subscribed. */
  @FunctionalInterface
  private interface Trick {
    void play(OutputStream out) throws IOException;
  }

  /** Accepts one connection after the other and plays a trick on each. */
  private static final class Broker implements AutoCloseable {
    private final ServerSocket listener;

    Broker(Trick trick) throws IOException {
      listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
      Thread.ofVirtual()
          .start(
              () -> {
                while (!listener.isClosed()) {
                  serve(trick);
                }
              });
    }

    private void serve(Trick trick) {
      try (Socket socket = listener.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        packet(in); // CONNECT
        out.write(CONNACK);
        byte[] subscribe = packet(in);
        out.write(new byte[] {(byte) 0x90, 5, subscribe[0], subscribe[1], 0, 1, 1});
        trick.play(out);
        out.flush();
        in.skipNBytes(Long.MAX_VALUE); // until the node leaves
      } catch (IOException e) {
        return; // it has left
      }
    }

    private static byte[] packet(DataInputStream in) throws IOException {
      in.readByte();
      int length = 0;
      int shift = 0;
      int octet;
      do {
        octet = in.readUnsignedByte();
        length |= (octet & 0x7f) << shift;
        shift += 7;
      } while (octet >= 0x80);
      return in.readNBytes(length);
    }

    String address() {
      return "mqtt://127.0.0.1:" + listener.getLocalPort();
    }

    @Override
    public void close() {
      try {
        listener.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static byte[] publish(String topic, String payload) throws IOException {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    byte[] text = payload.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(0x30);
    packet.write(2 + name.length + 1 + text.length);
    packet.write(0);
    packet.write(name.length);
    packet.write(name);
    packet.write(0);
    packet.write(text);
    return packet.toByteArray();
  }

  private static long usedOctets() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void shouldHangUpOnAPacketThatAnnouncesMoreThanItAllows() throws IOException {
    // the most that MQTT can announce: a quarter of a gigabyte
    byte[] head = {0x30, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 0, 1, 'x'};
    try (Broker broker = new Broker(out -> out.write(head));
        TestNode node = TestNode.start("n1", broker.address())) {
      Eventually.await("it hangs up", () -> node.count("connection_lost") >= 1);
      long before = usedOctets();
      Eventually.await("and again", () -> node.count("connection_lost") >= 5);
      long grown = usedOctets() - before;
      assertTrue(grown < 100_000_000, grown + " octets were taken for what was only announced");
      assertTrue(
          node.agent()
              .session()
              .problem()
              .contains("a packet of 268435455 octets; 165536 are allowed"),
          node.agent().session().problem());
      assertEquals(0, node.port().changes().size());
    }
  }

  @Test
  void shouldHangUpOnALengthOfMoreThanFourOctets() throws IOException {
    // half a gigabyte and more
    byte[] head = {0x30, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 0, 1, 'x'};
    try (Broker broker = new Broker(out -> out.write(head));
        TestNode node = TestNode.start("n1", broker.address())) {
      Eventually.await("it hangs up", () -> node.count("connection_lost") >= 3);
      assertEquals(0, node.port().changes().size());
    }
  }

  @Test
  void shouldOutliveNoise() throws IOException {
    Random random = new Random(1);
    try (Broker broker =
            new Broker(
                out -> {
                  byte[] noise = new byte[2_000];
                  random.nextBytes(noise);
                  out.write(noise);
                });
        TestNode node = TestNode.start("n1", broker.address())) {
      Eventually.await("it comes back each time", () -> node.count("connection_lost") >= 5);
      assertEquals(0, node.port().changes().size());
    }
  }

  @Test
  void shouldIgnoreAndCountTopicsThatItDidNotSubscribeTo() throws IOException {
    String desired = TestController.desired("s1", 1, "A 1ms 0-7");
    try (Broker broker =
            new Broker(
                out -> {
                  out.write(publish("ktsn/v1/lab/n2/desired", desired));
                  out.write(publish("$SYS/broker/version", desired));
                });
        TestNode node = TestNode.start("n1", broker.address())) {
      Eventually.await("both are ignored", () -> node.count("ignored_topic") == 2);
      assertEquals(0, node.port().changes().size());
      assertTrue(node.isConnected());
    }
  }
}
