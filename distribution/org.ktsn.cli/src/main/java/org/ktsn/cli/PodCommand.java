package org.ktsn.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pod}: attaches, detaches and lists pods. */
@Command(
    name = "pod",
    description = "Attaches, detaches and lists pods.",
    synopsisSubcommandLabel = "COMMAND")
final class PodCommand {
  @Command(name = "add", description = "Attaches a pod to the overlay.")
  int add(
      @Parameters(paramLabel = "NAME", description = "the pod's name") String name,
      @Option(
              names = "--address",
              paramLabel = "ADDRESS/LENGTH",
              description = "its address; otherwise the next free one")
          String address,
      @Option(names = "--mac", paramLabel = "MAC", description = "its Ethernet address") String mac,
      @Option(
              names = "--netns",
              paramLabel = "FILE",
              description = "an existing network namespace; otherwise one is made")
          String netns,
      @Option(
              names = "--interface",
              paramLabel = "IF",
              description = "the interface's name inside; otherwise tsn0")
          String interfaceName,
      @Option(
              names = "--rate",
              paramLabel = "BITS_PER_SECOND",
              description = "what it may send with launch times, for instance 10M; otherwise all")
          String rate,
      @Option(
              names = "--burst",
              paramLabel = "BITS",
              description = "what it may save up of the rate while others keep it from the link")
          String burst,
      @Option(
              names = "--priorities",
              paramLabel = "SET",
              description = "the priorities that it may use, for instance 0-5; otherwise all")
          String priorities,
      @Option(names = "--json", description = "print JSON") boolean json) {
    List<String> words = new ArrayList<>(List.of("ktsn:pod-add"));
    append(words, "--address", address);
    append(words, "--mac", mac);
    append(words, "--netns", netns);
    append(words, "--interface", interfaceName);
    append(words, "--rate", rate);
    append(words, "--burst", burst);
    append(words, "--priorities", priorities);
    return run(words, json, name);
  }

  @Command(
      name = "del",
      aliases = "delete",
      description = "Detaches a pod and removes what was made for it.")
  int del(
      @Parameters(paramLabel = "NAME", description = "the pod's name") String name,
      @Option(names = "--json", description = "print JSON") boolean json) {
    return run(new ArrayList<>(List.of("ktsn:pod-del")), json, name);
  }

  @Command(name = "list", aliases = "ls", description = "Lists the attached pods.")
  int list(@Option(names = "--json", description = "print JSON") boolean json) {
    return run(new ArrayList<>(List.of("ktsn:pods")), json);
  }

  private static void append(List<String> words, String option, String value) {
    if (value != null) {
      words.add(option);
      words.add(value);
    }
  }

  private static int run(List<String> words, boolean json, String... operands) {
    if (json) {
      words.add("--json");
    }
    words.add("--");
    words.addAll(List.of(operands));
    return DaemonCommand.run(words);
  }
}
