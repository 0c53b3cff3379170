package org.ktsn.pod;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a pod's channel, which its container sees. The container's mount should be
 * read-only; where it is not, what lies there is the container's making: no link in it is followed,
 * and clearing it up is bounded.
 */
final class ChannelFolder {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelFolder.class);

  /** Files and folders that are removed, at most. */
  static final int MOST_ENTRIES = 4096;

  private static final int DEEPEST = 32;

  private int left = MOST_ENTRIES;

  private ChannelFolder() {}

  /** Makes it; one that is there is taken. */
  static void create(Path folder) throws IOException {
    Files.createDirectories(folder);
    // Whatever the umask: the container's users must get through to the socket.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * Removes it with all that is in it. What can't be removed stays, with a line in the log: a
   * container must not keep its pod from being detached.
   */
  static void remove(Path folder) {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      new ChannelFolder().clear((SecureDirectoryStream<Path>) entries, 0);
      Files.deleteIfExists(folder);
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("event=channel-folder-not-removed folder={} reason=\"{}\"", folder, e.toString());
    }
  }

  private void clear(SecureDirectoryStream<Path> entries, int depth) throws IOException {
    for (Path entry : entries) {
      Path name = entry.getFileName();
      if (left-- == 0 || depth > DEEPEST) {
        throw new IOException("there is too much in it");
      }
      try {
        if (isFolder(entries, name)) {
          try (SecureDirectoryStream<Path> inner =
              entries.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            clear(inner, depth + 1);
          }
          entries.deleteDirectory(name);
        } else {
          entries.deleteFile(name);
        }
      } catch (NoSuchFileException e) {
        // It went by itself.
      }
    }
  }

  private static boolean isFolder(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }
}
