package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs that people really run, in pods, with LibKTSN: they find what the kernel would give
 * them. Debian's, and {@code publisher.c}, {@code quic.c} and {@code processes.c}. Those that wait
 * for their reports are in {@link ReportsSystemTest}, those that outrun their queue in {@link
 * FullQueueSystemTest}, IEEE 1722's talkers in {@link LayerTwoSystemTest}.
 */
@ExtendWith(Node.class)
final class RealProgramsSystemTest {
  private static final Path PROGRAMS = Node.ROOT.resolve("itests/target/programs");
  private static final Path CARD = PROGRAMS.resolve("card.so");
  private static final int ISOCHRON_PORT = 5310;
  private static final int IPERF_PORT = 5311;
  private static final String PORT = "PORT";
  private static int port = 6410;

  private static Node node;

  @TempDir Path directory;

  @BeforeAll
  static void compile() throws IOException {
    node = Node.node();
    Files.createDirectories(PROGRAMS);
    for (String program : List.of("publisher", "quic", "processes")) {
      compile(program + ".c", program, "-pthread");
    }
    compile("card.c", "card.so", "-shared", "-fPIC");
  }

  private static void compile(String source, String program, String... options) {
    List<String> words = new ArrayList<>(List.of("cc", "-O2", "-D_GNU_SOURCE"));
    words.addAll(List.of(options));
    words.add("-o");
    words.add(PROGRAMS.resolve(program).toString());
    words.add(Node.ROOT.resolve("itests/src/test/c").resolve(source).toString());
    words.add("-ldl");
    Command.start(Map.of(), words).end(60).expect(0);
  }

  /**
   * What the machine keeps from being sent in time is dropped, as it should be: so one of three
   * attempts has to be whole. What an attempt throws fails at once.
   *
   * @param what says of what it is three times not
   */
  private static void attempt(Supplier<String> what, BooleanSupplier attempt) {
    assertTrue(IntStream.range(0, 3).anyMatch(i -> attempt.getAsBoolean()), what);
  }

  private static String mac(String pod) {
    for (var each : node.json("ktsn:pods --json").getAsJsonArray()) {
      JsonObject shown = each.getAsJsonObject();
      if (shown.get("name").getAsString().equals(pod)) {
        return shown.get("mac").getAsString();
      }
    }
    throw new IllegalStateException("there is no pod " + pod);
  }

  private static boolean listens(String pod, int port) {
    return !node.inNetwork(pod, "ss", "-Hltn", "sport = :" + port)
        .end(10)
        .expect(0)
        .out()
        .isBlank();
  }

  /** A program that takes pods' interfaces for network cards with clocks. */
  private static Command withCard(String pod, String... words) {
    List<String> all = new ArrayList<>(List.of("pod", "exec", pod, "--"));
    all.addAll(List.of(words));
    return node.start(Map.of("LD_PRELOAD", CARD.toString()), all.toArray(String[]::new));
  }

  // ---- isochron ----

  /** It sends nothing without timestamps of a network card: card.c gives the pods one each. */
  @ParameterizedTest
  @CsvSource({"--l2, false", "--l4, false", "--l2, true"})
  void shouldTellIsochronWhenEachOfItsFramesLeft(String transport, boolean deadline) {
    int frames = 40;
    String port = Integer.toString(ISOCHRON_PORT);
    Path log = directory.resolve("isochron.dat");
    List<String> words = new ArrayList<>(List.of("chrt", "-f", "10", "isochron", "send"));
    words.addAll(List.of("--interface", "tsn0", "--client", node.bob(), "--stats-port", port));
    words.addAll(List.of("--omit-sync", "--quiet", "--txtime", "--priority", "5"));
    words.addAll(List.of("--num-frames", Integer.toString(frames), "--cycle-time", "0.02"));
    words.addAll(List.of("--frame-size", "100", "--output-file", log.toString(), transport));
    if (transport.equals("--l4")) {
      words.addAll(List.of("--ip-destination", node.bob()));
    }
    if (deadline) {
      words.add("--deadline");
    }
    try (Command receiver =
        withCard("bob", "isochron", "rcv", "-i", "tsn0", "--quiet", "--stats-port", port)) {
      Node.await("isochron listens", 10, () -> listens("bob", ISOCHRON_PORT));
      StringBuilder told = new StringBuilder();
      attempt(
          () -> "isochron misses something:\n" + told,
          () -> {
            long before = node.received();
            Command sender = withCard("alice", words.toArray(String[]::new)).end(30);
            List<long[]> seen = report(log);
            told.append(sender.text()).append(receiver.text()).append('\n');
            return sender.process().exitValue() == 0
                && seen.size() == frames
                && seen.stream().allMatch(instants -> isPlausible(instants, deadline))
                && node.received() == before + frames;
          });
    }
  }

  /** Number, launch time, when it was queued, when it left, when it arrived; in nanoseconds. */
  private static List<long[]> report(Path log) {
    if (!Files.exists(log)) {
      return List.of();
    }
    return Command.start(
            Map.of(),
            List.of(
                "isochron",
                "report",
                "--input-file",
                log.toString(),
                "--printf-format",
                "%u %d %d %d %d\n",
                "--printf-args",
                "qSstr"))
        .end(10)
        .expect(0)
        .out()
        .lines()
        .filter(line -> line.matches("\\d+( -?\\d+){4}"))
        .map(RealProgramsSystemTest::numbers)
        .toList();
  }

  private static long[] numbers(String line) {
    return List.of(line.split(" ", -1)).stream().mapToLong(Long::parseLong).toArray();
  }

  private static boolean isPlausible(long[] instants, boolean deadline) {
    long launch = instants[1];
    long queued = instants[2];
    long left = instants[3];
    long arrived = instants[4];
    boolean inTime = deadline ? left <= launch : left >= launch;
    return inTime && 0 < queued && queued <= left && left <= arrived;
  }

  // ---- programs that never stamp ----

  @Test
  void shouldCarryWhatIperf3SendsAndTakeNothingOfIt() {
    final long before = node.received();
    JsonObject tcp = iperf("-n", "16M");
    // It ends when the kernel has taken all, which need not have arrived; newer ones go on for a
    // while.
    assertTrue(octets(tcp, "sum_sent") >= 16 << 20, tcp.toString());
    assertTrue(octets(tcp, "sum_received") > 0, tcp.toString());
    // Nobody sends again what the receiver's buffer has no room for: that something came counts.
    JsonObject udp = iperf("-u", "-b", "2M", "-l", "1000", "-k", "200").getAsJsonObject("sum");
    int packets = udp.get("packets").getAsInt();
    assertTrue(packets >= 200 && udp.get("lost_packets").getAsInt() < packets, udp.toString());
    assertEquals(before, node.received());
  }

  private static long octets(JsonObject end, String sum) {
    return end.getAsJsonObject(sum).get("bytes").getAsLong();
  }

  private static JsonObject iperf(String... options) {
    String port = Integer.toString(IPERF_PORT);
    try (Command server = node.exec("bob", "iperf3", "-s", "-1", "-p", port)) {
      Node.await("iperf3 listens", 10, () -> listens("bob", IPERF_PORT));
      List<String> words = new ArrayList<>(List.of("iperf3", "-c", node.bob(), "-p", port, "-J"));
      words.addAll(List.of(options));
      Command client = node.exec("alice", words.toArray(String[]::new)).end(30).expect(0);
      server.end(10).expect(0);
      return JsonParser.parseString(client.out()).getAsJsonObject().getAsJsonObject("end");
    }
  }

  @Test
  void shouldLetTwoPtp4lFindTheirOffsetByTheKernelsTimestamps() throws IOException {
    long before = node.received();
    try (Command master = ptp4l("alice");
        Command slave = ptp4l("bob", "-s")) {
      Node.await(
          "the slave knows its offset",
          20,
          () ->
              slave.out().lines().filter(line -> line.contains("master offset")).count() >= 3
                  || !slave.process().isAlive()
                  || !master.process().isAlive());
      assertTrue(slave.out().contains("master offset"), slave.text() + master.text());
    }
    assertEquals(before, node.received());
  }

  /** Over UDP, several messages a second; it leaves the clock alone. */
  private Command ptp4l(String pod, String... role) throws IOException {
    Path configuration = directory.resolve(pod + ".cfg");
    Files.writeString(
        configuration,
        """
        [global]
        free_running 1
        logAnnounceInterval -3
        logSyncInterval -3
        logMinDelayReqInterval -3
        summary_interval -3
        tx_timestamp_timeout 1000
        uds_address %1$s/%2$s.sock
        %3$s
        """
            .formatted(
                directory, pod, PtpSystemTest.readOnlySocket(directory.resolve(pod + ".ro.sock"))));
    List<String> words =
        new ArrayList<>(List.of("ptp4l", "-S", "-4", "-i", "tsn0", "-m", "-l", "7"));
    words.addAll(List.of("-f", configuration.toString()));
    words.addAll(List.of(role));
    return node.exec(pod, words.toArray(String[]::new));
  }

  @Test
  void shouldLetTenThousandProgramsStart() {
    long before = node.received();
    Command starts =
        node.exec(
                "alice",
                PROGRAMS.resolve("processes").toString(),
                "spawns",
                "0.0.0.0",
                "0",
                "10000")
            .end(120)
            .expect(0);
    assertEquals("started 10000", starts.out().strip());
    assertEquals(before, node.received());
  }

  // ---- programs that stamp ----

  @Test
  void shouldPublishAtLayerTwoWithDeadlinesAndReadItsErrorQueue() {
    int frames = 100;
    attempt(
        () -> "a publisher misses a deadline",
        () -> {
          long before = node.received();
          try (Capture capture =
              new Capture(node, "bob", "ether src " + mac("alice") + " and vlan")) {
            List<String> said =
                node.exec(
                        "alice",
                        "chrt",
                        "-f",
                        "10",
                        PROGRAMS.resolve("publisher").toString(),
                        "tsn0",
                        mac("bob"),
                        Integer.toString(frames),
                        "2000")
                    .end(20)
                    .expect(0)
                    .out()
                    .lines()
                    .toList();
            Node.await("all are taken", 10, () -> node.received() == before + frames);
            return said.getLast().equals("errors 0")
                && hex(capture.frames(frames)).equals(said.subList(0, frames));
          }
        });
  }

  private static List<String> hex(List<byte[]> frames) {
    return frames.stream().map(HexFormat.of()::formatHex).toList();
  }

  @Test
  void shouldSendAtOnceWhatIsStampedWithNowInTrains() {
    int trains = 40;
    int segments = 10;
    String program = PROGRAMS.resolve("quic").toString();
    expectEachOnce(trains * segments, program, node.bob(), PORT, "40", "10");
  }

  @ParameterizedTest
  @ValueSource(strings = {"threads", "forks", "vforks", "closes"})
  void shouldSendEachDatagramOnceFromProgramsThatMultiplyAndCleanUp(String way) {
    String program = PROGRAMS.resolve("processes").toString();
    expectEachOnce(200, program, way, node.bob(), PORT, "200");
  }

  @Test
  void shouldSendEachDatagramOnceUnderATracer() {
    List<String> words = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null"));
    words.addAll(List.of(PROGRAMS.resolve("processes").toString(), "forks", node.bob()));
    words.addAll(List.of(PORT, "100"));
    expectEachOnce(100, words.toArray(String[]::new));
  }

  @Test
  void shouldSendEachDatagramOnceInAnEmulatorThatFindsNoErrors() {
    List<String> words = new ArrayList<>(List.of("valgrind", "-q", "--error-exitcode=9"));
    words.add("--trace-children=no");
    words.add("--suppressions=" + Node.ROOT.resolve("shim/libktsn.supp"));
    words.addAll(List.of(PROGRAMS.resolve("processes").toString(), "threads", node.bob()));
    words.addAll(List.of(PORT, "100"));
    expectEachOnce(100, words.toArray(String[]::new));
  }

  /**
   * A program says how many it sent: all went through KTSNd, and arrived, none twice.
   *
   * @param program with {@link #PORT} in the place of a port, another one for each attempt
   */
  private static void expectEachOnce(int count, String... program) {
    attempt(
        () -> String.join(" ", program) + " loses something",
        () -> {
          long before = node.received();
          long dropped = SteadyTraffic.dropped(node.stats());
          String own = Integer.toString(++port);
          String[] words =
              Stream.of(program).map(word -> word.equals(PORT) ? own : word).toArray(String[]::new);
          try (Capture capture = new Capture(node, "bob", "udp port " + own)) {
            Command sender = node.exec("alice", words).end(60).expect(0);
            assertEquals("sent " + count, sender.out().strip(), sender.text());
            Node.await("all are taken", 10, () -> node.received() == before + count);
            if (SteadyTraffic.dropped(node.stats()) != dropped) {
              return false;
            }
            List<String> arrived = hex(capture.frames(count));
            assertEquals(count, arrived.size());
            assertEquals(
                count, arrived.stream().map(frame -> frame.substring(84)).distinct().count());
            return true;
          }
        });
  }
}
