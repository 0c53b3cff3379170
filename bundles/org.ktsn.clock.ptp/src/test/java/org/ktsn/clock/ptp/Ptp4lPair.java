package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Two real ptp4l, each in a network namespace of its own with a veth between them: software time
 * stamps, quick intervals, and free_running, so that nobody touches the machine's clock.
 */
final class Ptp4lPair implements AutoCloseable {
  static final String MASTER = "gm";
  static final String SLAVE = "sl";

  /** Where linuxptp makes a socket unless told otherwise, whoever starts it. */
  private static final Path SHARED = Path.of("/var/run/ptp4lro");

  private final boolean sharedBefore;
  private final Path directory;
  private final String further;
  private final String prefix;
  private final Map<String, Process> running = new HashMap<>();

  /**
   * Makes the two namespaces; no ptp4l runs yet.
   *
   * @param further more lines of both ptp4l's configuration
   */
  Ptp4lPair(Path directory, String further) {
    Programs.need();
    sharedBefore = Files.exists(SHARED);
    this.directory = directory;
    this.further = further;
    prefix = "kp" + Long.toHexString(System.nanoTime() & 0xffffff);
    for (String side : List.of(MASTER, SLAVE)) {
      Programs.run("ip", "netns", "add", prefix + side);
    }
    Programs.run(
        "ip",
        "link",
        "add",
        prefix + MASTER,
        "netns",
        prefix + MASTER,
        "type",
        "veth",
        "peer",
        "name",
        prefix + SLAVE,
        "netns",
        prefix + SLAVE);
    for (String side : List.of(MASTER, SLAVE)) {
      Programs.run("ip", "-n", prefix + side, "link", "set", prefix + side, "up");
    }
  }

  Path socket(String side) {
    return directory.resolve(side + ".sock");
  }

  String log(String side) {
    try {
      return Files.readString(directory.resolve(side + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void start(String side) {
    String configuration =
        """
        [global]
        free_running 1
        time_stamping software
        network_transport L2
        logAnnounceInterval -3
        logSyncInterval -3
        logMinDelayReqInterval -3
        logMinPdelayReqInterval -1
        fault_reset_interval -2
        announceReceiptTimeout 3
        priority1 %d
        uds_address %s
        %s
        %s
        """
            .formatted(side.equals(MASTER) ? 10 : 200, socket(side), readOnlySocket(side), further);
    Path file = directory.resolve(side + ".cfg");
    try {
      Files.writeString(file, configuration);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    running.put(
        side,
        Programs.start(
            directory.resolve(side + ".log"),
            "ip",
            "netns",
            "exec",
            prefix + side,
            "ptp4l",
            "-f",
            file.toString(),
            "-i",
            prefix + side,
            "-m",
            "-l",
            "6"));
    Eventually.holds("ptp4l's socket " + socket(side), () -> Files.exists(socket(side)));
  }

  /** Where linuxptp has a second socket, from version 4 on, it lies beside the first. */
  private String readOnlySocket(String side) {
    return Programs.knowsOption("uds_ro_address")
        ? "uds_ro_address " + directory.resolve(side + ".ro.sock")
        : "";
  }

  /** Kills one side's ptp4l; its socket stays behind. */
  void kill(String side) {
    Programs.kill(running.remove(side));
  }

  /** Asks with pmc. */
  String pmc(String side, String... further) {
    List<String> words =
        new ArrayList<>(List.of("pmc", "-u", "-b", "0", "-s", socket(side).toString()));
    words.addAll(List.of("-i", directory.resolve("pmc").toString()));
    words.addAll(List.of(further));
    return Programs.run(words.toArray(String[]::new));
  }

  @Override
  public void close() {
    running.values().forEach(Programs::kill);
    for (String side : List.of(MASTER, SLAVE)) {
      Programs.run("ip", "netns", "del", prefix + side);
    }
    assertEquals(sharedBefore, Files.exists(SHARED), SHARED + " is there");
  }
}
