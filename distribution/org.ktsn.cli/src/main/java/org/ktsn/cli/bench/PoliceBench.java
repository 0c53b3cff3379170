package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.TraceFile.Frame;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench police}: what two well-behaved pods notice of a third one that sends eight times
 * what is reserved for it, while it is policed (IEEE 802.1Q-2022 8.6.5.1) and while it is not,
 * against one that keeps to it; by turns.
 */
@Command(
    name = "police",
    description = "What well-behaved pods notice of one that babbles, policed and not.")
final class PoliceBench extends Bench {
  private static final long SECOND = 1_000_000_000L;

  /** Not a whole number of periods: no talker wakes up when another one's frame leaves. */
  private static final long LEAD_NS = 20_500_000;

  private static final long BURST_NS = 1_000_000;
  private static final int GOOD_SIZE = 256;
  private static final long GOOD_PERIOD_NS = 1_000_000;
  private static final int BABBLED_SIZE = 1000;
  private static final long BABBLED_PERIOD_NS = 103_000;

  /** The third pod wakes up as often then, and has one datagram each time instead of ten. */
  private static final long KEPT_PERIOD_NS = 10 * BABBLED_PERIOD_NS;

  private static final int TALKERS = 3;

  /** The testbed names the third talker so. */
  private static final String BABBLER = "talker3";

  private static final long RESERVED_BITS_PER_SECOND = 10_000_000;
  private static final int RESERVED_BURST_OCTETS = 3_000;

  /** What the meter sees of a babbled frame: headers and FCS with it. */
  private static final int BABBLED_FRAME_OCTETS = BABBLED_SIZE + 42 + 4;

  /** Room for what has been reserved already when a run begins, and for the last frame. */
  private static final double TOLERANCE = 1.02;

  private static final String OPEN = "A 1ms 0-7";

  /** What the third pod does, and what is done about it. */
  private enum Turn {
    QUIET("quiet", "without the third pod"),
    KEEPING("keeping", "it keeps to its rate"),
    POLICED("policed", "it babbles, policed"),
    UNPOLICED("unpoliced", "it babbles, not policed");

    private final String member;
    private final String words;

    Turn(String member, String words) {
      this.member = member;
      this.words = words;
    }
  }

  /** What was seen in all turns of a kind. */
  private static final class Seen {
    private final List<FlowResult> good = new ArrayList<>();
    private long babbled;
    private long passed;

    Quantiles txErrors() {
      return Quantiles.of(
          good.stream()
              .flatMap(result -> result.trace().orElseThrow().records().stream())
              .filter(frame -> frame.outcome() == Outcome.SENT)
              .mapToLong(Frame::txErrorNs)
              .toArray());
    }

    Quantiles latency() {
      return Quantiles.of(
          good.stream()
              .flatMapToLong(result -> Arrays.stream(result.delivery().latencyNs()))
              .toArray());
    }

    long sent() {
      return good.stream().mapToLong(result -> result.delivery().sent()).sum();
    }

    long lost() {
      return good.stream().mapToLong(result -> result.delivery().lost()).sum();
    }
  }

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "how long each turn lasts, 1 to 60 (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often the three turns are repeated, 1 to 50 (${DEFAULT-VALUE})")
  private int rounds;

  private final Map<Turn, Seen> seen = new EnumMap<>(Turn.class);
  private final List<String> faults = new ArrayList<>();

  PoliceBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
    for (Turn turn : Turn.values()) {
      seen.put(turn, new Seen());
    }
  }

  @Override
  void check() {
    require(seconds >= 1 && seconds <= 60, "--seconds", seconds, "1 to 60");
    require(rounds >= 1 && rounds <= 50, "--rounds", rounds, "1 to 50");
  }

  @Override
  List<String> faults() {
    return faults;
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    testbed.talkers(TALKERS);
    testbed.schedule(OPEN);
    testbed.undoAtEnd(() -> police(testbed, new JsonObject()));
    run(testbed, Turn.POLICED, 1, progress, new Seen()); // what is measured first is compiled
    for (int round = 0; round < rounds; round++) {
      for (Turn turn : Turn.values()) {
        run(testbed, turn, seconds, progress, seen.get(turn));
      }
    }
    progress.clear();
    return show(screen);
  }

  private void run(Testbed testbed, Turn turn, int length, Progress progress, Seen into) {
    police(
        testbed,
        turn == Turn.UNPOLICED
            ? new JsonObject()
            : PolicedPod.document(BABBLER, RESERVED_BITS_PER_SECOND, RESERVED_BURST_OCTETS));
    List<Flow> flows = new ArrayList<>();
    flows.add(good(7, length));
    flows.add(good(6, length));
    if (turn != Turn.QUIET) {
      long periodNs = turn == Turn.KEEPING ? KEPT_PERIOD_NS : BABBLED_PERIOD_NS;
      flows.add(
          new Flow(
              (int) (length * SECOND / periodNs),
              BABBLED_SIZE,
              BABBLED_SIZE,
              periodNs,
              LEAD_NS,
              BURST_NS,
              6,
              DataPath.KTSN,
              false));
    }
    List<FlowResult> results =
        testbed.run(
            flows,
            testbed.earliestBaseNs(TALKERS),
            (received, nowNs) -> progress.show(turn.words + "   received " + received));
    into.good.addAll(results.subList(0, 2));
    if (turn != Turn.QUIET) {
      into.babbled += results.get(2).delivery().sent();
      into.passed += results.get(2).delivery().received();
    }
  }

  private static Flow good(int priority, int length) {
    return new Flow(
        (int) (length * SECOND / GOOD_PERIOD_NS),
        GOOD_SIZE,
        GOOD_PERIOD_NS,
        LEAD_NS,
        priority,
        DataPath.KTSN,
        true);
  }

  private static void police(Testbed testbed, JsonObject document) {
    Path file = testbed.work().resolve("streams.json");
    try {
      Files.writeString(file, document.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    testbed.control().run("ktsn:psfp set " + file);
  }

  private JsonObject show(Screen screen) {
    QuantileTable errors = new QuantileTable("actual - planned instant");
    QuantileTable latencies = new QuantileTable("launch time to arrival");
    JsonObject json = new JsonObject();
    for (Turn turn : Turn.values()) {
      Seen one = seen.get(turn);
      errors.nanoseconds(turn.words, one.txErrors());
      latencies.nanoseconds(turn.words, one.latency());
      json.add(turn.member, toJson(one));
      if (turn != Turn.UNPOLICED && one.lost() > 0) {
        faults.add(one.lost() + " datagrams of well-behaved pods were lost, " + turn.words);
      }
    }
    Seen policed = seen.get(Turn.POLICED);
    Seen keeping = seen.get(Turn.KEEPING);
    errors.ratio("  policed / keeping", policed.txErrors(), keeping.txErrors());
    latencies.ratio("  policed / keeping", policed.latency(), keeping.latency());
    errors.lines().forEach(screen.out()::println);
    screen.out().println();
    latencies.lines().forEach(screen.out()::println);
    screen.out().println();
    for (Turn turn : Turn.values()) {
      Seen one = seen.get(turn);
      screen
          .out()
          .printf(
              Locale.ROOT,
              "%-24s sent %d   lost %d   of the third pod's %d passed %d%n",
              turn.words,
              one.sent(),
              one.lost(),
              one.babbled,
              one.passed);
    }
    checkReserved(policed);
    if (keeping.passed < keeping.babbled) {
      faults.add(
          (keeping.babbled - keeping.passed)
              + " frames of the third pod did not pass while it kept to its rate");
    }
    return json;
  }

  private void checkReserved(Seen policed) {
    double perRun =
        RESERVED_BURST_OCTETS + RESERVED_BITS_PER_SECOND / 8.0 * (seconds + BURST_NS / 1e9);
    double most = rounds * perRun / BABBLED_FRAME_OCTETS * TOLERANCE;
    if (policed.passed > most) {
      faults.add(
          String.format(
              Locale.ROOT,
              "%d frames of the third pod passed, and only %.0f are reserved",
              policed.passed,
              most));
    }
    if (policed.passed == 0) {
      faults.add("nothing of the third pod passed, though 10 Mbit/s are reserved");
    }
  }

  private static JsonObject toJson(Seen one) {
    JsonObject json = new JsonObject();
    json.addProperty("sent", one.sent());
    json.addProperty("lost", one.lost());
    json.addProperty("babbled", one.babbled);
    json.addProperty("babbled_passed", one.passed);
    json.add("tx_error_ns", one.txErrors().toJsonNs());
    json.add("latency_us", one.latency().toJsonUs());
    return json;
  }
}
