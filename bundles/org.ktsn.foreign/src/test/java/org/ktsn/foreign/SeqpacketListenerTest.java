package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listening end, in a folder into which others may write. */
final class SeqpacketListenerTest {
  @TempDir Path directory;

  @Test
  void shouldLetThoseConnectWhomTheModeSays() throws IOException {
    Path path = directory.resolve("s");
    try (SeqpacketListener listener = SeqpacketListener.listen(path, 0666)) {
      assertEquals(Optional.empty(), listener.accept());
      assertEquals("rw-rw-rw-", permissions(path));
    }
  }

  @Test
  void shouldTouchNothingThatALinkInItsPlaceLeadsTo() throws IOException {
    Path victim = Files.writeString(directory.resolve("victim"), "kept");
    Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("rw-------"));
    Path path = Files.createSymbolicLink(directory.resolve("s"), victim);
    SeqpacketListener listener = SeqpacketListener.listen(path, 0666);
    listener.close();
    assertEquals("rw-------", permissions(victim));
    assertEquals("kept", Files.readString(victim));
    assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void shouldSayWhatIsInTheWay() throws IOException {
    Path path = Files.createDirectory(directory.resolve("s"));
    ForeignException refusal =
        assertThrows(ForeignException.class, () -> SeqpacketListener.listen(path, 0666));
    assertTrue(refusal.getMessage().contains(path.toString()), refusal.getMessage());
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
