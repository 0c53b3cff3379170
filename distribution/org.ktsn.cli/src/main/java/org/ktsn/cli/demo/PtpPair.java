package org.ktsn.cli.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.SystemCommand;
import org.ktsn.cli.testbed.WorkFolder;

/**
 * Two real ptp4l, a grandmaster and a slave, each in a network namespace of its own with a veth
 * between them. Software time stamps, and free_running: nobody touches the machine's clock.
 */
final class PtpPair {
  private static final String PROGRAM = "/usr/sbin/ptp4l";
  private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\..*");

  /** From this version on, ptp4l makes a second socket, in a place that is the same for all. */
  private static final int READ_ONLY_SOCKET_SINCE = 4;

  private static final int LINES_KEPT = 5;

  /** Which of the two: the lower priority1 is the better clock. */
  enum Side {
    GRANDMASTER("gm", 10),
    SLAVE("sl", 200);

    private final String mark;
    private final int priority1;

    Side(String mark, int priority1) {
      this.mark = mark;
      this.priority1 = priority1;
    }
  }

  /** One ptp4l and the last lines of its log. */
  private record Running(String name, Child child, Deque<String> log) {}

  private final String instance;
  private final Path folder;
  private final Cleanup cleanup;
  private final List<Running> running = new ArrayList<>();

  private PtpPair(String instance, Path folder, Cleanup cleanup) {
    this.instance = instance;
    this.folder = folder;
    this.cleanup = cleanup;
  }

  /**
   * Makes the namespaces and starts both; returns at once, long before they have found each other.
   *
   * @param instance the node's, which the namespaces and interfaces are named by
   * @param folder for configuration and sockets; must exist and not be removed before the pair
   * @param cleanup ends both and removes the namespaces
   * @throws CommandFailure if that is not possible
   */
  static PtpPair start(String instance, Path folder, Cleanup cleanup) {
    need(Path.of(PROGRAM));
    PtpPair pair = new PtpPair(instance, folder, cleanup);
    pair.connectNamespaces();
    int version = majorVersion(SystemCommand.run(PROGRAM, "-v"));
    for (Side side : Side.values()) {
      pair.start(side, version);
    }
    return pair;
  }

  /**
   * Checks that ptp4l is there.
   *
   * @throws CommandFailure with the package that has it
   */
  static void need(Path program) {
    if (!Files.isExecutable(program)) {
      throw new CommandFailure(
          "There is no "
              + program
              + ", which --ptp runs two of; install it with 'apt-get install linuxptp'.");
    }
  }

  /** Returns the management socket of one side. */
  Path socket(Side side) {
    return folder.resolve("ptp4l-" + side.mark);
  }

  /** Returns the name of one side's network namespace. */
  String namespace(Side side) {
    return instance + "-ptp-" + side.mark;
  }

  /** Says which of the two has ended by itself, and its last words; empty if both run. */
  Optional<String> complaint() {
    return running.stream()
        .filter(each -> !each.child().running())
        .findFirst()
        .map(
            each -> {
              synchronized (each.log()) {
                return "The "
                    + each.name()
                    + " has ended"
                    + (each.log().isEmpty() ? "." : ": " + String.join("\n", each.log()));
              }
            });
  }

  /**
   * Returns the configuration of one side, which is good for linuxptp 3 and 4.
   *
   * @param version ptp4l's major version
   */
  String configuration(Side side, int version) {
    String text =
        """
        [global]
        free_running 1
        time_stamping software
        network_transport L2
        logAnnounceInterval -3
        logSyncInterval -3
        logMinDelayReqInterval -3
        announceReceiptTimeout 3
        priority1 %d
        uds_address %s
        """
            .formatted(side.priority1, socket(side));
    return version < READ_ONLY_SOCKET_SINCE
        ? text
        : text + "uds_ro_address " + socket(side) + "ro\n";
  }

  /** Reads what {@code ptp4l -v} prints; 0 if it is no version. */
  static int majorVersion(String text) {
    Matcher version = VERSION.matcher(text.strip());
    return version.matches() ? Integer.parseInt(version.group(1)) : 0;
  }

  private void connectNamespaces() {
    for (Side side : Side.values()) {
      SystemCommand.run("ip", "netns", "add", namespace(side));
      cleanup.add(() -> SystemCommand.run("ip", "netns", "del", namespace(side)));
    }
    // Made where they belong: the machine's own namespace never sees them.
    SystemCommand.run(
        "ip",
        "link",
        "add",
        link(Side.GRANDMASTER),
        "netns",
        namespace(Side.GRANDMASTER),
        "type",
        "veth",
        "peer",
        "name",
        link(Side.SLAVE),
        "netns",
        namespace(Side.SLAVE));
    for (Side side : Side.values()) {
      SystemCommand.run("ip", "-n", namespace(side), "link", "set", link(side), "up");
    }
  }

  private void start(Side side, int version) {
    Path file = folder.resolve("ptp4l-" + side.mark + ".cfg");
    WorkFolder.write(file, configuration(side, version));
    String name = side == Side.SLAVE ? "slave's ptp4l" : "grandmaster's ptp4l";
    Deque<String> log = new ArrayDeque<>();
    List<String> command =
        List.of(
            "nsenter",
            "--net=/run/netns/" + namespace(side),
            PROGRAM,
            "-f",
            file.toString(),
            "-i",
            link(side),
            "-m",
            "-q");
    running.add(
        new Running(name, Child.start(name, command, line -> keep(log, line), cleanup), log));
  }

  private static void keep(Deque<String> log, String line) {
    synchronized (log) {
      log.addLast(line);
      if (log.size() > LINES_KEPT) {
        log.removeFirst();
      }
    }
  }

  private String link(Side side) {
    return instance + "-" + side.mark;
  }
}
