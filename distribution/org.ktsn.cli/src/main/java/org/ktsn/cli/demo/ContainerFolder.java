package org.ktsn.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Testbed;

/**
 * The folder in which the demo's containers run apart from all others of the machine, as {@code
 * containers.sh} makes it. {@code ./ktsn} removes it at the end, with what a runtime left there.
 *
 * @param directory the folder
 * @param instance KTSNd's instance; whatever is made bears its name
 * @param run the instance's run directory
 * @param library LibKTSN
 * @param work a folder that the containers share with this process
 */
record ContainerFolder(Path directory, String instance, Path run, Path library, Path work) {
  private static final long MAKING_MS = 30_000;

  /** Makes it. */
  static ContainerFolder make(Testbed testbed, Map<String, String> environment) {
    Path directory = Path.of(required(environment, "KTSN_CONTAINERS"));
    Path home = Path.of(required(environment, "KTSN_HOME"));
    Path programs = testbed.programs();
    Child.run(
        "root filesystem",
        List.of(
            "sh",
            home.resolve("demo/containers.sh").toString(),
            directory.toString(),
            home.resolve("cni/tsn-cni").toString(),
            "sh",
            "ip",
            "sleep",
            programs.resolve("talker").toString(),
            programs.resolve("listener").toString()),
        MAKING_MS);
    return new ContainerFolder(
        directory,
        required(environment, "KTSN_INSTANCE"),
        Path.of(required(environment, "KTSN_RUN")),
        testbed.library(),
        testbed.work());
  }

  /** Returns the command that runs one of the folder's programs. */
  List<String> command(String program, List<String> words) {
    List<String> command = new ArrayList<>(List.of(directory.resolve(program).toString()));
    command.addAll(words);
    return command;
  }

  /** Returns the root filesystem. */
  String root() {
    return directory.resolve("root").toString();
  }

  /** Writes a network that plugins make one after the other, when a runtime calls them. */
  void network(String name, String... plugins) {
    write(
        name + ".conflist",
        "{\"cniVersion\":\"0.4.0\",\"name\":\"%s\",\"plugins\":[%s]}"
            .formatted(name, String.join(",", plugins)));
  }

  /** Writes what {@code in-network} gives the plugin that makes an interface. */
  void interfaceConfiguration(String interfaceName, String network, String plugin) {
    write(
        interfaceName + ".conf",
        "{\"cniVersion\":\"0.4.0\",\"name\":\"%s\",%s".formatted(network, plugin.substring(1)));
  }

  private void write(String file, String text) {
    try {
      Files.writeString(directory.resolve("net.d").resolve(file), text);
    } catch (IOException e) {
      throw new CommandFailure("The network in " + file + " can't be written: " + e + ".", e);
    }
  }

  /** Tells whether Podman calls CNI plugins. */
  boolean podmanCallsPlugins() {
    return Files.exists(directory.resolve("cni-podman"));
  }

  /**
   * Returns the configuration of the bridge plugin. Its bridge has no address of its own: nothing
   * else of the machine changes, neither its routes nor its packet filter.
   */
  String bridge() {
    return "{\"type\":\"bridge\",\"bridge\":\"cni-%s\",\"ipam\":%s}"
        .formatted(instance, hostLocal("10.88.6.0/24"));
  }

  /** Returns the configuration of tsn-cni with more members. */
  String timeSensitive(String members) {
    return "{\"type\":\"tsn-cni\",\"instance\":\"%s\",%s}".formatted(instance, members);
  }

  /** Returns the configuration of host-local for a subnet. */
  String hostLocal(String subnet) {
    return "{\"type\":\"host-local\",\"dataDir\":\"%s/addresses\",\"subnet\":\"%s\"}"
        .formatted(directory, subnet);
  }

  private static String required(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name))
        .orElseThrow(
            () -> new CommandFailure(name + " is not set; run this as './ktsn demo' does."));
  }
}
