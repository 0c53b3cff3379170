package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What container runtimes need, as {@code distribution/demo/containers.sh} makes it: a folder of
 * plugins, tsn-cni among them, a folder of networks, a root filesystem with the demo's programs,
 * and the runtimes themselves, apart from those of the machine.
 *
 * @param directory where all of it is
 * @param bridge the bridge of the ordinary network
 */
record ContainerNetworks(Path directory, String bridge) implements AutoCloseable {
  private static final Path DEMO = Node.HOME.resolve("demo");

  /** A plugin's end: its exit code and what it printed. */
  record Outcome(int exitCode, String output) {
    JsonObject json() {
      return JsonParser.parseString(output).getAsJsonObject();
    }
  }

  static ContainerNetworks make(String bridge) throws IOException {
    Path directory = Files.createTempDirectory("ktsn-cni");
    Command.start(
            Map.of(),
            List.of(
                "sh",
                DEMO.resolve("containers.sh").toString(),
                directory.toString(),
                Node.HOME.resolve("cni/tsn-cni").toString(),
                "sh",
                "ip",
                "sleep",
                "cat",
                DEMO.resolve("talker").toString(),
                DEMO.resolve("listener").toString()))
        .end(30)
        .expect(0);
    return new ContainerNetworks(directory, bridge);
  }

  String root() {
    return directory.resolve("root").toString();
  }

  /** A runtime's program that works with this folder alone: containerd, ctr or podman. */
  String runtime(String program) {
    return directory.resolve(program).toString();
  }

  Path plugins() {
    return directory.resolve("bin");
  }

  Path networks() {
    return directory.resolve("net.d");
  }

  /** The ordinary network of a container, as a plugin's configuration. */
  String ordinary(String subnet) {
    return ("{'type':'bridge','bridge':'%s','isGateway':true,'ipam':{'type':'host-local',"
            + "'dataDir':'%s/addresses','subnet':'%s','routes':[{'dst':'0.0.0.0/0'}]}}")
        .formatted(bridge, directory, subnet)
        .replace('\'', '"');
  }

  /** The time-sensitive one. */
  String timeSensitive(String more) {
    return "{'type':'tsn-cni','instance':'%s'%s}".formatted(Node.INSTANCE, more).replace('\'', '"');
  }

  /** What {@code in-network} gives the plugin that makes an interface. */
  void interfaceConfiguration(String interfaceName, String network, String plugin)
      throws IOException {
    Files.writeString(
        networks().resolve(interfaceName + ".conf"),
        "{\"cniVersion\":\"0.4.0\",\"name\":\"%s\",%s".formatted(network, plugin.substring(1)));
  }

  /** Whether Podman calls CNI plugins. */
  boolean podmanCallsPlugins() {
    return Files.exists(directory.resolve("cni-podman"));
  }

  void network(String name, String... plugins) throws IOException {
    Files.writeString(
        networks().resolve(name + ".conflist"),
        "{\"cniVersion\":\"0.4.0\",\"name\":\""
            + name
            + "\",\"plugins\":["
            + String.join(",", plugins)
            + "]}");
  }

  /** Calls tsn-cni as a runtime does. */
  Outcome plugin(Map<String, String> environment, JsonObject config) {
    ProcessBuilder builder = new ProcessBuilder(plugins().resolve("tsn-cni").toString());
    builder.environment().putAll(environment);
    builder.environment().put("CNI_PATH", plugins().toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      Process process = builder.start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(config.toString().getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(Patience.ns(30), TimeUnit.NANOSECONDS));
      return new Outcome(process.exitValue(), output);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a container does that listens: on the time-sensitive network, and on the ordinary one. */
  static String listening(int timeSensitive, int ordinary) {
    return "ip -4 -o addr;"
        + " /bin/listener --bind 0.0.0.0:5000 --output /tmp/tsn --frames "
        + timeSensitive
        + " & A=$!; /bin/listener --bind 0.0.0.0:5001 --output /tmp/plain --frames "
        + ordinary
        + " & B=$!; wait $A && wait $B; echo end $?";
  }

  /** What a container does that talks. It stays until what it sent has left. */
  static String talking(String timeSensitive, int frames, String ordinary, int others) {
    return "/bin/talker --to "
        + timeSensitive
        + ":5000 --period-ns 1000000 --lead-ns 300000000 --frames "
        + frames
        + " && /bin/talker --mode sleep --to "
        + ordinary
        + ":5001 --period-ns 1000000 --frames "
        + others
        + "; echo end $?; sleep 1";
  }

  /** Waits until a container says which address an interface has. */
  static String address(Command container, String interfaceName) {
    Pattern pattern = Pattern.compile(interfaceName + "\\s+inet ([0-9.]+)/");
    Node.await(
        "the container has " + interfaceName + ": " + container.words(),
        30,
        () ->
            (pattern.matcher(container.out()).find() && container.out().contains("ready"))
                || !container.process().isAlive());
    Matcher matcher = pattern.matcher(container.out());
    assertTrue(matcher.find(), container.text());
    return matcher.group(1);
  }

  /** Asserts that nothing is left of any container. */
  static void assertNothingLeft() throws IOException {
    // A DEL that KTSNd was long about is put off, and done a little later.
    Path state = Node.RUN.resolve("kept");
    Node.await(
        "what DEL put off is done",
        30,
        () -> isEmpty(state.resolve("cni-pending")) && isEmpty(state.resolve("cni")));
    for (JsonElement pod : Node.node().json("ktsn:pods --json").getAsJsonArray()) {
      assertFalse(pod.getAsJsonObject().getAsJsonObject("labels").has("container"), pod.toString());
    }
    assertEmpty(Path.of("/var/run/cdi"), Node.RUN.resolve("pods") + "/");
  }

  /** But for what is being written, or was when its writer was killed. */
  private static boolean isEmpty(Path directory) {
    String[] names = directory.toFile().list((folder, name) -> !name.startsWith("."));
    return names == null || names.length == 0;
  }

  private static void assertEmpty(Path directory, String content) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> left = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (Files.readString(file).contains(content)) {
          left.add(file);
        }
      }
    }
    assertTrue(left.isEmpty(), left.toString());
  }

  @Override
  public void close() {
    Command.start(Map.of(), List.of("ip", "link", "del", bridge)).end(10);
    Command.start(Map.of(), List.of(runtime("remove"))).end(30).expect(0);
  }
}
