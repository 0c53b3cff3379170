package org.ktsn.cni;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A request handler on fakes, and requests as a runtime makes them. */
final class Bench {
  final Path directory;
  final FakePods pods;
  final FakeAddressManager addresses = new FakeAddressManager();
  final Path plugins;
  final Path namespace;
  Optional<String> switchTrouble = Optional.empty();
  Optional<String> dataplaneTrouble = Optional.empty();
  Attachments attachments;
  PendingDeletions pending;
  Leftovers leftovers;
  CniHandler handler;

  Bench(Path directory) throws IOException {
    this.directory = directory;
    pods = new FakePods(directory.resolve("pods"));
    namespace = Files.createFile(directory.resolve("ns"));
    plugins = Files.createDirectory(directory.resolve("plugins"));
    Files.createFile(
        plugins.resolve("fake"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    restart();
  }

  /** Another KTSNd on what this one left, before it recovers. */
  void restart() {
    try {
      pending = new PendingDeletions(directory.resolve("pending"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    attachments =
        new Attachments(
            pods,
            new AddressManager(addresses),
            new AttachmentStore(directory.resolve("state")),
            pending,
            new DeviceSpecs(directory.resolve("cdi"), Path.of("/usr/lib/ktsn/libktsn.so")),
            directory.resolve("pods"));
    leftovers = new Leftovers(attachments);
    handler =
        new CniHandler(
            attachments,
            new NodeState(Optional::empty, Optional::empty, () -> false) {
              @Override
              Optional<String> switchTrouble() {
                return switchTrouble;
              }

              @Override
              Optional<String> dataplaneTrouble() {
                return dataplaneTrouble;
              }

              @Override
              String macOf(String interfaceName) {
                return "02:00:00:00:ff:01";
              }
            },
            OptionalInt.of(1450));
  }

  /** The environment of a command, for container {@code c1} and interface {@code tsn0}. */
  Map<String, String> environment(String command) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", "c1");
    environment.put("CNI_NETNS", namespace.toString());
    environment.put("CNI_IFNAME", "tsn0");
    environment.put("CNI_PATH", plugins.toString());
    return environment;
  }

  /** A configuration with an address manager. */
  static JsonObject config(String version) {
    return JsonParser.parseString(
            "{\"cniVersion\":\""
                + version
                + "\",\"name\":\"net\",\"type\":\"tsn-cni\",\"ipam\":{\"type\":\"fake\"}}")
        .getAsJsonObject();
  }

  CniHandler.Reply run(Map<String, String> environment, JsonElement config) {
    return run(environment, config.toString());
  }

  CniHandler.Reply run(Map<String, String> environment, String input) {
    return handler.handle(new Environment(environment), input, () -> true);
  }

  /** Attaches; returns the result, which must be one. */
  JsonObject add(String version) {
    CniHandler.Reply reply = run(environment("ADD"), config(version));
    if (reply.exitCode() != 0) {
      throw new AssertionError(reply.output());
    }
    return JsonParser.parseString(reply.output()).getAsJsonObject();
  }

  /** A request as tsn-cni makes it: see {@code cni/src/relay.h}. */
  static byte[] request(Map<String, String> environment, String input) {
    StringBuilder variables = new StringBuilder();
    environment.forEach(
        (variable, value) -> variables.append(variable).append('=').append(value).append('\0'));
    byte[] octets = variables.toString().getBytes(StandardCharsets.UTF_8);
    byte[] text = input.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + 4 + octets.length + 4 + text.length)
        .put("KTSNCNI1".getBytes(StandardCharsets.US_ASCII))
        .putInt(octets.length)
        .put(octets)
        .putInt(text.length)
        .put(text)
        .array();
  }

  /** What tsn-cni leaves of a DEL that nobody answered: see {@code cni/src/pending.c}. */
  void writeDown(String name, Map<String, String> environment, String input) throws IOException {
    Files.write(directory.resolve("pending").resolve(name), request(environment, input));
  }

  /** Returns how many things there are of attachments: pods, records, specifications, addresses. */
  String left() throws IOException {
    return pods.attached.size()
        + " pods, "
        + count("state")
        + " records, "
        + count("cdi")
        + " devices, "
        + addresses.given.size()
        + " addresses";
  }

  private long count(String folder) throws IOException {
    Path path = directory.resolve(folder);
    if (!Files.isDirectory(path)) {
      return 0;
    }
    try (var files = Files.list(path)) {
      return files.filter(file -> !file.getFileName().toString().startsWith(".")).count();
    }
  }
}
