package org.ktsn.pod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;

/**
 * Network namespaces and veth pairs, by the commands of iproute2; as few processes as can be. Each
 * method does all it says or nothing.
 */
final class NetworkCommands {
  /** Where named network namespaces are. */
  static final Path NAMESPACES = Path.of("/run/netns");

  private static final Pattern FAILED_LINE = Pattern.compile("Command failed -:(\\d+)");
  private static final Pattern LINK = Pattern.compile("(?m)^\\d+: ([^:@\\s]+)[@:]");

  /** How the kernel and the commands say that there is nothing to remove. */
  private static final Pattern NOTHING_THERE =
      Pattern.compile("Cannot find device .*|.*: No such file or directory|Command failed .*|");

  private final CommandRunner runner;
  private final Optional<Path> home;

  NetworkCommands(CommandRunner runner, Optional<Path> home) {
    this.runner = runner;
    this.home = home;
  }

  /** Returns the names of the veth interfaces in the home namespace. */
  Set<String> vethNames() {
    List<String> command = inHome("ip", "-o", "link", "show", "type", "veth");
    CommandRunner.Result result = runner.run(command, "");
    if (result.exitCode() != 0) {
      throw new PodException(explain("the interfaces can't be listed", result.output()));
    }
    Set<String> names = new HashSet<>();
    Matcher link = LINK.matcher(result.output());
    while (link.find()) {
      names.add(link.group(1));
    }
    return names;
  }

  /**
   * Makes the pod's veth pair, and its namespace if it owns it: one end with the pod's MAC address
   * inside, the other up in the home namespace.
   */
  void createPair(Pod pod, boolean ownsNamespace, int mtu) {
    List<String> lines = new ArrayList<>();
    if (ownsNamespace) {
      lines.add("netns add " + pod.networkNamespace().getFileName());
    }
    lines.add(
        "link add "
            + pod.switchPort()
            + " mtu "
            + mtu
            + " type veth peer name "
            + pod.interfaceName()
            + " address "
            + pod.mac()
            + " mtu "
            + mtu
            + " netns "
            + pod.networkNamespace());
    int pairLine = lines.size();
    lines.add("link set " + pod.switchPort() + " up");
    CommandRunner.Result result =
        runner.run(inHome("ip", "-batch", "-"), String.join("\n", lines) + "\n");
    if (result.exitCode() == 0) {
      return;
    }
    Matcher failed = FAILED_LINE.matcher(result.output());
    int failedLine = failed.find() ? Integer.parseInt(failed.group(1)) : 1;
    remove(failedLine > pairLine ? pod.switchPort() : "", ownsNamespace && failedLine > 1, pod);
    throw new PodException(
        explain(
            "pod '"
                + pod.name()
                + "' can't be attached: interface "
                + pod.interfaceName()
                + " can't be made in "
                + pod.networkNamespace(),
            result.output()));
  }

  /**
   * Begins to set up the pod's end: addresses, both interfaces up, routes, and transmit checksum
   * offload off, for a switch that reads the other end through AF_PACKET sends unfinished checksums
   * on.
   *
   * @return what {@link #finish} wants
   */
  CommandRunner.Running configure(Pod pod, List<PodAssignment.Route> routes) {
    StringBuilder lines = new StringBuilder();
    for (String address : pod.addresses()) {
      lines.append("addr add ").append(address);
      lines.append(" dev ").append(pod.interfaceName()).append('\n');
    }
    lines.append("link set lo up\n");
    lines.append("link set ").append(pod.interfaceName()).append(" up\n");
    for (PodAssignment.Route route : routes) {
      lines.append("route add ").append(route.destination());
      if (!route.gateway().isEmpty()) {
        lines.append(" via ").append(route.gateway());
      }
      lines.append(" dev ").append(pod.interfaceName()).append('\n');
    }
    return runner.start(
        List.of(
            "nsenter",
            "--net=" + pod.networkNamespace(),
            "sh",
            "-c",
            "ethtool -K \"$0\" tx off >/dev/null && exec ip -batch -",
            pod.interfaceName()),
        lines.toString());
  }

  /** Waits for the end of {@link #configure}. */
  void finish(Pod pod, CommandRunner.Running configuring) {
    CommandRunner.Result result = configuring.await();
    if (result.exitCode() != 0) {
      throw new PodException(
          explain(
              "pod '"
                  + pod.name()
                  + "' can't be attached: interface "
                  + pod.interfaceName()
                  + " can't be set up",
              result.output()));
    }
  }

  /**
   * Compares a pod with the kernel's state.
   *
   * @param namespaceId what told its namespace from others when it was attached
   * @return a sentence for each difference
   */
  List<String> differences(Pod pod, long namespaceId) {
    if (!namespaceId(pod.networkNamespace()).equals(Optional.of(namespaceId))) {
      return List.of(
          "network namespace " + pod.networkNamespace() + " is gone, or another has its name");
    }
    List<String> differences = new ArrayList<>();
    if (!vethNames().contains(pod.switchPort())) {
      differences.add("the switch's end " + pod.switchPort() + " of the interface is gone");
    }
    CommandRunner.Result shown =
        runner.run(
            List.of(
                "nsenter",
                "--net=" + pod.networkNamespace(),
                "ip",
                "-j",
                "addr",
                "show",
                "dev",
                pod.interfaceName()),
            "");
    if (shown.exitCode() != 0) {
      differences.add(
          "interface "
              + pod.interfaceName()
              + " is not in "
              + pod.networkNamespace()
              + " ("
              + shown.output()
              + ")");
    } else {
      ShownInterface.parse(shown.output()).addDifferences(pod, differences);
    }
    return differences;
  }

  /** Removes a pod's veth pair, and its namespace if it owns it; what is gone already is fine. */
  void remove(Pod pod, boolean ownsNamespace) {
    remove(pod.switchPort(), ownsNamespace, pod);
  }

  /** Removes an interface; nothing happens if it is gone. */
  void removeLink(String name) {
    removeLines(List.of("link del " + name), "interface " + name);
  }

  /** Returns what tells a namespace from every other one; empty if there is none. */
  static Optional<Long> namespaceId(Path file) {
    try {
      return Optional.of((Long) Files.getAttribute(file, "unix:ino"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void remove(String switchPort, boolean namespace, Pod pod) {
    List<String> lines = new ArrayList<>();
    if (!switchPort.isEmpty()) {
      lines.add("link del " + switchPort);
    }
    if (namespace) {
      lines.add("netns del " + pod.networkNamespace().getFileName());
    }
    if (!lines.isEmpty()) {
      removeLines(lines, "the network of pod '" + pod.name() + "'");
    }
  }

  private void removeLines(List<String> lines, String what) {
    CommandRunner.Result result =
        runner.run(inHome("ip", "-force", "-batch", "-"), String.join("\n", lines) + "\n");
    List<String> reasons =
        result.output().lines().filter(line -> !NOTHING_THERE.matcher(line).matches()).toList();
    if (result.exitCode() != 0 && !reasons.isEmpty()) {
      throw new PodException(explain(what + " can't be removed", String.join(", ", reasons)));
    }
  }

  private List<String> inHome(String... command) {
    List<String> whole = new ArrayList<>();
    home.ifPresent(
        namespace -> {
          whole.add("nsenter");
          whole.add("--net=" + namespace);
        });
    whole.addAll(List.of(command));
    return whole;
  }

  /** Makes a sentence of what the commands say, with the remedy where one is known. */
  private static String explain(String failure, String output) {
    String reason =
        output
            .lines()
            .filter(line -> !line.startsWith("Command failed"))
            .map(line -> line.replaceFirst("^(RTNETLINK answers|Error): ", ""))
            .reduce((a, b) -> a + ", " + b)
            .orElse("no reason given");
    String remedy =
        switch (reason) {
          case String r when r.contains("Operation not permitted") ->
              "; run KTSNd as root, since it changes network interfaces";
          case String r when r.contains("File exists") ->
              "; it is there already: remove it, or choose another name";
          case String r when r.contains("netns") || r.contains("reassociate") ->
              "; the file is not a network namespace, or it is gone";
          case String r when r.contains("not found") ->
              "; run: apt-get install iproute2 ethtool util-linux";
          default -> "";
        };
    return failure + " (" + reason + ")" + remedy;
  }
}
