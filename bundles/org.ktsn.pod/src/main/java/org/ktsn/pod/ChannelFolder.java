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
import java.util.List;
import java.util.Optional;
import org.ktsn.api.pod.Pod;
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

  /** Makes a pod's, and the one by the name that Kubernetes knows it by. */
  static void create(Pod pod) throws IOException {
    create(pod.channelSocket().getParent());
    if (pod.namedChannel().isPresent()) {
      create(pod.namedChannel().get());
    }
  }

  /**
   * Removes a pod's.
   *
   * @param others the other pods: one may have the same name by now, of a sandbox that took this
   *     one's place
   */
  static void remove(Pod pod, List<Pod> others) {
    remove(pod.channelSocket().getParent());
    pod.namedChannel()
        .filter(
            folder ->
                others.stream()
                    .filter(other -> !other.name().equals(pod.name()))
                    .noneMatch(other -> other.namedChannel().equals(Optional.of(folder))))
        .ifPresent(ChannelFolder::remove);
  }

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
