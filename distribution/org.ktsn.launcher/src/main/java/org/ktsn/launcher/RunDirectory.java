package org.ktsn.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The run directory while a daemon has it: one at a time, kept by a lock on {@code ktsnd.lock} that
 * the kernel releases whatever becomes of the process. {@code ktsnd.pid} holds the process id.
 *
 * <p>A daemon that is to relieve another one waits for the lock, with its process id in {@code
 * relief}. It gets the lock when the other process has ended, not sooner: only then the kernel has
 * what that one held, hugepages above all.
 */
final class RunDirectory implements AutoCloseable {
  private static final String RELIEF = "relief";
  private static final String WORK = "framework";

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
      return taken(directory, channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw unusable(directory, e);
    }
  }

  /**
   * Waits until the daemon that has the directory has ended, and takes it.
   *
   * @throws LaunchException if it can't be written
   */
  static RunDirectory inherit(Path directory) {
    FileChannel channel = null;
    Path relief = directory.resolve(RELIEF);
    try {
      channel =
          FileChannel.open(
              directory.resolve("ktsnd.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      Files.writeString(relief, ownPid());
      FileLock lock = channel.lock();
      assert lock.isValid();
      Files.deleteIfExists(relief);
      return taken(directory, channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw unusable(directory, e);
    }
  }

  private static RunDirectory taken(Path directory, FileChannel channel) throws IOException {
    Files.deleteIfExists(directory.resolve("ready"));
    // In one step: whoever reads it meanwhile must not take KTSNd for gone.
    Path written = Files.writeString(directory.resolve("ktsnd.pid.new"), ownPid());
    Files.move(
        written,
        directory.resolve("ktsnd.pid"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    removeWorkOfOthers(directory);
    return new RunDirectory(directory, channel);
  }

  private static String ownPid() {
    return ProcessHandle.current().pid() + "\n";
  }

  /** Returns the folder of this process for what its framework keeps while it runs. */
  static Path work(Path directory) {
    return directory.resolve(WORK).resolve(Long.toString(ProcessHandle.current().pid()));
  }

  /** Processes that were killed have left theirs. */
  private static void removeWorkOfOthers(Path directory) throws IOException {
    Path own = work(directory);
    if (!Files.isDirectory(own.getParent())) {
      return;
    }
    List<Path> left;
    try (Stream<Path> files = Files.walk(own.getParent())) {
      left =
          files
              .filter(file -> !file.startsWith(own) && !own.startsWith(file))
              .sorted(Comparator.reverseOrder())
              .toList();
    }
    for (Path file : left) {
      Files.deleteIfExists(file);
    }
  }

  private static LaunchException unusable(Path directory, IOException e) {
    return new LaunchException(
        "the run directory "
            + directory
            + " can't be used ("
            + e
            + "); start the daemon as root, or name another one with KTSN_RUN",
        e);
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

  /** Removes what says that the daemon is there. The lock goes with the process. */
  void leave() throws IOException {
    notReady();
    Files.deleteIfExists(directory.resolve("ktsnd.pid"));
  }

  /** Gives the directory up. The lock's file stays: removing it would race with the next daemon. */
  @Override
  public void close() throws IOException {
    leave();
    channel.close();
  }
}
