package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.api.pod.Priorities;

/** The priorities that a network grants, and that a container asks for. */
class ContainerPrioritiesTest {
  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  private static JsonObject config(String network, String argument) {
    JsonObject config = Bench.config("1.1.0");
    if (network != null) {
      config.addProperty("priorities", network);
    }
    if (argument != null) {
      config.add("args", JsonParser.parseString("{\"cni\":{\"priorities\":\"" + argument + "\"}}"));
    }
    return config;
  }

  private Map<String, String> environment(String command, String argument) {
    Map<String, String> environment = bench.environment(command);
    if (argument != null) {
      environment.put("CNI_ARGS", "PRIORITIES=" + argument);
    }
    return environment;
  }

  @ParameterizedTest
  @CsvSource({
    ", , , 0-7",
    "0-5, , , 0-5",
    "'', '', '', 0-7",
    "0-5, 0-2, , 0-2",
    "0-5, , 3, 3",
    "0-5, 1, 3, 1",
    ", 6, , 6",
  })
  void shouldAllowWhatTheNetworkGrantsAndTheContainerAsksFor(
      String network, String argument, String inEnvironment, String allowed) {
    CniHandler.Reply reply =
        bench.run(environment("ADD", inEnvironment), config(network, argument));
    assertEquals(0, reply.exitCode(), reply.output());
    assertEquals(
        Priorities.parse(allowed), bench.pods.requests.getFirst().assignment().priorities());
  }

  @ParameterizedTest
  @CsvSource({"0-5, 0-7,", "0-5, , 6", "0-8, ,", "all, ,", ", x,", ", , 9"})
  void shouldRefuseWhatTheNetworkDoesNotGrantOrIsNoSet(
      String network, String argument, String inEnvironment) throws IOException {
    CniHandler.Reply reply =
        bench.run(environment("ADD", inEnvironment), config(network, argument));
    assertEquals(1, reply.exitCode(), reply.output());
    assertTrue(reply.output().contains("\"code\":7"), reply.output());
    assertTrue(reply.output().contains("priorities"), reply.output());
    assertEquals("0 pods, 0 records, 0 devices, 0 addresses", bench.left());
  }

  @Test
  void shouldTellAtCheckThatOthersAreAskedForNow() {
    CniHandler.Reply added = bench.run(environment("ADD", null), config("0-5", null));
    JsonObject result = JsonParser.parseString(added.output()).getAsJsonObject();
    JsonObject same = config("0-5", null);
    same.add("prevResult", result);
    assertEquals(0, bench.run(environment("CHECK", null), same).exitCode());
    JsonObject other = config("0-3", null);
    other.add("prevResult", result);
    CniHandler.Reply reply = bench.run(environment("CHECK", null), other);
    assertEquals(1, reply.exitCode());
    assertTrue(
        reply.output().contains("it has the priorities 0-5, and the configuration asks for the"),
        reply.output());
  }
}
