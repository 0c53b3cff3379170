package org.ktsn.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class UnixServerTest {
  @TempDir Path directory;

  private static void greet(SocketChannel client) throws IOException {
    try (client) {
      int written = client.write(ByteBuffer.wrap(new byte[] {'!'}));
      assertEquals(1, written);
    }
  }

  private static int ask(Path socket) throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket));
      return client.read(ByteBuffer.allocate(8));
    }
  }

  @Test
  void shouldAcceptAgainWhenItCouldNotForAWhile() throws Exception {
    Path socket = directory.resolve("some.sock");
    AtomicInteger failing = new AtomicInteger(4);
    CountDownLatch shown = new CountDownLatch(1);
    try (UnixServer _ =
        UnixServer.open(
            "the socket",
            socket,
            8,
            "test-accept",
            UnixServerTest::greet,
            channel -> {
              if (failing.getAndDecrement() > 0) {
                throw new IOException("Too many open files");
              }
              if (FailureBook.allTroubles().stream()
                  .anyMatch(trouble -> trouble.sentence().contains("Too many open files"))) {
                shown.countDown();
              }
              return channel.accept();
            })) {
      assertEquals(1, ask(socket));
      shown.await();
      assertEquals(1, ask(socket));
    }
    assertFalse(Files.exists(socket));
  }

  @Test
  void shouldServeTheNextClientWhenOneCouldNotBeTakenUp() throws Exception {
    Path socket = directory.resolve("some.sock");
    AtomicInteger clients = new AtomicInteger();
    try (UnixServer _ =
        UnixServer.open(
            "the socket",
            socket,
            8,
            "test-accept",
            client -> {
              switch (clients.getAndIncrement()) {
                case 0 -> throw new OutOfMemoryError("unable to create native thread");
                case 1 -> throw new IllegalStateException("wrong");
                default -> greet(client);
              }
            })) {
      assertEquals(-1, ask(socket));
      assertEquals(-1, ask(socket));
      assertEquals(1, ask(socket));
    }
  }

  @Test
  void shouldBeForItsOwnerOnlyAndReplaceWhatWasLeftBehind() throws Exception {
    Path socket = Files.writeString(directory.resolve("some.sock"), "left behind");

    try (UnixServer _ =
        UnixServer.open("the socket", socket, 8, "test-accept", UnixServerTest::greet)) {
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
      Files.delete(socket);
      Files.writeString(socket, "somebody else's");
    }

    assertEquals("somebody else's", Files.readString(socket));
  }

  @Test
  void shouldSayThatAPathIsTooLong() {
    Path socket = directory.resolve("d".repeat(100)).resolve("some.sock");

    IOException refused =
        assertThrows(
            IOException.class,
            () -> UnixServer.open("the socket", socket, 8, "test-accept", UnixServerTest::greet));

    assertTrue(refused.getMessage().contains("too long a path"), refused::getMessage);
  }
}
