package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ControlServerTest {
  @TempDir Path directory;

  private static final InputStream IN = System.in;
  private static final PrintStream OUT = System.out;
  private static final PrintStream ERR = System.err;

  private final ThreadIOImpl threadIo = new ThreadIOImpl();
  private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private Path socket;
  private ControlServer server;

  @BeforeEach
  void start() throws IOException {
    // A command's thread that ends late puts the streams of the test before back again.
    System.setIn(IN);
    System.setOut(OUT);
    System.setErr(ERR);
    threadIo.start();
    command("say", (session, words) -> words + "\n");
    command("nothing", (session, words) -> null);
    command(
        "print",
        (session, words) -> {
          System.out.println("from System.out");
          System.err.println("from System.err");
          return null;
        });
    command(
        "fail",
        (session, words) -> {
          throw new IllegalStateException("the thing is broken\nin two lines");
        });
    command(
        "refuse",
        (session, words) -> {
          throw new CommandException("first\nsecond", "printed all the same\n");
        });
    command(
        "blank",
        (session, words) -> {
          throw new UnsupportedOperationException();
        });
    command("count", (session, words) -> session.getKeyboard().readAllBytes().length + " octets");
    command(
        "hang",
        (session, words) -> {
          started.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return null;
        });
    command(
        "flood",
        (session, words) -> {
          for (int i = 0; i < 20_000; i++) {
            session.getConsole().println("line " + i);
          }
          return null;
        });
    socket = directory.resolve("control.sock");
    server = new ControlServer(socket, processor, 4);
  }

  private void command(String name, Function function) {
    processor.addCommand("test", function, name);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    processor.stop();
    threadIo.stop();
  }

  /** A client that speaks the protocol by hand. */
  private static final class Client implements AutoCloseable {
    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;

    Client(Path socket) throws IOException {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      in = Channels.newInputStream(channel);
      out = Channels.newOutputStream(channel);
    }

    void send(char type, String text) throws IOException {
      byte[] octets = text.getBytes(StandardCharsets.UTF_8);
      Frame.write(out, type, octets, 0, octets.length);
    }

    void raw(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Answer answer() throws IOException {
      StringBuilder output = new StringBuilder();
      StringBuilder error = new StringBuilder();
      while (true) {
        Frame frame = Frame.read(in).orElseThrow(() -> new IOException("closed: " + error));
        switch (frame.type()) {
          case Frame.OUTPUT -> output.append(frame.text());
          case Frame.ERROR -> error.append(frame.text());
          default -> {
            return new Answer(frame.text(), output.toString(), error.toString());
          }
        }
      }
    }

    Answer run(String command) throws IOException {
      send(Frame.COMMAND, command);
      return answer();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private record Answer(String status, String output, String error) {}

  private Answer run(String command) throws IOException {
    try (Client client = new Client(socket)) {
      return client.run(command);
    }
  }

  @Test
  void shouldRunACommandAndTellItsStatus() throws IOException {
    assertEquals(new Answer("0", "[hello, world]\n", ""), run("test:say hello world"));
    assertEquals(new Answer("0", "", ""), run("nothing"));
  }

  @Test
  void shouldKeepOutputAndErrorsApart() throws IOException {
    assertEquals(new Answer("0", "from System.out\n", "from System.err\n"), run("print"));
  }

  @Test
  void shouldTurnAnExceptionIntoOneSentence() throws IOException {
    assertEquals(new Answer("1", "", "the thing is broken in two lines\n"), run("fail"));
    assertEquals(
        new Answer(
            "1", "", "the command failed with UnsupportedOperationException; the log has more\n"),
        run("blank"));
    assertEquals(new Answer("1", "", "Command not found: nosuch\n"), run("nosuch"));
  }

  @Test
  void shouldKeepTheLinesOfAMessageForTheUserAndWhatWasPrinted() throws IOException {
    assertEquals(new Answer("1", "printed all the same\n", "first\nsecond\n"), run("refuse"));
  }

  @Test
  void shouldRefuseACommandThatGogoCantRead() throws IOException {
    Answer unbalanced = run("say (");
    assertEquals("1", unbalanced.status());
    assertEquals(1, unbalanced.error().lines().count(), unbalanced.error());

    Answer deep = run("(".repeat(100_000) + ")".repeat(100_000));
    assertEquals("1", deep.status());
    assertEquals(new Answer("0", "[]\n", ""), run("say"));
  }

  @Test
  void shouldKeepTheSessionBetweenTheCommandsOfAConnection() throws IOException {
    try (Client client = new Client(socket)) {
      client.run("x = 5");
      assertEquals("[5]\n", client.run("say $x").output());
    }
    assertEquals("[null]\n", run("say $x").output());
  }

  @Test
  void shouldGiveACommandItsInput() throws IOException {
    try (Client client = new Client(socket)) {
      client.send(Frame.COMMAND, "count");
      client.send(Frame.INPUT, "12345");
      client.send(Frame.INPUT, "678");
      client.send(Frame.INPUT, "");
      assertEquals("8 octets\n", client.answer().output());

      // nobody reads it: it must not be in the way of the next command, nor reach it
      client.send(Frame.COMMAND, "nothing");
      for (int i = 0; i < 100; i++) {
        client.send(Frame.INPUT, "x".repeat(10_000));
      }
      client.send(Frame.INPUT, "");
      assertEquals("0", client.answer().status());
      client.send(Frame.COMMAND, "count");
      client.send(Frame.INPUT, "");
      assertEquals("0 octets\n", client.answer().output());
    }
  }

  @Test
  void shouldServeSeveralClientsAtOnceAndTellTheRestToWait() throws Exception {
    List<Client> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        Client client = new Client(socket);
        clients.add(client);
        assertEquals("0", client.run("nothing").status());
      }
      try (Client fifth = new Client(socket)) {
        Answer refusal = fifth.answer();
        assertEquals("1", refusal.status());
        assertTrue(refusal.error().startsWith("the control socket serves 4 connections"));
      }
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }

  @Test
  void shouldInterruptTheCommandOfAClientThatGoes() throws Exception {
    try (Client client = new Client(socket)) {
      client.send(Frame.COMMAND, "hang");
      assertTrue(started.await(10, TimeUnit.SECONDS));
    }
    assertTrue(interrupted.await(10, TimeUnit.SECONDS));
    assertEquals("0", run("nothing").status());
  }

  @Test
  void shouldSurviveAClientThatDoesNotReadItsAnswer() throws IOException {
    try (Client client = new Client(socket)) {
      client.send(Frame.COMMAND, "flood");
      assertTrue(client.in.read() >= 0);
    }
    Answer complete = run("flood");
    assertEquals(20_000, complete.output().lines().count());
  }

  @Test
  void shouldAnswerWhatIsNotTheProtocolWithASentence() throws IOException {
    for (String garbage :
        new String[] {
          "GET / HTTP/1.1\r\n\r\n", "c 99999999\n", "o 1\nx", "\0\0\0\0", "c -1\n", "c 1\n"
        }) {
      try (Client client = new Client(socket)) {
        client.raw(garbage);
        client.channel.shutdownOutput();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
          client.in.transferTo(all);
        } catch (IOException e) {
          assertFalse(e.getMessage().isEmpty());
        }
        if (!garbage.equals("c 1\n")) {
          assertTrue(
              all.toString(StandardCharsets.UTF_8).contains("this is not the control protocol"),
              garbage + " -> " + all);
        }
      }
    }
    assertEquals("0", run("nothing").status());
  }

  @Test
  void shouldGoOnServingAfterAnyOctets() throws IOException {
    Random random = new Random(42);
    for (int round = 0; round < 200; round++) {
      byte[] octets = new byte[random.nextInt(200)];
      random.nextBytes(octets);
      if (round % 2 == 0 && octets.length > 4) {
        octets[0] = 'c';
        octets[1] = ' ';
        octets[2] = (byte) ('0' + random.nextInt(10));
        octets[3] = '\n';
      }
      try (Client client = new Client(socket)) {
        client.out.write(octets);
        client.channel.shutdownOutput();
        client.in.transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        // the server may have closed the connection before all was written
        assertFalse(e.toString().isEmpty());
      }
    }
    assertEquals("0", run("nothing").status());
  }

  @Test
  void shouldLetOnlyItsOwnerIn() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    assertFalse(Files.exists(directory.resolve(".control")));
  }

  @Test
  void shouldReplaceAStaleSocketAndRemoveItsOwn() throws IOException {
    server.close();
    assertFalse(Files.exists(socket));
    Files.writeString(socket, "left behind");
    Files.createDirectory(directory.resolve(".control"));

    server = new ControlServer(socket, processor, 4);

    assertEquals("0", run("nothing").status());
  }

  @Test
  void shouldNotRemoveTheSocketOfItsSuccessor() throws IOException {
    try (ControlServer _ = new ControlServer(socket, processor, 4)) {
      server.close();
      assertTrue(Files.exists(socket));
      assertEquals("0", run("nothing").status());
      assertTrue(Files.exists(socket));
    }
    assertFalse(Files.exists(socket));
  }

  @Test
  void shouldLetTheCommandThatStopsItEnd() throws Exception {
    command(
        "stop",
        (session, words) -> {
          server.close();
          return "stopped";
        });
    assertEquals(new Answer("0", "stopped\n", ""), run("stop"));
  }

  @Test
  void shouldRefuseAPathThatIsTooLongForASocket() {
    Path deep = directory.resolve("d".repeat(100)).resolve("control.sock");

    String message =
        assertThrows(IOException.class, () -> new ControlServer(deep, processor, 4)).getMessage();

    assertTrue(message.contains("has too long a path for a Unix socket"), message);
  }
}
