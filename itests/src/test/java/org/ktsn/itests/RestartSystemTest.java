package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Open vSwitch and KTSNd restarted, killed and upgraded while containers run: an unmodified talker
 * sends 1000 datagrams a second with launch times, and 100 a second without over the ordinary
 * network, and does not notice. What its listener noted tells when frames were launched again.
 */
@ExtendWith(Node.class)
final class RestartSystemTest {

  /**
   * So far ahead that what the kernel sends at once is not taken for launched on a busy machine.
   */
  private static final int LEAD_MS = 200;

  private static final long STALE_NS = 100_000_000;

  /**
   * What does not come back stays away for ever. A machine that does nothing else needs less than
   * two seconds, the lead included: the table shows it, and nothing is judged by it.
   */
  private static final double BACK_LIMIT_MS = 20_000;

  private static final Set<String> RELIEVED =
      Set.of("KTSNd restarted", "KTSNd upgraded", "KTSNd downgraded");

  /** What others stand on, and what carries the command: {@code ./ktsn redeploy} restarts KTSNd. */
  private static final Set<String> NOT_REPLACED =
      Set.of(
          "org.ktsn.api",
          "org.ktsn.runtime",
          "org.ktsn.config",
          "org.ktsn.foreign",
          "org.ktsn.mqtt",
          "org.ktsn.shell",
          "org.ktsn.yang");

  /**
   * What happened, when the command began and ended that brought things back, and until when
   * nothing else happened.
   */
  private record Phase(String what, long beginTaiNs, long readyTaiNs, long endTaiNs) {}

  private final Node node = Node.node();
  private final long taiOffsetNs = Arrivals.taiOffsetNs();
  private final List<Phase> phases = new ArrayList<>();
  private ContainerNetworks networks;
  private Containerd containerd;

  @BeforeEach
  void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr3");
    networks.network(
        "10-both",
        networks.ordinary("10.88.9.0/24"),
        networks.timeSensitive(",'interface':'tsn0'"));
    containerd = Containerd.start(networks);
  }

  @AfterEach
  void end() {
    containerd.close();
    networks.close();
  }

  @Test
  void shouldNotBeNoticedInContainersWhateverIsRestarted() throws Exception {
    Command listens = containerd.run("rlistens", listening());
    String timeSensitive = ContainerNetworks.address(listens, "tsn0");
    String ordinary = ContainerNetworks.address(listens, "eth0");
    Command talks = containerd.run("rtalks", talking(timeSensitive, ordinary));
    Command goes = containerd.run("rgoes", "ip -4 -o addr; echo ready; sleep 600");
    ContainerNetworks.address(goes, "tsn0");
    ContainerNetworks.address(talks, "tsn0");
    String listener = containerd.process("rlistens");
    String talker = containerd.process("rtalks");
    String interfaces = interfaces(listener) + interfaces(talker);
    Node.await("frames flow", 10, () -> node.received() > 200);

    Map<Integer, Long> answers =
        watched(() -> phase("Open vSwitch killed", () -> kill("ovs-vswitchd"), "up"));
    assertTrue(answers.containsKey(0) && answers.containsKey(51), answers.toString());
    phase("Open vSwitch restarted", this::restartSwitchWithoutAContainer, "up");
    phase("KTSNd restarted", () -> {}, "restart");
    answers = watched(() -> phase("KTSNd killed", () -> killDaemonWithContainer("rgoes"), "up"));
    assertTrue(answers.containsKey(0) && answers.containsKey(50), answers.toString());
    goes.end(20);
    replaceEachBundle();
    Path other = networks.directory().resolve("other");
    Command.start(Map.of(), List.of("cp", "-a", Node.HOME.toString(), other.toString()))
        .end(20)
        .expect(0);
    phase("KTSNd upgraded", () -> {}, Map.of("KTSN_DISTRIBUTION", other.toString()), "restart");
    phase("KTSNd downgraded", () -> {}, "restart");
    Node.await("frames flow", 10, () -> node.stats().get("sent").getAsLong() > 500);

    assertEquals(interfaces, interfaces(listener) + interfaces(talker), "addresses, interfaces");
    assertTrue(talks.process().isAlive(), talks.text());
    containerd.ctr("task", "kill", "--signal", "TERM", "rtalks").end(10).expect(0);
    talks.end(20);
    containerd.ctr("task", "kill", "--signal", "TERM", "rlistens").end(10).expect(0);
    listens.end(20);
    assertFalse(talks.text().contains("talker:"), "the talker met an error: " + talks.text());
    // No runtime asked for the one that ended while KTSNd was away, nor for GC.
    ContainerNetworks.assertNothingLeft();
    assertNoPortOfNobody();
    judge();
  }

  private static String listening() {
    return "trap 'kill $A $B' TERM; ip -4 -o addr;"
        + " /bin/listener --bind 0.0.0.0:5000 --output /tmp/tsn --quiet-ms 60000 --frames 1000000"
        + " & A=$!; /bin/listener --bind 0.0.0.0:5001 --output /tmp/plain --quiet-ms 60000"
        + " --frames 1000000 & B=$!; wait $A; wait $A; wait $B; echo end";
  }

  private static String talking(String timeSensitive, String ordinary) {
    return "trap 'kill $A $B' TERM; ip -4 -o addr; echo ready;"
        + " /bin/talker --to "
        + timeSensitive
        + ":5000 --period-ns 1000000 --frames 1000000 --lead-ns "
        + LEAD_MS
        + "000000 & A=$!; /bin/talker --mode sleep --to "
        + ordinary
        + ":5001 --period-ns 10000000 --frames 1000000 & B=$!; wait $A; wait $B; echo end";
  }

  /** Something that can fail. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void phase(String what, Step before, String... words) throws IOException {
    phase(what, before, Map.of(), words);
  }

  private void phase(String what, Step before, Map<String, String> environment, String... words)
      throws IOException {
    before.run();
    long beginTaiNs = Arrivals.taiNs(taiOffsetNs);
    Command command = node.start(environment, words).end(90);
    long readyTaiNs = Arrivals.taiNs(taiOffsetNs);
    command.expect(0);
    // Undisturbed work before the next one.
    long sent = node.stats().get("sent").getAsLong();
    Node.await("frames flow", 10, () -> node.stats().get("sent").getAsLong() > sent + 500);
    note(new Phase(what, beginTaiNs, readyTaiNs, Arrivals.taiNs(taiOffsetNs)));
  }

  /** Does something while STATUS is compared with what ADD and DEL do. */
  private Map<Integer, Long> watched(Step step) throws IOException {
    try (StatusWatch watch = new StatusWatch(networks)) {
      step.run();
      Map<Integer, Long> answers = watch.judge();
      System.out.println("  meanwhile " + watch.describe());
      return answers;
    }
  }

  // ---- the switch ----

  private static ProcessHandle daemon(String name) throws IOException {
    String pid = Files.readString(Node.RUN.resolve("ovs/" + name + ".pid")).strip();
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  private static void kill(String name) throws IOException {
    ProcessHandle daemon = daemon(name);
    daemon.destroyForcibly();
    daemon.onExit().join();
  }

  private static void stop(String name) throws IOException {
    ProcessHandle daemon = daemon(name);
    daemon.destroy();
    daemon.onExit().join();
  }

  /** A pod that is detached while the switch is away is gone for all that anybody sees. */
  private void restartSwitchWithoutAContainer() throws IOException {
    node.attach("leaves");
    stop("ovs-vswitchd");
    stop("ovsdb-server");
    long beganNs = System.nanoTime();
    node.shell("ktsn:pod-del leaves");
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    assertTrue(seconds < 3, "DEL took " + seconds + " s while the switch was away");
    assertFalse(node.shell("ktsn:pods").contains("leaves"));
  }

  /** Every pod's port on the switch belongs to a pod. */
  private void assertNoPortOfNobody() {
    Set<String> known = new TreeSet<>();
    for (JsonElement pod : node.json("ktsn:pods --json").getAsJsonArray()) {
      known.add(pod.getAsJsonObject().get("switch_port").getAsString());
    }
    Node.await("only pods have ports: " + known, 5, () -> podPorts().equals(known));
  }

  private static Set<String> podPorts() {
    String ports =
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
    return new TreeSet<>(ports.lines().filter(port -> port.startsWith("v")).toList());
  }

  // ---- KTSNd ----

  /** KTSNd dies, and a container ends before it is back: nobody could be asked for DEL. */
  private void killDaemonWithContainer(String container) {
    ProcessHandle daemon = ProcessHandle.of(node.ktsnd()).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().join();
    containerd.kill(container);
  }

  private void replaceEachBundle() throws IOException {
    List<Path> jars = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Node.HOME.resolve("bundles/org/ktsn"))) {
      files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(jars::add);
    }
    long beginTaiNs = Arrivals.taiNs(taiOffsetNs);
    int replaced = 0;
    for (Path jar : jars) {
      Matcher name = Pattern.compile("(org\\.ktsn\\.[a-z.]+)-.*").matcher(jar.getFileName() + "");
      assertTrue(name.matches(), jar.toString());
      if (!NOT_REPLACED.contains(name.group(1))) {
        assertEquals("", node.shell("felix:update " + name.group(1) + " file:" + jar));
        replaced++;
      }
    }
    assertTrue(replaced >= 12, replaced + " of " + jars);
    try {
      Node.await("KTSNd is healthy", 15, () -> node.ask("ktsn:health").status() == 0);
    } catch (AssertionError e) {
      throw new AssertionError(node.ask("ktsn:health").output(), e);
    }
    long readyTaiNs = Arrivals.taiNs(taiOffsetNs);
    note(new Phase(replaced + " bundles replaced", beginTaiNs, readyTaiNs, readyTaiNs));
  }

  private void note(Phase phase) {
    phases.add(phase);
    System.out.printf("%s: %.0f ms%n", phase.what, (phase.readyTaiNs - phase.beginTaiNs) / 1e6);
  }

  // ---- what came of it ----

  private static String interfaces(String process) {
    return Containerd.inside(process, "ip", "-o", "-4", "addr")
        + Containerd.inside(process, "ip", "-o", "link").replaceAll("NO-CARRIER,", "");
  }

  /** How long it took from an instant to the first arrival that the kernel had not sent at once. */
  private static double firstAfterMs(Arrivals arrivals, long taiNs) {
    return arrivals.all().stream()
            .filter(each -> each.latenessNs() >= 0 && each.arrivalTaiNs() >= taiNs)
            .mapToLong(each -> each.arrivalTaiNs() - taiNs)
            .min()
            .orElse(Long.MAX_VALUE)
        / 1e6;
  }

  /**
   * The longest time without any arrival, launched by KTSNd or sent by the kernel, from the begin
   * of the command on.
   */
  private static double silenceMs(Arrivals arrivals, Phase phase) {
    Arrivals since = arrivals.between(phase.beginTaiNs, phase.endTaiNs);
    assertFalse(since.all().isEmpty(), phase.what + ": nothing arrived any more");
    double firstMs = (since.all().getFirst().arrivalTaiNs() - phase.beginTaiNs) / 1e6;
    return Math.max(firstMs, since.longestGap().ms());
  }

  private void judge() throws IOException {
    Arrivals timeSensitive = Arrivals.read(Path.of(networks.root(), "tmp/tsn"));
    Arrivals ordinary = Arrivals.read(Path.of(networks.root(), "tmp/plain"));
    System.out.printf(
        "%-24s %10s %10s %10s %10s %10s %10s%n",
        "[ms, frames]", "command", "longest", "not", "launched", "by the", "stale");
    System.out.printf(
        "%-24s %10s %10s %10s %10s %10s %10s%n",
        "", "took", "silence", "launched", "when back", "kernel", "");
    List<String> slow = new ArrayList<>();
    long fromTaiNs = 0;
    for (int i = 0; i < phases.size(); i++) {
      Phase phase = phases.get(i);
      long endTaiNs = i + 1 < phases.size() ? phases.get(i + 1).beginTaiNs : Long.MAX_VALUE;
      Arrivals during = timeSensitive.between(fromTaiNs, endTaiNs);
      Arrivals.Gap gap = during.launched().longestGap();
      double silenceMs = silenceMs(timeSensitive, phase);
      fromTaiNs = gap.endTaiNs();
      double afterReadyMs = firstAfterMs(timeSensitive, phase.readyTaiNs);
      System.out.printf(
          "%-24s %10.0f %10.0f %10.0f %10.0f %10d %10d%n",
          phase.what,
          (phase.readyTaiNs - phase.beginTaiNs) / 1e6,
          silenceMs,
          gap.ms(),
          afterReadyMs,
          during.all().stream().filter(each -> each.latenessNs() < 0).count(),
          during.all().stream().filter(each -> each.latenessNs() > STALE_NS).count());
      if (silenceMs > BACK_LIMIT_MS
          || afterReadyMs > BACK_LIMIT_MS
          || (RELIEVED.contains(phase.what) && gap.ms() > BACK_LIMIT_MS)) {
        slow.add(phase.what);
      }
    }
    Arrivals.Gap pause = ordinary.longestGap();
    System.out.printf(
        "the ordinary network paused for %.0f ms at most; the latest frame was %.0f ms late%n",
        pause.ms(), timeSensitive.latestMs());
    assertEquals(List.of(), slow, "frames flow again within " + BACK_LIMIT_MS + " ms");
    int first = ordinary.all().getFirst().sequence();
    int last = ordinary.all().getLast().sequence();
    assertEquals(last - first + 1, ordinary.all().size(), "the ordinary network lost something");
  }
}
