package org.ktsn.dataplane;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Says when the launcher has no real-time priority although KTSNd may give itself one: frames leave
 * late then as soon as the processor is busy. It is read from the kernel, as it is at present.
 */
@Component(configurationPid = "org.ktsn.dataplane")
public final class LauncherHealth implements HealthSource {
  private static final String LAUNCHER = "ktsn-launcher";
  private static final long CAP_SYS_NICE = 1L << 23;

  /** The fields of {@code stat} behind the name begin with the third: see proc(5). */
  private static final int FIRST_FIELD = 3;

  private static final int POLICY_FIELD = 41;
  private static final String SCHED_FIFO = "1";

  private final int priority;
  private final Path process;
  private final Path controlGroups;

  /** Made by the component runtime. */
  @Activate
  public LauncherHealth(DataplaneConfig config) {
    this(config.launcher_priority(), Path.of("/proc/self"), Path.of("/sys/fs/cgroup"));
  }

  LauncherHealth(int priority, Path process, Path controlGroups) {
    this.priority = priority;
    this.process = process;
    this.controlGroups = controlGroups;
  }

  @Override
  public List<Trouble> troubles() {
    try {
      if (priority > 0 && mayBeReal() && isLauncherOrdinary()) {
        return List.of(
            new Trouble(
                "the launcher's priority",
                "the launcher has no real-time priority, though KTSNd has CAP_SYS_NICE, so frames"
                    + " may leave late: "
                    + reason()));
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of(); // a thread that ends meanwhile
    }
    return List.of();
  }

  private boolean mayBeReal() throws IOException {
    try (Stream<String> lines = Files.lines(process.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("CapEff:"))
          .anyMatch(
              line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & CAP_SYS_NICE) != 0);
    }
  }

  private boolean isLauncherOrdinary() throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("comm")).strip().equals(LAUNCHER)) {
          String stat = Files.readString(thread.resolve("stat"));
          String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
          return !fields[POLICY_FIELD - FIRST_FIELD].equals(SCHED_FIFO);
        }
      }
    }
    return false;
  }

  private String reason() throws IOException {
    Optional<Path> budget = budget();
    if (budget.isPresent() && Files.readString(budget.get()).strip().equals("0")) {
      return "its control group has no time for it (cpu.rt_runtime_us is 0, and the kernel has"
          + " CONFIG_RT_GROUP_SCHED); write 100000 into that file of the pod's group and of each"
          + " above it, the uppermost first, and restart KTSNd";
    }
    return "event=launcher-not-placed in its log has the reason";
  }

  /** The file of the group that KTSNd is in, as it is seen here: a container sees its own only. */
  private Optional<Path> budget() throws IOException {
    for (String line : Files.readAllLines(process.resolve("cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && List.of(parts[1].split(",", -1)).contains("cpu")) {
        String group = parts[2].replaceFirst("^/+", "");
        return Stream.of(parts[1], "cpu")
            .map(controlGroups::resolve)
            .flatMap(folder -> Stream.of(folder.resolve(group), folder))
            .map(folder -> folder.resolve("cpu.rt_runtime_us"))
            .filter(Files::isReadable)
            .findFirst();
      }
    }
    return Optional.empty();
  }
}
