package org.ktsn.cli.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;

/** What the kernel tells of a process, under {@code /proc}. */
public record CpuTime(Path process) {
  private static final long TICKS_PER_SECOND = 100; // USER_HZ, fixed in Linux's interface
  private static final int FIRST_FIELD_AFTER_NAME = 3;

  /** A real-time thread: its processor, -1 if it may use several, and its priority. */
  record RealTimeThread(int cpu, int priority) {}

  /** Finds the process whose number a file holds. */
  public static CpuTime ofPidFile(Path file) {
    try {
      Path process = Path.of("/proc", Files.readString(file).strip());
      if (Files.isDirectory(process)) {
        return new CpuTime(process);
      }
      throw new CommandFailure(
          file + " names a process that is gone; the log beside it tells why.");
    } catch (IOException e) {
      throw new CommandFailure(
          file + " is not there: that process does not run. Start the node with 'ktsn up'.", e);
    }
  }

  /** Returns the processor time that the process has used, in nanoseconds. */
  public long usedNs() {
    List<String> fields = fields(process.resolve("stat"));
    return (Long.parseLong(field(fields, 14)) + Long.parseLong(field(fields, 15)))
        * (1_000_000_000L / TICKS_PER_SECOND);
  }

  /** Returns the memory of its own that the process has present, in KiB; hugepages not counted. */
  public long residentKib() {
    try (Stream<String> lines = Files.lines(process.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new CommandFailure(
          process + " ended while it was measured: " + e.getMessage() + ".", e);
    }
  }

  /** Finds a real-time thread by its name. */
  Optional<RealTimeThread> realTimeThread(String name) {
    try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
      for (Path task : tasks.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals(name)) {
          return Optional.of(
              new RealTimeThread(
                  onlyCpu(task), Integer.parseInt(field(fields(task.resolve("stat")), 40))));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static int onlyCpu(Path task) throws IOException {
    return Files.readAllLines(task.resolve("status")).stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .filter(list -> list.matches("\\d+"))
        .map(Integer::valueOf)
        .findFirst()
        .orElse(-1);
  }

  /** The fields of a stat file from the third on; the second, the name, may hold anything. */
  private static List<String> fields(Path stat) {
    try {
      String line = Files.readString(stat);
      return List.of(line.substring(line.lastIndexOf(')') + 1).strip().split(" "));
    } catch (IOException e) {
      throw new CommandFailure(
          stat + " went away; the process ended while it was measured: " + e.getMessage() + ".", e);
    }
  }

  private static String field(List<String> fields, int number) {
    return fields.get(number - FIRST_FIELD_AFTER_NAME);
  }
}
