package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelFolderTest {
  @TempDir private Path directory;
  private Path folder;
  private Path others;

  @BeforeEach
  void create() throws IOException {
    folder = directory.resolve("pods/a");
    others = Files.createDirectory(directory.resolve("others"));
    Files.writeString(others.resolve("file"), "kept");
    ChannelFolder.create(folder);
  }

  @Test
  void shouldLetEveryUserThrough() throws IOException {
    assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
  }

  @Test
  void shouldRemoveWhateverAContainerLeftThere() throws IOException {
    Files.createDirectories(folder.resolve("x/y/z"));
    Files.writeString(folder.resolve("x/y/file"), "anything");
    Files.writeString(folder.resolve("app.sock"), "not a socket");
    ChannelFolder.remove(folder);
    assertFalse(Files.exists(folder));
    ChannelFolder.remove(folder);
  }

  @Test
  void shouldFollowNoLink() throws IOException {
    Files.createSymbolicLink(folder.resolve("app.sock"), others.resolve("file"));
    Files.createSymbolicLink(folder.resolve("folder"), others);
    Files.createDirectory(folder.resolve("deep"));
    Files.createSymbolicLink(folder.resolve("deep/up"), directory);
    ChannelFolder.remove(folder);
    assertFalse(Files.exists(folder));
    assertEquals("kept", Files.readString(others.resolve("file")));
  }

  @Test
  void shouldLeaveFolderAloneThatIsALinkItself() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("pods/b"), others);
    ChannelFolder.remove(link);
    assertTrue(Files.exists(others.resolve("file")));
  }

  @Test
  void shouldGiveUpOnMoreThanItIsWorth() throws IOException {
    for (int i = 0; i <= ChannelFolder.MOST_ENTRIES; i++) {
      Files.createFile(folder.resolve("f" + i));
    }
    ChannelFolder.remove(folder);
    assertTrue(Files.exists(folder), "the rest stays");
    ChannelFolder.remove(folder);
    assertFalse(Files.exists(folder), "another time it is done");
  }
}
