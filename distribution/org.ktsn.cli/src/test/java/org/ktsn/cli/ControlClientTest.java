package org.ktsn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.ControlClient.Reply;

@Timeout(20)
class ControlClientTest {
  @TempDir Path directory;

  /** What a daemon does with one connection. */
  @FunctionalInterface
  private interface Script {
    void play(InputStream in, OutputStream out) throws IOException;
  }

  private ControlClient connect(Script script) throws IOException {
    Path socket = directory.resolve("control.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      ControlClient client = ControlClient.connect(socket);
      SocketChannel peer = server.accept();
      Thread.ofVirtual()
          .start(
              () -> {
                try (peer) {
                  script.play(Channels.newInputStream(peer), Channels.newOutputStream(peer));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      return client;
    }
  }

  private static void expect(InputStream in, String text) throws IOException {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(text, new String(in.readNBytes(octets.length), StandardCharsets.UTF_8));
  }

  private static void say(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void shouldCollectWhatACommandAnswers() throws IOException {
    try (ControlClient client =
        connect(
            (in, out) -> {
              expect(in, "c 2\nlbi 0\n");
              say(out, "o 4\none\ne 6\nwrong\no 4\ntwo\nx 1\n1");
            })) {
      assertEquals(new Reply(1, "one\ntwo\n", "wrong\n"), client.run("lb"));
    }
  }

  @Test
  void shouldSendInputAndTheNextCommandBehindIt() throws IOException {
    try (ControlClient client =
        connect(
            (in, out) -> {
              expect(in, "c 1\nai 3\nxyzi 0\n");
              say(out, "x 1\n0");
              expect(in, "c 1\nbi 0\n");
              say(out, "o 1\n!x 1\n0");
            })) {
      assertEquals(0, client.run("a", "xyz".getBytes(StandardCharsets.UTF_8)).status());
      assertEquals("!", client.run("b").output());
    }
  }

  @Test
  void shouldPassOutputOnAsItComes() throws IOException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (ControlClient client =
        connect(
            (in, out) -> {
              expect(in, "c 1\na");
              say(out, "o 5\nfirst");
            })) {
      assertThrows(
          ControlException.class,
          () -> client.run("a", new byte[0], output, OutputStream.nullOutputStream()));
    }
    assertEquals("first", output.toString(StandardCharsets.UTF_8));
  }

  @Test
  void shouldSayThatTheDaemonBrokeOff() throws IOException {
    for (String answer : new String[] {"", "o 5\nab", "z 1\na", "o x\n", "x 3\nabc"}) {
      try (ControlClient client =
          connect(
              (in, out) -> {
                expect(in, "c 1\na");
                say(out, answer);
              })) {
        String message =
            assertThrows(ControlException.class, () -> client.run("a"), answer).getMessage();
        assertTrue(message.contains("closed the control socket"), message);
      }
      Files.delete(directory.resolve("control.sock"));
    }
  }

  @Test
  void shouldSayThatNoDaemonRuns() throws IOException {
    Path socket = directory.resolve("none.sock");
    assertTrue(
        assertThrows(ControlException.class, () -> ControlClient.connect(socket))
            .getMessage()
            .startsWith("KTSNd does not run: there is no control socket"));

    connect((in, out) -> in.close()).close();
    assertTrue(
        assertThrows(
                ControlException.class,
                () -> ControlClient.connect(directory.resolve("control.sock")))
            .getMessage()
            .contains("may have been killed"));
  }

  @Test
  void shouldFindTheInstanceInTheEnvironment() {
    assertEquals(new Instance("ktsn", Path.of("/run/ktsn")), Instance.of(Map.of()));
    assertEquals(
        new Instance("a1", Path.of("/run/a1")), Instance.of(Map.of("KTSN_INSTANCE", "a1")));
    assertEquals(
        new Instance("a1", Path.of("/tmp/x")),
        Instance.of(Map.of("KTSN_INSTANCE", "a1", "KTSN_RUN", "/tmp/x")));
    String message =
        assertThrows(ControlException.class, () -> Instance.of(Map.of("KTSN_INSTANCE", "../etc")))
            .getMessage();
    assertTrue(message.startsWith("KTSN_INSTANCE is '../etc'"), message);
  }
}
