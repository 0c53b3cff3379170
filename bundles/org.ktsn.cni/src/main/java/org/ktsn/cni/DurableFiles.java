package org.ktsn.cni;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are there whole or not at all, whenever the machine or KTSNd stops. */
final class DurableFiles {
  private static final String DRAFT = ".draft";

  /** How long a file's name may be, in octets: its draft's has a dot and a suffix more. */
  static final int LONGEST_NAME = 255 - ".".length() - DRAFT.length();

  private DurableFiles() {}

  /** Writes a file in place of any earlier one; it is durable when this returns. */
  static void write(Path file, String text) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path draft = directory.resolve("." + file.getFileName() + DRAFT);
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer octets = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    force(directory);
  }

  /**
   * Removes what a KTSNd that was killed began to write.
   *
   * @param prefix what the files' names begin with
   * @param mark what is in those that are ours; one in which nothing was written yet is, too
   */
  static void removeDrafts(Path directory, String prefix, String mark) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> drafts =
        Files.newDirectoryStream(directory, "." + prefix + "*" + DRAFT)) {
      for (Path draft : drafts) {
        removeDraft(draft, mark);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void removeDraft(Path draft, String mark) throws IOException {
    try {
      String text = Files.readString(draft);
      if (text.isEmpty() || text.contains(mark)) {
        Files.deleteIfExists(draft);
      }
    } catch (NoSuchFileException e) {
      // Its writer has finished.
    }
  }

  /** Removes a file; nothing happens if there is none. */
  static void remove(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      force(file.toAbsolutePath().getParent());
    }
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
