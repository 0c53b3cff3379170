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
import java.util.stream.Stream;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;
import org.ktsn.foreign.ForeignException;

/**
 * Network namespaces by the commands of iproute2, and veth pairs in them. Each method does all it
 * says or nothing.
 */
final class NetworkCommands {
  /** Where named network namespaces are. */
  static final Path NAMESPACES = Path.of("/run/netns");

  private static final Path KTSND = Path.of("/proc/self/ns/net");
  private static final Pattern LINK = Pattern.compile("(?m)^\\d+: ([^:@\\s]+)[@:]");

  /** How the command says that there is nothing to remove. */
  private static final Pattern NOTHING_THERE = Pattern.compile(".*: No such file or directory");

  private final CommandRunner runner;
  private final Links links;
  private final Optional<Path> home;

  NetworkCommands(CommandRunner runner, Links links, Optional<Path> home) {
    this.runner = runner;
    this.links = links;
    this.home = home;
  }

  /** Returns the names of the veth interfaces in the home namespace. */
  Set<String> vethNames() {
    List<String> command = command("ip", "-o", "link", "show", "type", "veth");
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
    String failure =
        "pod '"
            + pod.name()
            + "' can't be attached: interface "
            + pod.interfaceName()
            + " can't be made in "
            + pod.networkNamespace();
    if (ownsNamespace) {
      CommandRunner.Result result =
          runner.run(command("ip", "netns", "add", namespaceName(pod)), "");
      if (result.exitCode() != 0) {
        throw new PodException(explain(failure, result.output()));
      }
    }
    try {
      links.addPair(inHome(pod.switchPort()), inPod(pod), pod.mac(), mtu);
    } catch (ForeignException e) {
      if (ownsNamespace) {
        removeNamespace(pod);
      }
      throw new PodException(explain(failure, e.getMessage()), e);
    }
  }

  /**
   * Sets up the pod's end: addresses, both interfaces up, routes, and transmit checksum offload
   * off, for a switch that reads the other end through AF_PACKET sends unfinished checksums on.
   * Where it has an IPv6 address, that of the link can be used at once too: the kernel asks for
   * neighbours from it, and asks nobody before it has looked for a second whether it is free.
   *
   * @return the routes that were made: one that the pod has already is passed over
   */
  List<PodAssignment.Route> configure(Pod pod, List<PodAssignment.Route> routes) {
    try {
      return links.setUp(inPod(pod), withLinkAddress(pod), routes);
    } catch (ForeignException e) {
      throw new PodException(
          explain(
              "pod '"
                  + pod.name()
                  + "' can't be attached: interface "
                  + pod.interfaceName()
                  + " can't be set up",
              e.getMessage()),
          e);
    }
  }

  private static List<String> withLinkAddress(Pod pod) {
    List<HostAddress> addresses = pod.addresses().stream().map(HostAddress::parse).toList();
    HostAddress link = HostAddress.ofLink(pod.mac());
    boolean isWanted =
        addresses.stream().anyMatch(HostAddress::isIpv6)
            && addresses.stream().noneMatch(given -> given.address().equals(link.address()));
    return isWanted
        ? Stream.concat(pod.addresses().stream(), Stream.of(link.toString())).toList()
        : pod.addresses();
  }

  /**
   * Sets the switch's end up. Open vSwitch gives an interface back the flags that it had before, by
   * its name: when it lets go of a port late, it sets the next one of that name down.
   */
  void raiseSwitchPort(Pod pod) {
    try {
      links.raise(inHome(pod.switchPort()));
    } catch (ForeignException e) {
      throw new PodException(
          explain(
              "pod '"
                  + pod.name()
                  + "' can't be attached: the switch's end "
                  + pod.switchPort()
                  + " can't be set up",
              e.getMessage()),
          e);
    }
  }

  /**
   * Compares a pod with the kernel's state.
   *
   * @return a sentence for each difference
   */
  List<String> differences(PodRecord podRecord) {
    Pod pod = podRecord.pod();
    if (!namespaceId(pod.networkNamespace()).equals(Optional.of(podRecord.namespaceId()))) {
      return List.of(
          "network namespace " + pod.networkNamespace() + " is gone, or another has its name");
    }
    List<String> differences = new ArrayList<>();
    if (!vethNames().contains(pod.switchPort())) {
      differences.add("the switch's end " + pod.switchPort() + " of the interface is gone");
    }
    CommandRunner.Result shown =
        runner.run(inside(pod, "ip", "-j", "addr", "show", "dev", pod.interfaceName()), "");
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
    for (PodAssignment.Route route : podRecord.routes()) {
      if (!has(pod, route)) {
        differences.add("its route to " + route + " is gone or another");
      }
    }
    return differences;
  }

  private boolean has(Pod pod, PodAssignment.Route route) {
    List<String> command =
        inside(
            pod,
            "ip",
            HostAddress.parse(route.destination()).isIpv6() ? "-6" : "-4",
            "-N",
            "-j",
            "route",
            "show",
            "table",
            ShownRoute.table(route),
            "exact",
            route.destination());
    CommandRunner.Result shown = runner.run(command, "");
    // A table without a route is none, which is an error.
    return shown.exitCode() == 0
        && ShownRoute.parse(shown.output()).contains(ShownRoute.of(route, pod.interfaceName()));
  }

  private static List<String> inside(Pod pod, String... command) {
    List<String> whole = new ArrayList<>(List.of("nsenter", "--net=" + pod.networkNamespace()));
    whole.addAll(List.of(command));
    return whole;
  }

  /** Removes a pod's veth pair, and its namespace if it owns it; what is gone already is fine. */
  void remove(Pod pod, boolean ownsNamespace) {
    removeLink(pod.switchPort());
    if (ownsNamespace) {
      removeNamespace(pod);
    }
  }

  /** Removes an interface; nothing happens if it is gone. */
  void removeLink(String name) {
    try {
      links.remove(inHome(name));
    } catch (ForeignException e) {
      throw new PodException(explain("interface " + name + " can't be removed", e.getMessage()), e);
    }
  }

  /** Returns what tells a namespace from every other one; empty if there is none. */
  static Optional<Long> namespaceId(Path file) {
    try {
      return Optional.of((Long) Files.getAttribute(file, "unix:ino"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void removeNamespace(Pod pod) {
    CommandRunner.Result result = runner.run(command("ip", "netns", "del", namespaceName(pod)), "");
    if (result.exitCode() != 0 && !NOTHING_THERE.matcher(result.output()).matches()) {
      throw new PodException(
          explain("the network of pod '" + pod.name() + "' can't be removed", result.output()));
    }
  }

  private static String namespaceName(Pod pod) {
    return String.valueOf(pod.networkNamespace().getFileName());
  }

  private static Links.End inPod(Pod pod) {
    return new Links.End(pod.networkNamespace(), pod.interfaceName());
  }

  private Links.End inHome(String interfaceName) {
    return new Links.End(home.orElse(KTSND), interfaceName);
  }

  private List<String> command(String... command) {
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
          case String r when r.contains("netns") || r.contains("network namespace") ->
              "; the file is not a network namespace, or it is gone";
          case String r when r.contains("not found") ->
              "; run: apt-get install iproute2 util-linux";
          default -> "";
        };
    return failure + " (" + reason + ")" + remedy;
  }
}
