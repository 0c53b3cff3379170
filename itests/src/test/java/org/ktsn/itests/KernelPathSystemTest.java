package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What KTSNd never sees: everything but stamped datagrams that leave through the overlay. */
@ExtendWith(Node.class)
final class KernelPathSystemTest {
  private static String[] send(String to, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(Node.SEND.toString(), "--to", to, "--port", "6200", "--count", "3"));
    words.addAll(List.of(options));
    return words.toArray(String[]::new);
  }

  @Test
  void shouldLeaveADatagramWithoutALaunchTimeToTheKernel() {
    Node node = Node.node();
    long before = node.received();
    try (Capture capture = new Capture(node, "bob", "udp port 6200")) {
      node.exec("alice", send(node.bob())).end(10).expect(0);
      assertEquals(3, capture.frames(3).size());
    }
    assertEquals(before, node.received());
  }

  @Test
  void shouldLeaveADatagramToTheOutsideOfTheOverlayToTheKernel() {
    Node node = Node.node();
    long before = node.received();
    Command sent = node.exec("alice", send("127.0.0.1", "--stamp-ms", "5")).end(10);
    sent.expect(0);
    assertEquals("sent 3", sent.out().strip());
    assertEquals(before, node.received());
  }

  @Test
  void shouldLetTheKernelRefuseALaunchTimeOnASocketWithoutTheOption() {
    Node node = Node.node();
    long before = node.received();
    String[] words = send(node.bob(), "--stamp-ms", "5", "--no-txtime");
    Command with = node.exec("alice", words).end(10);
    Command without = node.inNetwork("alice", words).end(10);
    assertEquals(without.process().exitValue(), with.process().exitValue());
    assertEquals(without.err(), with.err());
    assertTrue(with.err().contains("Invalid argument"), with.err());
    assertEquals(before, node.received());
  }

  @Test
  void shouldLetAProgramRunWithoutAnyDaemon() {
    Command run =
        Command.start(
                Map.of(
                    "LD_PRELOAD",
                    Node.HOME.resolve("shim/libktsn.so").toString(),
                    "KTSN_SOCKET",
                    "/run/ktsn-no-such/app.sock"),
                List.of(send("127.0.0.1", "--stamp-ms", "5")))
            .end(10)
            .expect(0);
    assertEquals("sent 3", run.out().strip());
  }

  @Test
  void shouldLetAProgramWithTheAddressSanitizerRun() {
    Path program = Node.ROOT.resolve("itests/target/send-sanitized");
    Command.start(
            Map.of(),
            List.of(
                "cc",
                "-fsanitize=address",
                "-D_GNU_SOURCE",
                "-o",
                program.toString(),
                Node.ROOT.resolve("itests/src/test/c/send.c").toString()))
        .end(60)
        .expect(0);
    String runtime =
        Command.start(Map.of(), List.of("cc", "-print-file-name=libasan.so"))
            .end(10)
            .expect(0)
            .out()
            .strip();
    Node node = Node.node();
    final long before = node.received();
    Map<String, String> environment =
        Map.of("LD_PRELOAD", runtime, "ASAN_OPTIONS", "detect_leaks=0");
    List<String> words = new ArrayList<>(List.of("pod", "exec", "alice", "--"));
    words.addAll(List.of(send(node.bob(), "--stamp-ms", "50")));
    words.set(4, program.toString());
    Command run = node.start(environment, words.toArray(String[]::new)).end(20).expect(0);
    assertEquals("sent 3", run.out().strip());
    Node.await("LibKTSN takes them", 10, () -> node.received() == before + 3);
  }
}
