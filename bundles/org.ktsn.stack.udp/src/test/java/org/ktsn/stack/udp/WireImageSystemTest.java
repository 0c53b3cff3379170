package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

/** Frames of the stack and frames of the real kernel, for the same datagrams; needs root. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WireImageSystemTest {
  private static final List<Integer> SIZES = List.of(1, 64, 256, 1024, 1472);
  private static final int PORT = 5077;
  private static final int SOURCE_PORT = 40_123;

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

  private static TestDatagram datagram(String destination, int size) {
    TestDatagram datagram = new TestDatagram();
    byte[] payload = new byte[size];
    for (int i = 0; i < size; i++) {
      payload[i] = (byte) (i * 7 + size);
    }
    datagram.setPayload(payload);
    datagram.destination = ipv4(destination);
    datagram.sourcePort = SOURCE_PORT;
    datagram.destinationPort = PORT;
    return datagram;
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
    "10.77.0.3, 0, 64, 1",
    "10.77.0.3, 184, 7, 1",
    "10.77.0.3, 0, 64, 0",
    "239.1.2.3, 0, 1, 1",
  })
  void shouldBuildTheFrameThatTheKernelSends(String destination, int tos, int ttl, int checksum)
      throws IOException {
    namespaces.inPod("ip route replace 239.0.0.0/8 dev tsn0");
    String sizes = String.join(" ", SIZES.stream().map(String::valueOf).toList());
    String multicastTtl = destination.startsWith("239") ? "1" : String.valueOf(ttl);
    Process capture =
        namespaces.startInPeer("%s capture peer0 %d %d".formatted(wire(), PORT, SIZES.size()));
    List<byte[]> fromKernel =
        during(
            capture,
            () ->
                namespaces.inPod(
                    "%s send 10.77.0.2 %d %s %d %d %s %d %s"
                        .formatted(
                            wire(),
                            SOURCE_PORT,
                            destination,
                            PORT,
                            tos,
                            multicastTtl,
                            checksum,
                            sizes)));
    assertEquals(SIZES.size(), fromKernel.size());
    for (int i = 0; i < SIZES.size(); i++) {
      TestDatagram datagram = datagram(destination, SIZES.get(i));
      datagram.tos = tos;
      datagram.ttl = ttl;
      datagram.noChecksum = checksum == 0;
      assertSameFields(fromKernel.get(i), encode(datagram), SIZES.get(i));
    }
  }

  private static void assertSameFields(byte[] kernel, byte[] ours, int size) {
    field("destination MAC", kernel, ours, 0, 6, size);
    field("source MAC", kernel, ours, 6, 6, size);
    field("ether type", kernel, ours, 12, 2, size);
    field("version and header length", kernel, ours, 14, 1, size);
    field("TOS", kernel, ours, 15, 1, size);
    field("total length", kernel, ours, 16, 2, size);
    // The identification is the kernel's private counter; of an unfragmented datagram it means
    // nothing (RFC 6864 4.1). The header checksums differ by it and must be right by themselves.
    field("flags and fragment offset", kernel, ours, 20, 2, size);
    field("TTL", kernel, ours, 22, 1, size);
    field("protocol", kernel, ours, 23, 1, size);
    assertEquals(0, ReferenceFrame.checksum(Arrays.copyOfRange(ours, 14, 34)), "header checksum");
    field("source address", kernel, ours, 26, 4, size);
    field("destination address", kernel, ours, 30, 4, size);
    field("source port", kernel, ours, 34, 2, size);
    field("destination port", kernel, ours, 36, 2, size);
    field("UDP length", kernel, ours, 38, 2, size);
    field("UDP checksum", kernel, ours, 40, 2, size);
    field("payload", kernel, ours, 42, size, size);
    // A veth pair does not pad; a network card would.
    assertEquals(Math.max(60, 42 + size), ours.length, "frame length");
    assertEquals(42 + size, kernel.length, "kernel's frame length");
  }

  private static void field(
      String name, byte[] kernel, byte[] ours, int offset, int length, int size) {
    assertArrayEquals(
        Arrays.copyOfRange(kernel, offset, offset + length),
        Arrays.copyOfRange(ours, offset, offset + length),
        name + " of the frame with " + size + " octets of payload");
  }

  @Test
  void shouldBeTakenByTheReceivingKernel() throws IOException {
    Process receiver =
        namespaces.startInPeer("%s receive 4 %d %d".formatted(wire(), PORT, SIZES.size()));
    List<byte[]> received =
        during(
            receiver,
            () -> {
              try {
                inject(SIZES);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertEquals(SIZES.size(), received.size());
    for (int i = 0; i < SIZES.size(); i++) {
      assertArrayEquals(datagram("10.77.0.3", SIZES.get(i)).payload(), received.get(i));
    }
  }

  private void inject(List<Integer> sizes) throws IOException {
    Process injector = namespaces.startInPod(wire() + " inject tsn0");
    try (Writer writer = injector.outputWriter(StandardCharsets.US_ASCII)) {
      for (int size : sizes) {
        writer.write(HexFormat.of().formatHex(encode(datagram("10.77.0.3", size))) + "\n");
      }
    }
    injector.onExit().join();
    assertEquals(0, injector.exitValue());
  }
}
