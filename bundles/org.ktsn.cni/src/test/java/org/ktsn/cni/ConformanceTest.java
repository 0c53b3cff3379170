package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command with every error condition of the specification's text, and its results in each
 * version. The cases are {@code conformance.json}:
 *
 * <pre>
 * name       what the case shows
 * command    CNI_COMMAND
 * versions   cniVersion, one case each; the newest if there are none
 * before     steps beforehand: add, del, restart
 * env        changes to the environment; null takes a variable away
 * config     changes to the configuration; null takes a member away
 * stdin      the input itself, instead of a configuration
 * prevResult add: the result of the ADD beforehand
 * ipam       what the address manager does instead, by command: exit, out
 * node       switch-away, dataplane-away, namespace-gone, attach-fails, port-full, detach-fails, differs, device-gone
 * code, says the error; otherwise success
 * errorVersion the error's cniVersion, if it is not the input's
 * left       what is left: "none" or "all"
 * asked      what the address manager was asked, in order
 * </pre>
 */
@Timeout(60)
class ConformanceTest {
  @TempDir private Path directory;
  private int counter;

  @TestFactory
  Stream<DynamicTest> shouldConform() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonElement element : cases()) {
      JsonObject given = element.getAsJsonObject();
      for (String version : versions(given)) {
        tests.add(
            DynamicTest.dynamicTest(
                given.get("name").getAsString() + " [" + version + "]",
                () -> carryOut(given, version)));
      }
    }
    return tests.stream();
  }

  @Test
  void shouldHaveAtLeastEightyDistinctCases() {
    assertTrue(cases().size() >= 80, "there are " + cases().size());
    assertEquals(
        cases().size(),
        cases().asList().stream()
            .map(element -> element.getAsJsonObject().get("name").getAsString())
            .distinct()
            .count());
  }

  private void carryOut(JsonObject given, String version) throws IOException {
    Bench bench = new Bench(Files.createDirectory(directory.resolve("case" + counter++)));
    JsonObject added = before(given, bench, version);
    Map<String, String> environment = environment(given, bench);
    String input = input(given, version, added);
    node(given, bench);
    NetworkConfig.object(given, "ipam")
        .ifPresent(
            ipam ->
                ipam.asMap()
                    .forEach(
                        (command, outcome) ->
                            bench.addresses.instead.put(
                                command,
                                new PluginRunner.Outcome(
                                    outcome.getAsJsonObject().get("exit").getAsInt(),
                                    outcome.getAsJsonObject().get("out").getAsString(),
                                    ""))));
    bench.addresses.asked.clear();

    CniHandler.Reply reply = bench.run(environment, input);

    check(given, version, reply);
    NetworkConfig.string(given, "left")
        .ifPresent(left -> assertEquals(what(left), leftOf(bench), reply.output()));
    if (given.has("asked")) {
      assertEquals(
          given.getAsJsonArray("asked").asList().stream().map(JsonElement::getAsString).toList(),
          bench.addresses.asked);
    }
  }

  private static JsonObject before(JsonObject given, Bench bench, String version) {
    JsonObject added = new JsonObject();
    for (JsonElement step : NetworkConfig.array(given, "before")) {
      switch (step.getAsString()) {
        case "add" -> added = bench.add(version);
        case "del" ->
            assertEquals(0, bench.run(bench.environment("DEL"), Bench.config(version)).exitCode());
        case "restart" -> bench.restart();
        default -> throw new IllegalArgumentException(step.toString());
      }
    }
    return added;
  }

  private static Map<String, String> environment(JsonObject given, Bench bench) {
    Map<String, String> environment =
        bench.environment(NetworkConfig.string(given, "command").orElse(""));
    NetworkConfig.object(given, "env")
        .ifPresent(
            changes ->
                changes
                    .asMap()
                    .forEach(
                        (name, value) -> {
                          if (value.isJsonNull()) {
                            environment.remove(name);
                          } else {
                            environment.put(name, value.getAsString());
                          }
                        }));
    return environment;
  }

  private static String input(JsonObject given, String version, JsonObject added) {
    Optional<String> raw = NetworkConfig.string(given, "stdin");
    if (raw.isPresent()) {
      return raw.get();
    }
    JsonObject config = Bench.config(version);
    if (given.has("prevResult")) {
      config.add("prevResult", added);
    }
    NetworkConfig.object(given, "config")
        .ifPresent(
            changes ->
                changes
                    .asMap()
                    .forEach(
                        (name, value) -> {
                          if (value.isJsonNull()) {
                            config.remove(name);
                          } else {
                            config.add(name, value);
                          }
                        }));
    return config.toString();
  }

  private static void node(JsonObject given, Bench bench) throws IOException {
    switch (NetworkConfig.string(given, "node").orElse("")) {
      case "" -> {}
      case "switch-away" -> bench.switchTrouble = Optional.of("Open vSwitch is away");
      case "dataplane-away" -> bench.dataplaneTrouble = Optional.of("no data plane is active");
      case "namespace-gone" -> Files.delete(bench.namespace);
      case "port-full" -> bench.pods.noRoom = "the port's 1000000000 bit/s leave 5";
      case "attach-fails" -> bench.pods.refusal = "interface tsn0 can't be made (File exists)";
      case "detach-fails" -> bench.pods.detachRefusal = "interface v1-x can't be removed";
      case "differs" -> bench.pods.differences.add("interface tsn0 is down");
      case "device-gone" -> {
        try (Stream<Path> files = Files.list(bench.directory.resolve("cdi"))) {
          Files.delete(files.findFirst().orElseThrow());
        }
      }
      default -> throw new IllegalArgumentException(given.get("node").getAsString());
    }
  }

  private static void check(JsonObject given, String version, CniHandler.Reply reply) {
    String command = NetworkConfig.string(given, "command").orElse("");
    if (given.has("code")) {
      assertEquals(1, reply.exitCode(), reply.output());
      ResultForm.checkError(
          JsonParser.parseString(reply.output()).getAsJsonObject(),
          NetworkConfig.string(given, "errorVersion").orElse(version),
          given.get("code").getAsInt(),
          given.get("says").getAsString());
      return;
    }
    assertEquals(0, reply.exitCode(), reply.output());
    switch (command) {
      case "ADD" ->
          ResultForm.checkResult(JsonParser.parseString(reply.output()).getAsJsonObject(), version);
      case "VERSION" ->
          ResultForm.checkVersions(
              JsonParser.parseString(reply.output()).getAsJsonObject(), version);
      default -> assertEquals("", reply.output(), "the command has no output");
    }
  }

  private static String what(String left) {
    return switch (left) {
      case "none" -> "0 pods, 0 records, 0 devices, 0 addresses";
      case "all" -> "1 pods, 1 records, 1 devices, 1 addresses";
      default -> left;
    };
  }

  private static String leftOf(Bench bench) {
    try {
      return bench.left();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> versions(JsonObject given) {
    JsonArray versions = NetworkConfig.array(given, "versions");
    return versions.isEmpty()
        ? List.of("1.1.0")
        : versions.asList().stream().map(JsonElement::getAsString).toList();
  }

  private static JsonArray cases() {
    try (Reader reader =
        new InputStreamReader(
            ConformanceTest.class.getResourceAsStream("/conformance.json"),
            StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(reader).getAsJsonArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
