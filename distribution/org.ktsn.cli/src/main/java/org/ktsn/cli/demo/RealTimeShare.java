package org.ktsn.cli.demo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ktsn.cli.CommandFailure;

/**
 * The share of real-time that control groups have, where the kernel deals it out among them
 * (CONFIG_RT_GROUP_SCHED and control groups of version 1). A container's group has none at first,
 * and nothing in it can have a real-time priority.
 */
final class RealTimeShare {
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");
  private static final String FILE = "cpu.rt_runtime_us";

  /** Of each second, in microseconds. */
  private static final int ALL_CONTAINERS = 500_000;

  private static final int A_CONTAINER = 100_000;

  private RealTimeShare() {}

  /**
   * Gives the groups of an instance's containers a share.
   *
   * @throws CommandFailure if the kernel refuses
   */
  static void grant(String instance) {
    try (DirectoryStream<Path> hierarchies = Files.newDirectoryStream(GROUPS)) {
      for (Path hierarchy : hierarchies) {
        Path all = hierarchy.resolve(instance);
        if (Files.exists(all.resolve(FILE))) {
          grant(all);
        }
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "The containers get no real-time priority ("
              + e.getMessage()
              + "); run the demo with --no-real-time.",
          e);
    }
  }

  private static void grant(Path all) throws IOException {
    Files.writeString(all.resolve(FILE), Integer.toString(ALL_CONTAINERS));
    try (DirectoryStream<Path> groups = Files.newDirectoryStream(all, Files::isDirectory)) {
      for (Path group : groups) {
        if (!group.getFileName().toString().contains("conmon")) {
          Files.writeString(group.resolve(FILE), Integer.toString(A_CONTAINER));
        }
      }
    }
  }
}
