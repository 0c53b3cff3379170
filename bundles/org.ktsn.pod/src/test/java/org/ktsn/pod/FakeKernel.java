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

/**
 * The commands of iproute2 on a kernel of sets. Named namespaces are not covered: see the system
 * test.
 */
final class FakeKernel extends CommandRunner {
  final Set<String> links = new TreeSet<>();
  final List<String> commands = new ArrayList<>();

  /** What {@code ip -j addr show} says; empty: there is no such interface. */
  String shown = "";

  /** Makes a command's output an error, if it is not empty. */
  UnaryOperator<String> failure = line -> "";

  @Override
  Running start(List<String> command, String input) {
    commands.add(String.join(" ", command) + " <<< " + input.replace("\n", "; "));
    String said = failure.apply(commands.getLast());
    if (!said.isEmpty()) {
      return () -> new Result(1, said);
    }
    if (command.contains("-j")) {
      return () -> new Result(shown.isEmpty() ? 1 : 0, shown);
    }
    if (command.contains("show")) {
      StringBuilder shown = new StringBuilder();
      links.forEach(link -> shown.append("7: ").append(link).append("@if2: <UP>\n"));
      return () -> new Result(0, shown.toString());
    }
    for (String line : input.lines().toList()) {
      String[] words = line.split(" ", -1);
      if (line.startsWith("link add")) {
        links.add(words[2]);
      } else if (line.startsWith("link del") && !links.remove(words[2])) {
        return () -> new Result(1, "Cannot find device \"" + words[2] + "\"\nCommand failed -:1");
      }
    }
    return () -> new Result(0, "");
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
