package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Flow.DataPath;

/**
 * Runs talker, listener and native loop between two network namespaces that a veth pair connects;
 * only the daemon is not the real one. Needs root, and the programs of distribution/demo.
 */
class TestbedSystemTest {
  private static final Path PROGRAMS =
      Path.of(System.getProperty("ktsn.root"), "distribution/demo/build");
  private static final String PREFIX = "kd" + ProcessHandle.current().pid() % 100_000;

  @TempDir Path folder;
  private final List<String> commands = new ArrayList<>();
  private String refused = "none";

  @BeforeEach
  void connectTwoNamespaces() throws IOException, InterruptedException {
    assertEquals(
        "root", System.getProperty("user.name"), "this test makes network namespaces: run as root");
    assertTrue(
        Files.isExecutable(PROGRAMS.resolve("talker")),
        "the demo's programs are missing; 'make -C distribution/demo' builds them");
    ip("netns add " + PREFIX + "-talker");
    ip("netns add " + PREFIX + "-listener");
    ip("link add " + PREFIX + "a type veth peer name " + PREFIX + "b");
    join("talker", PREFIX + "a", "10.99.0.1/24");
    join("listener", PREFIX + "b", "10.99.0.2/24");
    Files.createDirectories(folder.resolve("home/shim"));
    Files.createFile(folder.resolve("home/shim/libktsn.so"));
    Files.createDirectories(folder.resolve("run"));
    Files.writeString(folder.resolve("run/ktsnd.pid"), ProcessHandle.current().pid() + "\n");
  }

  @AfterEach
  void removeNamespaces() throws IOException, InterruptedException {
    ip("netns del " + PREFIX + "-talker");
    ip("netns del " + PREFIX + "-listener");
  }

  @Test
  void shouldMeasureAFlowAndTheNativeLoopBesideIt() {
    Flow flow = new Flow(200, 256, 1_000_000, 0, 7, DataPath.KERNEL, true);
    List<Long> counts = new ArrayList<>();
    FlowResult result;
    long base;
    try (Testbed testbed = testbed()) {
      base = testbed.earliestBaseNs();
      result = testbed.run(flow, base, true, (received, nowNs) -> counts.add(received));
    }
    Delivery delivery = result.delivery();
    assertEquals(200, delivery.received());
    assertEquals(0, delivery.duplicated());
    assertEquals(0, delivery.reordered());
    assertEquals(base, result.arrivals().datagrams().getFirst().launchTimeNs());
    assertTrue(Quantiles.of(delivery.latencyNs()).p50() > 0, "none arrives before it is sent");
    assertEquals(200, result.nativeLoop().orElseThrow().moments().size());
    assertEquals(
        base + 400_000, result.nativeLoop().orElseThrow().moments().getFirst().instantNs());
    assertTrue(result.trace().isEmpty(), "no frame went through KTSNd");
    assertFalse(counts.isEmpty());
    assertTrue(result.daemonCpuPercent() >= 0);
  }

  @Test
  void shouldRunFlowsAtTheSameTimeFromAPodEach() {
    Flow fast = new Flow(300, 64, 500, 1_000_000, 0, 0, 7, DataPath.KERNEL, true);
    Flow slow = new Flow(100, 700, 3_000_000, 0, 5, DataPath.KERNEL, true);
    AtomicLong most = new AtomicLong();
    try (Testbed testbed = testbed()) {
      long base = testbed.earliestBaseNs();
      List<FlowResult> results =
          testbed.run(List.of(fast, slow), base, (received, nowNs) -> most.set(received));
      for (FlowResult result : results) {
        Flow flow = result.flow();
        assertEquals(flow.frames(), result.delivery().received());
        for (Arrivals.Arrival datagram : result.arrivals().datagrams()) {
          assertEquals(flow.sizeOf((int) datagram.sequence()), datagram.octets());
          assertEquals(base + datagram.sequence() * flow.periodNs(), datagram.launchTimeNs());
        }
      }
    }
    assertTrue(most.get() > 300, "both flows are counted: " + most);
    assertTrue(commands.contains("ktsn:pod-add talker2 --json"), commands.toString());
    assertTrue(commands.contains("ktsn:pod-del talker2"), commands.toString());
  }

  @Test
  void shouldWaitUntilALinkRateIsTakenUpAndSetItBack() {
    try (Testbed testbed = testbed()) {
      testbed.linkRate(100_000_000);
      assertEquals(6_720, testbed.wireDurationNs(60));
    }
    assertEquals(3, commands.stream().filter(c -> c.startsWith("ktsn:trace-start")).count());
    assertTrue(
        commands.contains("ktsn:config org.ktsn.shaping link.rate.bits.per.second=0"),
        commands.toString());
  }

  @Test
  void shouldDetachThePodsAndRemoveItsFiles() throws IOException {
    testbed().close();
    assertEquals(List.of("ktsn:pod-del listener", "ktsn:pod-del talker"), lastTwo());
    try (Stream<Path> left = Files.list(folder.resolve("run"))) {
      assertEquals(List.of(folder.resolve("run/ktsnd.pid")), left.toList());
    }
  }

  @Test
  void shouldDetachTheFirstPodWhereTheSecondIsRefused() {
    refused = "ktsn:pod-add listener";
    CommandFailure refusal = assertThrows(CommandFailure.class, this::testbed);
    assertEquals("no room for the pod", refusal.getMessage());
    assertEquals("ktsn:pod-del talker", commands.getLast());
  }

  @Test
  void shouldPassOnWhatATalkerComplainsOf() throws IOException, InterruptedException {
    Flow flow = new Flow(200, 256, 1_000_000, 0, 7, DataPath.KERNEL, true);
    ip("-n " + PREFIX + "-talker link set " + PREFIX + "a down");
    try (Testbed testbed = testbed()) {
      long base = testbed.earliestBaseNs();
      CommandFailure failure =
          assertThrows(
              CommandFailure.class, () -> testbed.run(flow, base, false, (received, nowNs) -> {}));
      assertTrue(
          failure.getMessage().contains("talker: no way to the address given with --to"),
          failure.getMessage());
    }
  }

  @Test
  void shouldWaitUntilAScheduleIsInForce() {
    try (Testbed testbed = testbed()) {
      assertEquals(7, testbed.schedule("T 1ms 7").get("oper").getAsInt());
      assertEquals(
          2, commands.stream().filter(command -> command.equals("ktsn:schedule --json")).count());
    }
  }

  private Testbed testbed() {
    return new Testbed(
        this::answer,
        Map.of(
            "KTSN_RUN", folder.resolve("run").toString(),
            "KTSN_HOME", folder.resolve("home").toString(),
            "KTSN_DEMO", PROGRAMS.toString()));
  }

  /** The daemon's part. */
  private String answer(String command) {
    commands.add(command);
    if (command.startsWith(refused)) {
      throw new CommandFailure("no room for the pod");
    }
    return switch (command.split(" ", 2)[0]) {
      case "ktsn:ports" ->
          "{\"ports\":[{\"rate_bits_per_second\":1000000000,\"overhead_octets\":0}]}";
      case "ktsn:schedule" ->
          commands.stream().filter(command::equals).count() == 1
              ? "{\"oper\":6,\"pending\":{}}"
              : "{\"oper\":7}";
      case "ktsn:schedule-set" -> "{\"config_change_time_ns\":1,\"pending\":true}";
      case "ktsn:trace-start" -> emptyTrace(Path.of(command.split(" ", 3)[1]));
      case "ktsn:pod-add" -> pod(command.split(" ", 3)[1]);
      default -> "";
    };
  }

  /** A trace's header; the rate is another from the third trace on. */
  private String emptyTrace(Path file) {
    long traces = commands.stream().filter(c -> c.startsWith("ktsn:trace-start")).count();
    ByteBuffer header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    header.put("KTSNTRC1".getBytes(StandardCharsets.US_ASCII)).putInt(64).putInt(64);
    header.putLong(40, traces < 3 ? 1_000_000_000 : 100_000_000);
    try {
      Files.write(file, header.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "";
  }

  /** All talkers share a namespace. */
  private static String pod(String pod) {
    String name = pod.startsWith("talker") ? "talker" : pod;
    String address = name.equals("talker") ? "10.99.0.1/24" : "10.99.0.2/24";
    return "{\"name\":\"%s\",\"addresses\":[\"%s\"],\"network_namespace\":\"/run/netns/%s-%s\","
            .formatted(name, address, PREFIX, name)
        + "\"interface\":\"tsn0\",\"channel_socket\":\"/run/none/app.sock\"}";
  }

  private List<String> lastTwo() {
    return commands.subList(commands.size() - 2, commands.size());
  }

  private static void join(String pod, String end, String address)
      throws IOException, InterruptedException {
    String namespace = PREFIX + "-" + pod;
    ip("link set " + end + " netns " + namespace);
    ip("-n " + namespace + " addr add " + address + " dev " + end);
    ip("-n " + namespace + " link set " + end + " up");
  }

  private static void ip(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ", -1)));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertEquals(0, process.waitFor(), "ip " + arguments);
  }
}
