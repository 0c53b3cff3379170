package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.binder.ovs.OvsBinder;
import org.osgi.framework.BundleContext;

/**
 * Pods in real network namespaces on a real Open vSwitch with DPDK. The switch has a network
 * namespace of its own, which stands for the node's.
 */
@Tag("system")
class NodePodsSystemTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("ktsn.root"), "distribution", "lib", "ovs.sh");
  private static final String INSTANCE = "t" + ProcessHandle.current().pid() % 1_000_000;
  private static final String HOME = INSTANCE + "-home";
  private static final CommandRunner RUNNER = new CommandRunner();

  private static Path run;
  private static OvsBinder binder;
  private NodePods pods;

  @BeforeAll
  static void startSwitch() throws IOException {
    assertEquals("0", run("id", "-u"), "the system tests need root; run them as root");
    run = Files.createTempDirectory("ktsn-pods");
    run("ip", "netns", "add", HOME);
    try {
      script("ovs_start '" + run.resolve("ovs") + "' 0x2 0");
      binder = new OvsBinder(bundleContext(), defaults(OvsBinder.Config.class));
    } catch (AssertionError e) {
      stopSwitch();
      throw e;
    }
  }

  @AfterAll
  static void stopSwitch() throws IOException {
    if (binder != null) {
      binder.deactivate();
    }
    try {
      script("ovs_stop '" + run.resolve("ovs") + "'");
    } finally {
      run("ip", "netns", "del", HOME);
      try (Stream<Path> files = Files.walk(run)) {
        files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
      }
    }
  }

  @BeforeEach
  void begin() {
    pods = newPods();
  }

  @AfterEach
  void end() {
    for (Pod pod : pods.pods()) {
      pods.detach(pod.name());
    }
    pods.deactivate();
    assertEquals("", run("ip", "-n", HOME, "-o", "link", "show", "type", "veth"));
    assertFalse(run("ip", "netns", "list").contains(INSTANCE + "-p"), "namespaces are left");
  }

  @Test
  void shouldCarryDatagramsBetweenPods() throws Exception {
    Pod talker = pods.attach(PodRequest.named("p-talker"));
    Pod listener = pods.attach(PodRequest.named("p-listener"));
    assertEquals(Path.of("/run/netns", INSTANCE + "-p-talker"), talker.networkNamespace());
    assertDatagramsFlow(talker, listener);
    assertTrue(
        inside(listener, "ip", "link", "show", "tsn0").contains("link/ether " + listener.mac()));
    assertTrue(
        inside(talker, "ethtool", "-k", "tsn0").contains("tx-checksumming: off"),
        "the switch would send unfinished checksums on");
    assertEquals(List.of(talker.mac().toString()), port(talker).orElseThrow().pinned());
    assertTrue(port(talker).orElseThrow().linkUp());
  }

  @Test
  void shouldAttachNamespaceThatIsThereAndLeaveItWhenDetaching() {
    String name = INSTANCE + "-given";
    run("ip", "netns", "add", name);
    try {
      Path file = Path.of("/run/netns", name);
      Pod pod =
          pods.attach(
              new PodRequest(
                  "p", Optional.of(file), "net1", Optional.of("10.77.3.4/16"), Optional.empty()));
      assertTrue(inside(pod, "ip", "-o", "addr", "show", "net1").contains("10.77.3.4/16"));
      PodException refusal =
          assertThrows(
              PodException.class,
              () ->
                  pods.attach(
                      new PodRequest(
                          "q", Optional.of(file), "net1", Optional.empty(), Optional.empty())));
      assertTrue(refusal.getMessage().contains("File exists"), refusal.getMessage());
      assertTrue(pods.detach("p"));
      assertFalse(inside(pod, "ip", "-o", "link").contains("net1"));
      assertEquals(Optional.empty(), port(pod));
    } finally {
      run("ip", "netns", "del", name);
    }
  }

  @Test
  void shouldRefuseFileThatIsNoNamespace() throws IOException {
    Path file = Files.createFile(run.resolve("no-namespace"));
    PodException refusal =
        assertThrows(
            PodException.class,
            () ->
                pods.attach(
                    new PodRequest(
                        "p", Optional.of(file), "tsn0", Optional.empty(), Optional.empty())));
    assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
    Files.delete(file);
  }

  @Test
  void shouldRefuseNamespaceNameThatIsTaken() {
    run("ip", "netns", "add", INSTANCE + "-taken");
    try {
      PodException refusal =
          assertThrows(PodException.class, () -> pods.attach(PodRequest.named("taken")));
      assertTrue(refusal.getMessage().contains("ip netns del"), refusal.getMessage());
      assertTrue(Files.exists(Path.of("/run/netns", INSTANCE + "-taken")), "it is another's");
    } finally {
      run("ip", "netns", "del", INSTANCE + "-taken");
    }
  }

  @Test
  void shouldGoOnWithPodsOfKtsndThatWasKilled() throws Exception {
    Pod talker = pods.attach(PodRequest.named("p-talker"));
    Pod listener = pods.attach(PodRequest.named("p-listener"));
    pods.deactivate();
    pods = newPods();
    assertEquals(2, pods.pods().size());
    assertDatagramsFlow(talker, listener);
  }

  @Test
  void shouldForgetPodWhoseNamespaceIsGone() {
    Pod pod = pods.attach(PodRequest.named("p-gone"));
    pods.deactivate();
    run("ip", "netns", "del", INSTANCE + "-p-gone");
    pods = newPods();
    assertEquals(List.of(), pods.pods());
    await("the port's removal", () -> port(pod).isEmpty());
    assertFalse(Files.exists(pod.channelSocket().getParent()));
  }

  @Test
  void shouldReuseNamesAtOnce() throws Exception {
    for (int round = 0; round < 3; round++) {
      Pod talker = pods.attach(PodRequest.named("p-talker"));
      Pod listener = pods.attach(PodRequest.named("p-listener"));
      assertDatagramsFlow(talker, listener);
      assertTrue(pods.detach("p-listener"));
      assertTrue(pods.detach("p-talker"));
    }
  }

  /** Sends a datagram there and back; a checksum that is left unfinished would stop it. */
  private static void assertDatagramsFlow(Pod from, Pod to) throws Exception {
    Process answering =
        new ProcessBuilder(within(to, UdpEcho.command()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String address = to.addresses().getFirst().replaceFirst("/.*", "");
      CommandRunner.Result asking = RUNNER.run(within(from, UdpEcho.command(address)), "");
      assertEquals(0, asking.exitCode(), "no answer from " + address + " " + asking.output());
    } finally {
      answering.destroyForcibly().waitFor();
    }
  }

  private static List<String> within(Pod pod, List<String> command) {
    List<String> whole = new ArrayList<>(List.of("nsenter", "--net=" + pod.networkNamespace()));
    whole.addAll(command);
    return whole;
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + 15_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadlineNs > 0) {
        fail(what + " did not come about");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static Optional<SwitchPort> port(Pod pod) {
    return binder.status().ports().stream()
        .filter(port -> port.name().equals(pod.switchPort()))
        .findFirst();
  }

  private static NodePods newPods() {
    NodePods made =
        new NodePods(
            new PodSettings(
                INSTANCE,
                run,
                Subnet.parse("10.77.0.0/16"),
                1500,
                Optional.of(Path.of("/run/netns", HOME))),
            RUNNER,
            new NetlinkLinks());
    made.bindSwitch(binder);
    return made;
  }

  private static String inside(Pod pod, String... command) {
    return run(within(pod, List.of(command)).toArray(String[]::new));
  }

  private static String run(String... command) {
    CommandRunner.Result result = RUNNER.run(List.of(command), "");
    assertEquals(0, result.exitCode(), () -> String.join(" ", command) + ": " + result.output());
    return result.output();
  }

  private static void script(String command) {
    run(
        "ip",
        "netns",
        "exec",
        HOME,
        "sh",
        "-c",
        "set -eu; export KTSN_OVS_PMD_MAXSLEEP_US=500; . '" + SCRIPT + "'; " + command);
  }

  /** A bundle context that knows some of the framework's properties and no more. */
  private static BundleContext bundleContext() {
    return (BundleContext)
        Proxy.newProxyInstance(
            NodePodsSystemTest.class.getClassLoader(),
            new Class<?>[] {BundleContext.class},
            (proxy, method, arguments) ->
                switch (method.getName() + " " + arguments[0]) {
                  case "getProperty ktsn.instance" -> INSTANCE;
                  case "getProperty ktsn.run" -> run.toString();
                  case "getProperty ktsn.home", "getProperty ktsn.state" -> null;
                  default -> throw new UnsupportedOperationException(method.toString());
                });
  }

  /** An annotation's defaults, as Declarative Services hand them over. */
  private static <T> T defaults(Class<T> annotation) {
    return annotation.cast(
        Proxy.newProxyInstance(
            annotation.getClassLoader(),
            new Class<?>[] {annotation},
            (proxy, method, arguments) -> method.getDefaultValue()));
  }
}
