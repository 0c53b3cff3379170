package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
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
 * {@code bench hostile}: what a well-behaved pod notices of one that does anything to its channel:
 * quiet and hostile by turns.
 */
@Command(
    name = "hostile",
    description = "What a well-behaved pod notices of one that does anything to its channel.")
final class HostileBench extends Bench {
  private static final long SECOND = 1_000_000_000L;
  private static final long LEAD_NS = 20_000_000;
  private static final int SIZE = 256;
  private static final long PERIOD_NS = 1_000_000;
  private static final int PRIORITY = 7;
  private static final int LONGEST_TURN = 30;

  /** A quiet turn is as long as this part of a hostile one. */
  private static final int QUIET_PART = 3;

  /** It begins before the flow and ends after it. */
  private static final int MARGIN_SECONDS = 4;

  private static final String OPEN = "A 1ms 0-7";

  /** What the other pod does. */
  private enum Turn {
    QUIET("quiet", "without the hostile pod"),
    HOSTILE("hostile", "beside the hostile pod");

    private final String member;
    private final String words;

    Turn(String member, String words) {
      this.member = member;
      this.words = words;
    }
  }

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "60",
      description = "for how long it is hostile, all in all, 1 to 3600 (${DEFAULT-VALUE})")
  private int seconds;

  private final Map<Turn, List<FlowResult>> seen = new EnumMap<>(Turn.class);
  private final List<String> faults = new ArrayList<>();

  HostileBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
    for (Turn turn : Turn.values()) {
      seen.put(turn, new ArrayList<>());
    }
  }

  @Override
  void check() {
    require(seconds >= 1 && seconds <= 3600, "--seconds", seconds, "1 to 3600");
  }

  @Override
  List<String> faults() {
    return faults;
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    testbed.talkers(1);
    testbed.schedule(OPEN);
    HostilePod pod = new HostilePod(testbed);
    quiet(testbed, 1, progress); // what is measured first is compiled
    int rounds = Math.ceilDiv(seconds, LONGEST_TURN);
    for (int round = 0; round < rounds; round++) {
      int length = seconds * (round + 1) / rounds - seconds * round / rounds;
      seen.get(Turn.QUIET).add(quiet(testbed, Math.ceilDiv(length, QUIET_PART), progress));
      seen.get(Turn.HOSTILE).add(hostile(testbed, pod, length, progress));
    }
    progress.clear();
    return show(pod.done(), ThroughputBench.drops(testbed), screen);
  }

  private static FlowResult quiet(Testbed testbed, int length, Progress progress) {
    return run(testbed, length, Turn.QUIET, progress);
  }

  private static FlowResult hostile(
      Testbed testbed, HostilePod pod, int length, Progress progress) {
    try (Cleanup running = Cleanup.within(testbed.cleanup())) {
      Child fuzzer = pod.begin(length + MARGIN_SECONDS, running);
      FlowResult result = run(testbed, length, Turn.HOSTILE, progress);
      HostilePod.end(fuzzer, length + MARGIN_SECONDS);
      return result;
    }
  }

  private static FlowResult run(Testbed testbed, int length, Turn turn, Progress progress) {
    Flow flow =
        new Flow(
            (int) (length * SECOND / PERIOD_NS),
            SIZE,
            PERIOD_NS,
            LEAD_NS,
            PRIORITY,
            DataPath.KTSN,
            true);
    return testbed.run(
        flow,
        testbed.earliestBaseNs(),
        false,
        (received, nowNs) -> progress.show(turn.words + "   received " + received));
  }

  private JsonObject show(Map<String, Long> done, Map<String, Long> drops, Screen screen) {
    QuantileTable errors = new QuantileTable("actual - planned instant");
    QuantileTable latencies = new QuantileTable("launch time to arrival");
    JsonObject json = new JsonObject();
    for (Turn turn : Turn.values()) {
      errors.nanoseconds(turn.words, txErrors(turn));
      latencies.nanoseconds(turn.words, latency(turn));
      json.add(turn.member, toJson(turn));
      if (lost(turn) > 0) {
        faults.add(
            lost(turn) + " datagrams of the well-behaved pod were lost, " + turn.words + ".");
      }
    }
    errors.ratio("  hostile / quiet", txErrors(Turn.HOSTILE), txErrors(Turn.QUIET));
    latencies.ratio("  hostile / quiet", latency(Turn.HOSTILE), latency(Turn.QUIET));
    errors.lines().forEach(screen.out()::println);
    screen.out().println();
    latencies.lines().forEach(screen.out()::println);
    screen.out().println();
    for (Turn turn : Turn.values()) {
      screen
          .out()
          .printf(Locale.ROOT, "%-24s sent %d   lost %d%n", turn.words, sent(turn), lost(turn));
    }
    screen.out().println("the hostile pod          " + words(done));
    screen.out().println("dropped                  " + words(drops));
    if (done.getOrDefault("records", 0L) == 0) {
      faults.add("The hostile pod wrote no record: it was not connected.");
    }
    json.add("done", toJson(done));
    json.add("drops", toJson(drops));
    return json;
  }

  private static String words(Map<String, Long> counts) {
    StringBuilder line = new StringBuilder();
    new TreeMap<>(counts).forEach((name, count) -> line.append(name + " " + count + "   "));
    return line.toString().strip();
  }

  private Quantiles txErrors(Turn turn) {
    return Quantiles.of(
        seen.get(turn).stream()
            .flatMap(result -> result.trace().orElseThrow().records().stream())
            .filter(frame -> frame.outcome() == Outcome.SENT)
            .mapToLong(Frame::txErrorNs)
            .toArray());
  }

  private Quantiles latency(Turn turn) {
    return Quantiles.of(
        seen.get(turn).stream()
            .flatMapToLong(result -> Arrays.stream(result.delivery().latencyNs()))
            .toArray());
  }

  private long sent(Turn turn) {
    return seen.get(turn).stream().mapToLong(result -> result.delivery().sent()).sum();
  }

  private long lost(Turn turn) {
    return seen.get(turn).stream().mapToLong(result -> result.delivery().lost()).sum();
  }

  private JsonObject toJson(Turn turn) {
    JsonObject json = new JsonObject();
    json.addProperty("sent", sent(turn));
    json.addProperty("lost", lost(turn));
    json.add("tx_error_ns", txErrors(turn).toJsonNs());
    json.add("latency_us", latency(turn).toJsonUs());
    return json;
  }

  private static JsonObject toJson(Map<String, Long> counts) {
    JsonObject json = new JsonObject();
    new TreeMap<>(counts).forEach(json::addProperty);
    return json;
  }
}
