package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real address managers: the reference plugins host-local and static, and some that misbehave. */
@Timeout(60)
class AddressManagerTest {
  private static final Path REFERENCE = Path.of("/usr/lib/cni");

  /** Has a network namespace of its own: newer plugins refuse theirs. */
  private static Process container;

  @TempDir private Path directory;
  private Map<String, String> environment;

  @BeforeAll
  static void makeNamespace() throws IOException {
    container =
        new ProcessBuilder("unshare", "--net", "sh", "-c", "echo made; read -r end")
            .redirectErrorStream(true)
            .start();
    assertEquals(
        "made",
        container.inputReader().readLine(),
        "a network namespace of its own needs root; run the tests as root");
  }

  @AfterAll
  static void removeNamespace() {
    container.destroy();
  }

  @BeforeEach
  void begin() {
    assertTrue(
        Files.isExecutable(REFERENCE.resolve("host-local")),
        "the reference plugins are not there; run: apt-get install containernetworking-plugins");
    environment = new HashMap<>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("CNI_CONTAINERID", "c1");
    environment.put("CNI_NETNS", "/proc/" + container.pid() + "/ns/net");
    environment.put("CNI_IFNAME", "tsn0");
    environment.put("CNI_PATH", directory + ":" + REFERENCE);
  }

  /** In a container, what is in the node's folder may be a link that leads nowhere. */
  @Test
  void shouldTakeItsOwnAddressManagerWhereTheNodesIsMissing() throws IOException {
    Files.createSymbolicLink(directory.resolve("host-local"), directory.resolve("gone/cni"));
    environment.put("CNI_PATH", directory.toString());
    NetworkConfig config =
        config(
            "{\"type\":\"host-local\",\"dataDir\":\""
                + directory.resolve("data")
                + "\",\"subnet\":\"192.0.2.0/29\"}");
    Environment asked = new Environment(environment);
    PluginRunner runner = new PluginRunner(Duration.ofSeconds(20));
    AddressManager without = new AddressManager(runner);
    assertTrue(without.isMissing(asked, config));
    assertThrows(NothingGivenException.class, () -> without.add(asked, config));
    AddressManager with = new AddressManager(runner, List.of(REFERENCE));
    assertFalse(with.isMissing(asked, config));
    assertEquals(List.of("192.0.2.2/29"), Addresses.of(with.add(asked, config).get()).assigned());
  }

  @Test
  void shouldHaveHostLocalGiveAddressesAndTakeThemBack() throws IOException {
    NetworkConfig config =
        config(
            "{\"type\":\"host-local\",\"dataDir\":\""
                + directory.resolve("data")
                + "\",\"subnet\":\"192.0.2.0/29\",\"routes\":[{\"dst\":\"203.0.113.0/24\"}]}");
    AddressManager manager = new AddressManager(new PluginRunner(Duration.ofSeconds(20)));
    Addresses addresses = Addresses.of(manager.add(new Environment(environment), config).get());
    assertEquals(List.of("192.0.2.2/29"), addresses.assigned());
    assertEquals("192.0.2.1", addresses.assignedRoutes().getFirst().gateway());
    manager.tell("CHECK", new Environment(environment), config);
    assertTrue(Files.exists(directory.resolve("data/net/192.0.2.2")));
    manager.tell("DEL", new Environment(environment), config);
    manager.tell("DEL", new Environment(environment), config);
    assertTrue(Files.notExists(directory.resolve("data/net/192.0.2.2")));
  }

  @Test
  void shouldHandOnWhatHostLocalSays() {
    NetworkConfig config =
        config(
            "{\"type\":\"host-local\",\"dataDir\":\""
                + directory.resolve("data")
                + "\",\"subnet\":\"nonsense\"}");
    CniException failure = assertThrows(CniException.class, () -> add(config));
    assertTrue(failure.getMessage().contains("nonsense"), failure.getMessage());
  }

  @Test
  void shouldHaveStaticGiveWhatTheRuntimeAsksFor() {
    JsonObject json = config("{\"type\":\"static\"}").json();
    json.add("runtimeConfig", JsonParser.parseString("{\"ips\":[\"192.0.2.9/24\"]}"));
    assertEquals(List.of("192.0.2.9/24"), add(new NetworkConfig(json)).assigned());
  }

  @Test
  void shouldNotLookForPluginsInItsOwnFolder() {
    // What a tsn-cni of another version hands on; this one's makes the path absolute.
    environment.put("CNI_PATH", "plugins:" + REFERENCE);
    CniException refused =
        assertThrows(CniException.class, () -> add(config("{\"type\":\"host-local\"}")));
    assertEquals(CniCode.BAD_ENVIRONMENT, refused.code());
    assertTrue(refused.getMessage().contains("'plugins'"), refused.getMessage());
  }

  @Test
  void shouldNotWaitForAnAddressManagerThatHangs() throws IOException {
    script("slow", "exec sleep 60");
    CniException failure =
        assertThrows(CniException.class, () -> add(config("{\"type\":\"slow\"}")));
    assertEquals(CniCode.TRY_AGAIN_LATER, failure.code());
    assertTrue(failure.getMessage().contains("did not end within"), failure.getMessage());
  }

  @Test
  void shouldSayWhatAnAddressManagerSaidThatFailedWithoutForm() throws IOException {
    script("broken", "echo 'out of order' >&2; exit 3");
    CniException failure =
        assertThrows(CniException.class, () -> add(config("{\"type\":\"broken\"}")));
    assertTrue(failure.getMessage().contains("ended with 3"), failure.getMessage());
    assertEquals("out of order", failure.details());
  }

  @Test
  void shouldSayTheErrorThatFollowsAResult() throws IOException {
    // So host-local 1.9.1 refuses its own network namespace, after it has given an address.
    script(
        "late",
        """
        cat <<'TEXT'
        {
            "cniVersion": "1.0.0",
            "ips": [
                {
                    "address": "192.0.2.2/29",
                    "gateway": "192.0.2.1"
                }
            ]
        }{
            "code": 8,
            "msg": "plugin's netns and netns from CNI_NETNS should not be the same"
        }
        TEXT
        exit 1""");
    CniException failure =
        assertThrows(CniException.class, () -> add(config("{\"type\":\"late\"}")));
    assertEquals(8, failure.code());
    assertEquals(
        "the address manager late failed at ADD: plugin's netns and netns from CNI_NETNS should not"
            + " be the same",
        failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"code\":7,\"msg\":\"full\"}{\"code\":8,\"msg\":\"later\"}",
        "{\"code\":7,\"msg\":\"full\"} and more",
        "{\"code\":7,\"msg\":\"full\",\"details\":{}}",
        "[] 3 null {} {\"code\":{},\"msg\":[]} {\"code\":\"7\"} {\"code\":7,\"msg\":\"full\"}",
      })
  void shouldSayTheFirstErrorOfWhateverIsPrinted(String output) throws IOException {
    script("talkative", "echo '" + output + "'; exit 1");
    CniException failure =
        assertThrows(CniException.class, () -> add(config("{\"type\":\"talkative\"}")));
    assertEquals(7, failure.code());
    assertTrue(failure.getMessage().endsWith("failed at ADD: full"), failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"ips\":[]}",
        "{\"ips\":[]}{",
        "{\"code\":7}",
        "{\"code\":true,\"msg\":\"x\"}",
        "{\"code\":1e9999999999,\"msg\":\"x\"}"
      })
  void shouldShowWhatHasNoErrorOfCnisForm(String output) throws IOException {
    script("formless", "echo '" + output + "'; exit 4");
    CniException failure =
        assertThrows(CniException.class, () -> add(config("{\"type\":\"formless\"}")));
    assertEquals(CniCode.ADDRESSES, failure.code());
    assertTrue(failure.getMessage().contains("ended with 4"), failure.getMessage());
    assertEquals(output, failure.details());
  }

  @Test
  void shouldSurviveAnAddressManagerThatReadsNothing() throws IOException {
    script("deaf", "exec <&-; echo '{\"ips\":[{\"address\":\"192.0.2.3/24\"}]}'");
    JsonObject json = config("{\"type\":\"deaf\"}").json();
    json.addProperty("padding", "x".repeat(500_000));
    assertEquals(List.of("192.0.2.3/24"), add(new NetworkConfig(json)).assigned());
  }

  @Test
  void shouldGiveItTheRuntimesEnvironmentAndNothingElse() throws IOException {
    script("curious", "env | sort > '" + directory.resolve("env") + "'; echo '{\"ips\":[{}]}'");
    environment.put("CNI_ARGS", "a=b");
    add(config("{\"type\":\"curious\"}"));
    try (Stream<String> lines = Files.lines(directory.resolve("env"))) {
      List<String> names =
          lines
              .map(line -> line.substring(0, line.indexOf('=')))
              .filter(n -> n.length() > 3)
              .filter(n -> n.startsWith("CNI_") || n.equals("JAVA_HOME"))
              .toList();
      assertEquals(
          List.of(
              "CNI_ARGS", "CNI_COMMAND", "CNI_CONTAINERID", "CNI_IFNAME", "CNI_NETNS", "CNI_PATH"),
          names);
    }
  }

  private Addresses add(NetworkConfig config) {
    AddressManager manager = new AddressManager(new PluginRunner(Duration.ofSeconds(3)));
    return Addresses.of(manager.add(new Environment(environment), config).orElseThrow());
  }

  private void script(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private static NetworkConfig config(String ipam) {
    return NetworkConfig.parse(
        "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"tsn-cni\",\"ipam\":" + ipam + "}");
  }
}
