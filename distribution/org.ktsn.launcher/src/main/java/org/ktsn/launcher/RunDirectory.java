package org.ktsn.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The run directory while a daemon has it: one at a time, kept by a lock on {@code ktsnd.lock} that
 * the kernel releases whatever becomes of the process. {@code ktsnd.pid} holds the process id.
 */
final class RunDirectory implements AutoCloseable {
  private final Path directory;
  private final FileChannel channel;

  private RunDirectory(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Makes the directory if need be and takes it.
   *
   * @throws LaunchException if another daemon has it, or it can't be written
   */
  static RunDirectory take(Path directory) {
    FileChannel channel = null;
    try {
      Files.createDirectories(directory.resolve("etc"));
      channel =
          FileChannel.open(
              directory.resolve("ktsnd.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!lock(channel)) {
        channel.close();
        throw new LaunchException(
            "another KTSNd"
                + other(directory)
                + " uses the run directory "
                + directory
                + "; stop it, or set KTSN_INSTANCE to another name");
      }
      Files.deleteIfExists(directory.resolve("ready"));
      Files.writeString(directory.resolve("ktsnd.pid"), ProcessHandle.current().pid() + "\n");
      return new RunDirectory(directory, channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new LaunchException(
          "the run directory "
              + directory
              + " can't be used ("
              + e
              + "); start the daemon as root, or name another one with KTSN_RUN",
          e);
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static String other(Path directory) {
    try {
      return " (process " + Files.readString(directory.resolve("ktsnd.pid")).strip() + ")";
    } catch (IOException e) {
      return "";
    }
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // the process ends anyway, and the lock with it
      }
    }
  }

  /** Withdraws the sign that the daemon is ready. */
  void notReady() throws IOException {
    Files.deleteIfExists(directory.resolve("ready"));
  }

  /** Gives the directory up. The lock's file stays: removing it would race with the next daemon. */
  @Override
  public void close() throws IOException {
    notReady();
    Files.deleteIfExists(directory.resolve("ktsnd.pid"));
    channel.close();
  }
}
