package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnixDatagramTest {
  @TempDir Path directory;

  private final byte[] buffer = new byte[64];

  private UnixDatagram bind(String name) {
    return UnixDatagram.bind(directory.resolve(name), 0660, buffer.length);
  }

  @Test
  void shouldCarryDatagramsBetweenTwoPaths() {
    try (UnixDatagram one = bind("one");
        UnixDatagram other = bind("other")) {
      assertEquals(UnixDatagram.NOTHING, other.receive(buffer));
      assertEquals(UnixDatagram.SENT, one.send(new byte[] {1, 2, 3}, other.path()));
      assertEquals(UnixDatagram.SENT, one.send(new byte[0], other.path()));
      assertEquals(3, other.receive(buffer));
      assertArrayEquals(new byte[] {1, 2, 3}, Arrays.copyOf(buffer, 3));
      assertEquals(0, other.receive(buffer));
      assertEquals(UnixDatagram.NOTHING, other.receive(buffer));
    }
  }

  @Test
  void shouldWakeAPoller() {
    int[] ready = new int[2];
    try (Poller poller = Poller.open();
        UnixDatagram one = bind("one");
        UnixDatagram other = bind("other")) {
      poller.add(other.descriptor(), 5);
      assertEquals(0, poller.await(ready, 0));
      assertEquals(UnixDatagram.SENT, one.send(new byte[1], other.path()));
      assertEquals(1, poller.await(ready, 1000));
      assertEquals(5, ready[0]);
    }
  }

  @Test
  void shouldTellWhyADatagramCanNotBeSent() throws IOException {
    try (UnixDatagram one = bind("one")) {
      assertEquals(UnixDatagram.ENOENT, one.send(new byte[1], directory.resolve("nobody")));
      UnixDatagram other = bind("other");
      Path kept = Files.createLink(directory.resolve("kept"), other.path());
      other.close();
      assertEquals(UnixDatagram.ECONNREFUSED, one.send(new byte[1], kept));
      try (UnixDatagram full = bind("full")) {
        int sent = 0;
        int answer = one.send(new byte[1], full.path());
        while (answer == UnixDatagram.SENT && sent < 100_000) {
          sent++;
          answer = one.send(new byte[1], full.path());
        }
        assertEquals(UnixDatagram.EAGAIN, answer);
      }
    }
  }

  @Test
  void shouldReplaceWhatLiesAtItsPathAndRemoveItAtTheEnd() throws IOException {
    Path path = Files.writeString(directory.resolve("socket"), "stale");
    try (UnixDatagram socket = bind("socket")) {
      assertEquals(path, socket.path());
      assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void shouldRefuseAPathThatIsTooLongOrCanNotBeMade() {
    String message = assertThrows(ForeignException.class, () -> bind("x".repeat(200))).getMessage();
    assertTrue(message.contains("at most 107"), message);
    ForeignException refused = assertThrows(ForeignException.class, () -> bind("no/such/folder"));
    assertEquals(2, refused.errno());
    assertTrue(refused.getMessage().contains("No such file"), refused.getMessage());
  }
}
