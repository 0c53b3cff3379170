package org.ktsn.pod;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.foreign.ForeignException;

/**
 * The kernel's interfaces and the commands of iproute2, on sets. Named namespaces are not covered:
 * see the system test.
 */
final class FakeKernel extends CommandRunner implements Links {
  final Set<String> links = new TreeSet<>();

  /** What was asked for, each as {@code ip} would be. */
  final List<String> commands = new ArrayList<>();

  /** What {@code ip -j addr show} says; empty: there is no such interface. */
  String shown = "";

  /** Where the pod has routes to before it is attached. */
  final Set<String> destinations = new TreeSet<>();

  /** What {@code ip -j route show} says. */
  String shownRoutes = "[]";

  /** Makes the error of what is asked for, if it is not empty. */
  UnaryOperator<String> failure = line -> "";

  @Override
  Running start(List<String> command, String input) {
    commands.add(String.join(" ", command));
    String said = failure.apply(commands.getLast());
    if (!said.isEmpty()) {
      return () -> new Result(1, said);
    }
    if (command.contains("route")) {
      return () -> new Result(0, shownRoutes);
    }
    if (command.contains("-j")) {
      return () -> new Result(shown.isEmpty() ? 1 : 0, shown);
    }
    StringBuilder shown = new StringBuilder();
    if (command.contains("show")) {
      links.forEach(link -> shown.append("7: ").append(link).append("@if2: <UP>\n"));
    }
    return () -> new Result(0, shown.toString());
  }

  @Override
  public void addPair(End first, End second, MacAddress mac, int mtuOctets) {
    carryOut(
        "link add %s mtu %d type veth peer name %s address %s mtu %d netns %s"
            .formatted(first.name(), mtuOctets, second.name(), mac, mtuOctets, second.namespace()));
    links.add(first.name());
  }

  @Override
  public List<PodAssignment.Route> setUp(
      End end, List<String> addresses, List<PodAssignment.Route> routes) {
    addresses.forEach(address -> carryOut("addr add " + address + " dev " + end.name()));
    carryOut("link set " + end.name() + " up");
    List<PodAssignment.Route> made = new ArrayList<>();
    for (PodAssignment.Route route : routes) {
      if (!destinations.contains(route.destination())) {
        carryOut("route add " + route + " dev " + end.name());
        made.add(route);
      }
    }
    return made;
  }

  @Override
  public void raise(End end) {
    carryOut("link set " + end.name() + " up");
  }

  @Override
  public boolean remove(End end) {
    carryOut("link del " + end.name());
    return links.remove(end.name());
  }

  private void carryOut(String request) {
    commands.add(request);
    String said = failure.apply(request);
    if (!said.isEmpty()) {
      throw new ForeignException(1, said);
    }
  }

  /** A file that stands for a network namespace. */
  static Path namespace(Path directory, String name) {
    try {
      return Files.createFile(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
