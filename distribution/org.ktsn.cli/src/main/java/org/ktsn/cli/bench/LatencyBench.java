package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.Figures;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.LaunchPlan;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.WindowJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench latency}: from launch time to arrival, and the jitter, for three sizes of payload:
 * with launch times through KTSNd, and sent by a sleeping loop through the kernel, between the same
 * pods, by turns.
 */
@Command(
    name = "latency",
    description =
        "Latency and jitter through KTSNd and through the kernel, for 64, 256, 1024 octets.")
final class LatencyBench extends Bench {
  private static final List<Integer> SIZES = List.of(64, 256, 1024);
  private static final long PERIOD_NS = 1_000_000;
  private static final long LEAD_NS = 100_000_000;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "2000",
      description = "how many datagrams in each turn, 10 to 1000000 (${DEFAULT-VALUE})")
  private int frames;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many turns of each path for each size, 1 to 100 (${DEFAULT-VALUE})")
  private int rounds;

  LatencyBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
  }

  /** What one path got with one size, over all rounds. */
  private static final class Figures {
    private int sent;
    private int received;
    private final LongStream.Builder latencyNs = LongStream.builder();
    private final LongStream.Builder jitterNs = LongStream.builder();

    void add(Delivery delivery) {
      sent += delivery.sent();
      received += delivery.received();
      LongStream.of(delivery.latencyNs()).forEach(latencyNs);
      LongStream.of(delivery.jitterNs()).forEach(jitterNs);
    }

    Measured measured() {
      return new Measured(
          sent,
          received,
          Quantiles.of(latencyNs.build().toArray()),
          Quantiles.of(jitterNs.build().toArray()));
    }
  }

  /** A path's quantiles. */
  private record Measured(int sent, int received, Quantiles latency, Quantiles jitter) {
    JsonObject toJson() {
      JsonObject json = new JsonObject();
      json.addProperty("sent", sent);
      json.addProperty("received", received);
      json.add("latency_us", latency.toJsonUs());
      json.add("jitter_us", jitter.toJsonUs());
      return json;
    }
  }

  @Override
  void check() {
    require(frames >= 10 && frames <= 1_000_000, "--frames", frames, "10 to 1000000");
    require(rounds >= 1 && rounds <= 100, "--rounds", rounds, "1 to 100");
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    // One schedule for all: the window holds the largest of the frames.
    Flow largest = flow(SIZES.getLast(), DataPath.KTSN);
    WindowJudge judge =
        new WindowJudge(
            ReportedGates.fromReport(
                testbed.schedule(
                    LaunchPlan.usualSchedule(largest, testbed.frameDurationNs(largest)))));
    JsonArray sizes = new JsonArray();
    for (int size : SIZES) {
      Figures ktsn = new Figures();
      Figures kernel = new Figures();
      for (int round = 1; round <= rounds; round++) {
        ktsn.add(turn(testbed, judge, flow(size, DataPath.KTSN), round, progress));
        kernel.add(turn(testbed, judge, flow(size, DataPath.KERNEL), round, progress));
      }
      progress.clear();
      sizes.add(show(size, ktsn.measured(), kernel.measured(), screen));
    }
    JsonObject json = new JsonObject();
    json.add("sizes", sizes);
    return json;
  }

  private Flow flow(int size, DataPath path) {
    return new Flow(frames, size, PERIOD_NS, LEAD_NS, 7, path, true);
  }

  private Delivery turn(
      Testbed testbed, WindowJudge judge, Flow flow, int round, Progress progress) {
    LaunchPlan plan =
        LaunchPlan.of(judge, flow, testbed.frameDurationNs(flow), testbed.earliestBaseNs());
    String what =
        String.format(
            Locale.ROOT,
            "%4d octets, %s, turn %d of %d",
            flow.size(),
            flow.path() == DataPath.KTSN ? "KTSNd " : "kernel",
            round,
            rounds);
    return testbed
        .run(
            flow,
            plan.firstLaunchNs(flow, testbed.earliestBaseNs()),
            false,
            (received, nowNs) -> progress.show(what + "   received " + received))
        .delivery();
  }

  private static JsonObject show(int size, Measured ktsn, Measured kernel, Screen screen) {
    new QuantileTable(size + " octets")
        .microseconds("latency, KTSNd", ktsn.latency())
        .microseconds("latency, kernel", kernel.latency())
        .ratio("  kernel / KTSNd", kernel.latency(), ktsn.latency())
        .microseconds("jitter, KTSNd", ktsn.jitter())
        .microseconds("jitter, kernel", kernel.jitter())
        .ratio("  kernel / KTSNd", kernel.jitter(), ktsn.jitter())
        .lines()
        .forEach(screen.out()::println);
    screen
        .out()
        .printf(
            Locale.ROOT,
            "received  KTSNd %d of %d   kernel %d of %d%n%n",
            ktsn.received(),
            ktsn.sent(),
            kernel.received(),
            kernel.sent());
    JsonObject json = new JsonObject();
    json.addProperty("size", size);
    json.add("ktsn", ktsn.toJson());
    json.add("kernel", kernel.toJson());
    return json;
  }
}
