package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Arrivals;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.Testbed;

/**
 * Runs the pair of ptp4l that the demo runs; only the daemon is not the real one: it finds the
 * clock synchronised once the slave says that it follows the grandmaster. Needs root and linuxptp.
 */
class PtpSideshowSystemTest {
  private static final Path PROGRAMS =
      Path.of(System.getProperty("ktsn.root"), "distribution/demo/build");
  private static final String INSTANCE = "kp" + ProcessHandle.current().pid() % 100_000;
  private static final Flow FLOW = new Flow(2_000, 256, 1_000_000, 0, 7, DataPath.KERNEL, true);

  @TempDir Path folder;
  private final List<String> commands = new ArrayList<>();
  private long asked;
  private long sinceNs;
  private Testbed testbed;
  private PtpSideshow sideshow;

  @BeforeEach
  void attachPods() throws IOException {
    assertEquals(
        "root", System.getProperty("user.name"), "this test makes network namespaces: run as root");
    Files.createDirectories(folder.resolve("home/shim"));
    Files.createFile(folder.resolve("home/shim/libktsn.so"));
    Files.createDirectories(folder.resolve("run"));
    Files.writeString(folder.resolve("run/ktsnd.pid"), ProcessHandle.current().pid() + "\n");
    Map<String, String> environment =
        Map.of(
            "KTSN_INSTANCE", INSTANCE,
            "KTSN_RUN", folder.resolve("run").toString(),
            "KTSN_HOME", folder.resolve("home").toString(),
            "KTSN_DEMO", PROGRAMS.toString());
    testbed = new Testbed(this::answer, environment);
    sideshow = new PtpSideshow(testbed, environment);
  }

  @AfterEach
  void detachPods() {
    sideshow.close();
    testbed.close();
  }

  @Test
  void shouldShowTheClockThatFollowsARealGrandmaster() throws IOException {
    sideshow.prepare();
    assertTrue(
        commands.contains(
            "ktsn:config org.ktsn.clock.ptp 'instances=demo socket="
                + socket()
                + " free.running=true' 'offset.enter.ns=200000' 'offset.leave.ns=1000000'"
                + " 'offset.wrong.ns=100000000' 'poll.interval.ms=200'"),
        commands.toString());
    long baseNs = testbed.nowNs() + 1_000_000_000L;
    sideshow.begin(FLOW, baseNs);
    long before = asked;
    sideshow.look(baseNs - 1);
    assertEquals(before, asked, "nothing is asked before the first launch");
    for (long ms = 0; ms < 2_000; ms += 100) {
      sideshow.look(baseNs + ms * 1_000_000);
    }
    assertEquals(before + 2, asked, "once a second");
    sideshow.end(result(baseNs));

    assertEquals(List.of(), sideshow.faults());
    JsonObject report = new JsonObject();
    sideshow.addTo(report);
    JsonObject clock = report.getAsJsonObject("clock");
    assertEquals(
        "[{\"state\":\"synchronised\",\"from_ms\":0,\"to_ms\":2000}]",
        clock.get("states").toString());
    assertEquals(3, clock.get("samples").getAsInt());
    assertTrue(clock.get("grandmaster").getAsString().contains(".fffe."), clock.toString());
    assertTrue(
        sideshow.lines().getFirst().startsWith("clock    synchronised 2.0 s"),
        sideshow.lines().toString());

    assertEquals(2, namespaces().size());
    sideshow.close();
    assertNothingIsLeft();
    sideshow.close();
    testbed.close();
    try (Stream<Path> left = Files.list(folder.resolve("run"))) {
      assertEquals(List.of(folder.resolve("run/ktsnd.pid")), left.toList());
    }
  }

  @Test
  void shouldLeaveNothingBehindIfOnlyTheTestbedIsClosed() throws IOException {
    sideshow.prepare();
    testbed.close();
    assertNothingIsLeft();
  }

  @Test
  void shouldNameThePtp4lThatEndsInTheMiddle() throws IOException {
    sideshow.prepare();
    long baseNs = testbed.nowNs();
    sideshow.begin(FLOW, baseNs);
    ProcessHandle slave =
        ptp4l().stream()
            .filter(process -> commandLine(process).contains("ptp4l-sl.cfg"))
            .findFirst()
            .orElseThrow();
    slave.destroy();
    await("the slave's end", () -> !slave.isAlive());
    sideshow.end(result(baseNs));
    assertEquals(1, sideshow.faults().size(), sideshow.faults().toString());
    assertTrue(
        sideshow.faults().getFirst().startsWith("The slave's ptp4l has ended"),
        sideshow.faults().toString());
  }

  @Test
  void shouldEndTheGrandmasterIfTheSlaveCantBeStarted() throws IOException {
    // A folder where its configuration should be.
    Files.createDirectories(testbed.work().resolve("ptp4l-sl.cfg"));
    CommandFailure failure = assertThrows(CommandFailure.class, sideshow::prepare);
    assertTrue(failure.getMessage().contains("ptp4l-sl.cfg"), failure.getMessage());
    sideshow.close();
    assertEquals(List.of(), namespaces());
    assertEquals(List.of(), ptp4l());
    assertFalse(commands.toString().contains("org.ktsn.clock.ptp"), "it is not configured yet");
  }

  @Test
  void shouldNameThePackageOfAPtp4lThatIsNotThere() {
    assertEquals(
        "There is no /no/ptp4l, which --ptp runs two of; install it with 'apt-get install"
            + " linuxptp'.",
        assertThrows(CommandFailure.class, () -> PtpPair.need(Path.of("/no/ptp4l"))).getMessage());
  }

  @Test
  void shouldKeepTheSecondSocketOfLaterVersionsToItself() {
    try (Cleanup cleanup = Cleanup.atExit()) {
      PtpPair pair = PtpPair.start(INSTANCE, testbed.work(), cleanup);
      String text = pair.configuration(PtpPair.Side.SLAVE, 4);
      assertTrue(text.endsWith("uds_ro_address " + socket() + "ro\n"), text);
      assertFalse(pair.configuration(PtpPair.Side.SLAVE, 3).contains("uds_ro_address"));
    }
    assertEquals(3, PtpPair.majorVersion("3.1.1\n"));
    assertEquals(4, PtpPair.majorVersion("4.4-00017-g1"));
    assertEquals(0, PtpPair.majorVersion("unknown"));
  }

  private FlowResult result(long baseNs) {
    return new FlowResult(
        FLOW, baseNs, new Arrivals(List.of(), 0, 0), Optional.empty(), Optional.empty(), 0);
  }

  private Path socket() {
    return testbed.work().resolve("ptp4l-sl");
  }

  /** The daemon's part. */
  private String answer(String command) {
    commands.add(command);
    return switch (command.split(" ", 2)[0]) {
      case "ktsn:ports" ->
          "{\"ports\":[{\"rate_bits_per_second\":1000000000,\"overhead_octets\":0}]}";
      case "ktsn:pod-add" ->
          """
          {"name":"x","addresses":["10.99.0.1/24"],"network_namespace":"/none","interface":"tsn0",
           "channel_socket":"/none"}""";
      case "ktsn:config" -> "{\"org.ktsn.clock.ptp\":{}}";
      case "ktsn:ptp" -> monitor();
      default -> "";
    };
  }

  /** Is not there at first, then watches something else, then asks the slave itself. */
  private String monitor() {
    asked++;
    if (asked == 1) {
      throw new CommandFailure("there is no command ktsn:ptp");
    }
    String grandmaster = asked == 2 ? "elsewhere" : grandmasterOfTheSlave();
    boolean good = !grandmaster.isEmpty();
    if (good && sinceNs == 0) {
      sinceNs = testbed.nowNs();
    }
    return """
        {"state":"%s","since_tai_ns":%d,"reasons":[],"offset_ns":%s,"grandmaster":"%s",
         "transitions":[],"instances":[{"socket":"%s"}]}"""
        .formatted(
            good ? "synchronised" : "free-running",
            sinceNs,
            good ? "-700" : "null",
            grandmaster,
            asked == 2 ? "/var/run/ptp4l" : socket());
  }

  /** Asks with pmc; the slave follows another clock than itself once it has a Sync message. */
  private String grandmasterOfTheSlave() {
    try {
      Process pmc =
          new ProcessBuilder(
                  "pmc",
                  "-u",
                  "-b",
                  "0",
                  "-s",
                  socket().toString(),
                  "-i",
                  folder.resolve("pmc").toString(),
                  "GET TIME_STATUS_NP")
              .redirectErrorStream(true)
              .start();
      String text = new String(pmc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return text.matches("(?s).*gmPresent +true.*")
          ? text.replaceAll("(?s).*gmIdentity +(\\S+).*", "$1")
          : "";
    } catch (IOException e) {
      throw new CommandFailure("pmc: " + e.getMessage(), e);
    }
  }

  private void assertNothingIsLeft() throws IOException {
    assertEquals(List.of(), namespaces());
    assertEquals(List.of(), ptp4l().stream().map(PtpSideshowSystemTest::commandLine).toList());
    List<String> set = commands.stream().filter(c -> c.contains("org.ktsn.clock.ptp")).toList();
    assertEquals(
        "ktsn:config org.ktsn.clock.ptp instances- offset.enter.ns- offset.leave.ns-"
            + " offset.wrong.ns- poll.interval.ms-",
        set.getLast());
    assertEquals(3, set.size(), set.toString());
  }

  private static List<Path> namespaces() throws IOException {
    if (!Files.isDirectory(Path.of("/run/netns"))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(Path.of("/run/netns"))) {
      return files.filter(file -> file.getFileName().toString().startsWith(INSTANCE)).toList();
    }
  }

  private List<ProcessHandle> ptp4l() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> commandLine(process).contains(folder.toString()))
        .toList();
  }

  private static String commandLine(ProcessHandle process) {
    return process.info().commandLine().orElse("");
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within 10 s: " + what);
      Thread.onSpinWait();
    }
  }
}
