package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.EncodedFrame;

/**
 * IPv6 frames of the stack and of the real kernel, for the same datagrams: every octet; needs root.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Ipv6WireImageSystemTest {
  private static final List<Integer> SIZES = List.of(1, 64, 256, 1024, 1452);
  private static final int PORT = 5077;
  private static final int SOURCE_PORT = 40_123;

  /** An IPv6 frame of a datagram without payload is longer than the shortest frame. */
  private static final int HEADERS = 62;

  @TempDir static Path directory;

  private final FrameBuffer buffer = new FrameBuffer();
  private final EncodedFrame out = new EncodedFrame();
  private Namespaces namespaces;
  private NetworkMirror mirror;
  private UdpStack stack;

  @BeforeAll
  void open() {
    Namespaces.run(
        "cc -O1 -Wall -Wextra -Werror -o %s src/test/resources/wire.c".formatted(wire()));
    namespaces = new Namespaces();
    mirror = new NetworkMirror();
    mirror.attached(namespaces.pod(3));
    stack = new UdpStack(Tagging.parse("none", 0, ""), mirror);
  }

  @AfterAll
  void close() {
    if (mirror != null) {
      mirror.close();
    }
    if (namespaces != null) {
      namespaces.close();
    }
  }

  private static String wire() {
    return directory.resolve("wire").toString();
  }

  private static TestDatagram datagram(String source, String destination, int size) {
    TestDatagram datagram = new TestDatagram();
    byte[] payload = new byte[size];
    for (int i = 0; i < size; i++) {
      payload[i] = (byte) (i * 7 + size);
    }
    datagram.setPayload(payload);
    datagram.ipv6 = true;
    datagram.source = address(source);
    datagram.destination = address(destination);
    datagram.sourcePort = SOURCE_PORT;
    datagram.destinationPort = PORT;
    return datagram;
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text.substring(0, (text + "%").indexOf('%')));
  }

  private byte[] encode(TestDatagram datagram) {
    buffer.clear();
    Verdict verdict = stack.encode(datagram, buffer.address(), FrameBuffer.OCTETS - 1, out);
    while (verdict == Verdict.HOLD) {
      LockSupport.parkNanos(200_000);
      verdict = stack.complete(3, buffer.address(), out.lengthOctets);
    }
    assertEquals(Verdict.ACCEPTED, verdict);
    return buffer.octets(out.lengthOctets);
  }

  /** Starts a program, waits until it is ready, does something, and returns its other lines. */
  private static List<byte[]> during(Process program, Runnable action) throws IOException {
    try (BufferedReader reader = program.inputReader(StandardCharsets.US_ASCII)) {
      assertEquals("ready", reader.readLine());
      action.run();
      List<byte[]> lines = new ArrayList<>();
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(HexFormat.of().parseHex(line));
      }
      return lines;
    } finally {
      program.destroy();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "send, fd77::2, fd77::3, 0, 64, 1",
    "send-connected, fd77::2, fd77::3, 0, 64, 1",
    "send, fd77::2, fd77::3, 185, 7, 1",
    "send, fd77::2, fd77::3, 255, 0, 1",
    "send-connected, fd77::2, fd77::3, 0, 255, 0",
    "send, fe80::ff:fe00:2%tsn0, fe80::ff:fe00:3%tsn0, 0, 64, 1",
    "send-connected, fe80::ff:fe00:2%tsn0, fe80::ff:fe00:3%tsn0, 46, 64, 1",
    "send, fd77::2, ff02::1:7%tsn0, 0, 1, 1",
    "send, fe80::ff:fe00:2%tsn0, ff15::beef:cafe, 8, 9, 1",
  })
  void shouldBuildTheFrameThatTheKernelSends(
      String way, String source, String destination, int trafficClass, int hops, int checksum)
      throws IOException {
    String sizes = String.join(" ", SIZES.stream().map(String::valueOf).toList());
    List<byte[]> fromKernel =
        during(
            namespaces.startInPeer("%s capture peer0 %d %d".formatted(wire(), PORT, SIZES.size())),
            () ->
                namespaces.inPod(
                    "%s %s %s %d %s %d %d %d %d %s"
                        .formatted(
                            wire(),
                            way,
                            source,
                            SOURCE_PORT,
                            destination,
                            PORT,
                            trafficClass,
                            hops,
                            checksum,
                            sizes)));
    assertEquals(SIZES.size(), fromKernel.size());
    for (int i = 0; i < SIZES.size(); i++) {
      TestDatagram datagram = datagram(source, destination, SIZES.get(i));
      datagram.tos = trafficClass;
      datagram.ttl = hops;
      datagram.noChecksum = checksum == 0;
      byte[] ours = encode(datagram);
      assertEquals(HEADERS + SIZES.get(i), ours.length, "frame length");
      assertArrayEquals(fromKernel.get(i), ours, "with " + SIZES.get(i) + " octets of payload");
    }
  }

  @Test
  void shouldBeTakenByTheReceivingKernelInItsOrder() throws IOException {
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      sizes.addAll(SIZES);
    }
    List<byte[]> received =
        during(
            namespaces.startInPeer("%s receive 6 %d %d".formatted(wire(), PORT, sizes.size())),
            () -> inject(sizes));
    assertEquals(sizes.size(), received.size());
    for (int i = 0; i < sizes.size(); i++) {
      assertArrayEquals(datagram("fd77::2", "fd77::3", sizes.get(i)).payload(), received.get(i));
    }
  }

  private void inject(List<Integer> sizes) {
    try {
      Process injector = namespaces.startInPod(wire() + " inject tsn0");
      try (Writer writer = injector.outputWriter(StandardCharsets.US_ASCII)) {
        for (int size : sizes) {
          TestDatagram datagram = datagram("fd77::2", "fd77::3", size);
          writer.write(HexFormat.of().formatHex(encode(datagram)) + "\n");
        }
      }
      injector.onExit().join();
      assertEquals(0, injector.exitValue());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
