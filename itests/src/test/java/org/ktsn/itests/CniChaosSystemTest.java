package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** 200 attachments from eight processes at once, with plugin, KTSNd and address manager killed. */
@ExtendWith(Node.class)
final class CniChaosSystemTest {
  private static final int RUNTIMES = 8;
  private static final int ROUNDS = 25;

  /** host-local, killed now and then: before it does anything, or before it answers. */
  private static final String UNRELIABLE =
      """
      #!/bin/sh
      # The address manager of an earlier version knows neither of these.
      case $CNI_COMMAND in GC | STATUS) exit 0 ;; esac
      [ -e "${0%/*}/reliable" ] || case $(od -An -N1 -tu1 /dev/urandom) in
      *0) kill -9 $$ ;;
      *1) answer=$(/usr/lib/cni/host-local) && kill -9 $$ ;;
      esac
      exec /usr/lib/cni/host-local
      """;

  private ContainerNetworks networks;
  private final AtomicInteger attached = new AtomicInteger();
  private boolean finished;

  @BeforeEach
  void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr2");
    Path manager = Files.writeString(networks.plugins().resolve("unreliable"), UNRELIABLE);
    Files.setPosixFilePermissions(manager, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (int runtime = 0; runtime < RUNTIMES; runtime++) {
      ip("netns", "add", namespace(runtime));
    }
  }

  @AfterEach
  void end() throws IOException {
    if (!finished) { // what the test has found is its own; the next ones begin without it
      Node.node().ktsn(120, "up").expect(0);
      collect();
    }
    for (int runtime = 0; runtime < RUNTIMES; runtime++) {
      ip("netns", "del", namespace(runtime));
    }
    networks.close();
  }

  private static String namespace(int runtime) {
    return "ktitchaos-" + runtime;
  }

  private static String ip(String... words) {
    List<String> all = new ArrayList<>(List.of("ip"));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all).end(10).expect(0).out();
  }

  @Test
  void shouldLeaveNothingWhateverIsKilled() throws Exception {
    Node node = Node.node();
    Set<String> before = switchEnds();
    try (ExecutorService runtimes = Executors.newFixedThreadPool(RUNTIMES)) {
      List<Future<?>> running = new ArrayList<>();
      for (int runtime = 0; runtime < RUNTIMES; runtime++) {
        int number = runtime;
        running.add(
            runtimes.submit(
                () -> {
                  runtime(number);
                  return null;
                }));
      }
      for (int deaths = 1; deaths <= 2; deaths++) {
        int enough = deaths * 30;
        Node.await(
            "containers are attached",
            120,
            () -> attached.get() >= enough || running.stream().allMatch(Future::isDone));
        ProcessHandle daemon = ProcessHandle.of(node.ktsnd()).orElseThrow();
        daemon.destroyForcibly();
        daemon.onExit().join();
        node.ktsn(120, "up").expect(0);
      }
      for (Future<?> each : running) {
        each.get(Patience.ns(240), TimeUnit.NANOSECONDS);
      }
    }
    assertEquals("", collect().output());
    assertNothingLeft(node, before);

    ProcessHandle daemon = ProcessHandle.of(node.ktsnd()).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().join();
    node.ktsn(120, "up").expect(0);
    assertNothingLeft(node, before);
    assertTrue(attached.get() > RUNTIMES * ROUNDS / 3, attached + " were attached");
    finished = true;
  }

  /** Gives back what no runtime knows of any more. */
  private ContainerNetworks.Outcome collect() throws IOException {
    Path reliable = networks.plugins().resolve("reliable");
    if (!Files.exists(reliable)) {
      Files.createFile(reliable);
    }
    JsonObject collect = config("1.1.0");
    collect.add("cni.dev/valid-attachments", new JsonArray());
    return networks.plugin(Map.of("CNI_COMMAND", "GC"), collect);
  }

  /** A container runtime: asks for ADD and for DEL, and doesn't mind what becomes of it. */
  private void runtime(int number) throws IOException, InterruptedException {
    Random random = new Random(number);
    JsonObject status = config("1.1.0");
    for (int round = 0; round < ROUNDS; round++) {
      // As runtimes do: while the network is not ready, no container is made.
      Node.await(
          "STATUS is fine",
          60,
          () -> networks.plugin(Map.of("CNI_COMMAND", "STATUS"), status).exitCode() == 0);
      Map<String, String> environment = new HashMap<>();
      environment.put("CNI_CONTAINERID", "chaos" + number + "-" + round);
      environment.put("CNI_NETNS", "/run/netns/" + namespace(number));
      environment.put("CNI_IFNAME", "t" + round);
      environment.put("CNI_PATH", networks.plugins().toString());
      if (call("ADD", environment, random)) {
        attached.incrementAndGet();
      }
      call("DEL", environment, random);
    }
  }

  /** Calls the plugin, and kills it one time in four. */
  private boolean call(String command, Map<String, String> environment, Random random)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(networks.plugins().resolve("tsn-cni").toString());
    builder.environment().putAll(environment);
    builder.environment().put("CNI_COMMAND", command);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(config("1.0.0").toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended before it read.
    }
    if (random.nextInt(4) == 0) {
      LockSupport.parkNanos(random.nextLong(100_000_000));
      process.destroyForcibly();
    }
    assertTrue(process.waitFor(Patience.ns(100), TimeUnit.NANOSECONDS));
    return process.exitValue() == 0;
  }

  private JsonObject config(String version) {
    return JsonParser.parseString(
            "{\"cniVersion\":\""
                + version
                + "\",\"name\":\"chaos\",\"type\":\"tsn-cni\",\"instance\":\""
                + Node.INSTANCE
                + "\",\"ipam\":{\"type\":\"unreliable\",\"subnet\":\"10.79.0.0/24\",\"dataDir\":\""
                + networks.directory().resolve("addresses")
                + "\"}}")
        .getAsJsonObject();
  }

  private void assertNothingLeft(Node node, Set<String> before) throws IOException {
    ContainerNetworks.assertNothingLeft();
    assertEquals(before, switchEnds(), "interfaces on the node");
    String switchPorts =
        Command.start(
                Map.of(),
                List.of(
                    "ovs-vsctl",
                    "--db=unix:" + Node.RUN.resolve("ovs/db.sock"),
                    "list-ports",
                    "br-" + Node.INSTANCE))
            .end(10)
            .expect(0)
            .out();
    assertEquals(
        before,
        new HashSet<>(switchPorts.lines().filter(port -> port.startsWith("v")).toList()),
        "ports of the switch");
    try (Stream<Path> files = Files.list(networks.directory().resolve("addresses/chaos"))) {
      assertEquals(
          List.of(),
          files.filter(file -> file.getFileName().toString().startsWith("10.")).toList(),
          "addresses");
    }
    try (Stream<Path> channels = Files.list(Node.RUN.resolve("pods"))) {
      assertEquals(
          Set.of("alice", "bob"),
          new HashSet<>(channels.map(channel -> channel.getFileName().toString()).toList()));
    }
    for (int runtime = 0; runtime < RUNTIMES; runtime++) {
      assertEquals(
          1,
          ip("-n", namespace(runtime), "-o", "link").lines().count(),
          "interfaces in " + namespace(runtime));
    }
    assertNoReference(node);
  }

  /** A namespace lives as long as somebody has it open. */
  private static void assertNoReference(Node node) throws IOException {
    Set<Object> namespaces = new HashSet<>();
    for (int runtime = 0; runtime < RUNTIMES; runtime++) {
      namespaces.add(Files.getAttribute(Path.of("/run/netns", namespace(runtime)), "unix:ino"));
    }
    try (Stream<Path> files = Files.list(Path.of("/proc/" + node.ktsnd() + "/fd"))) {
      for (Path file : files.toList()) {
        if (Files.exists(file)) {
          assertTrue(
              !namespaces.contains(Files.getAttribute(file, "unix:ino"))
                  || !Files.readSymbolicLink(file).toString().startsWith("net:"),
              "KTSNd holds " + file);
        }
      }
    }
  }

  /** The switch's ends of pods, on the node. */
  private static Set<String> switchEnds() {
    Set<String> ends = new HashSet<>();
    ip("-o", "link", "show", "type", "veth")
        .lines()
        .map(line -> line.split("[:@ ]+", -1)[1])
        .filter(name -> name.endsWith("-" + Node.INSTANCE))
        .forEach(ends::add);
    return ends;
  }
}
