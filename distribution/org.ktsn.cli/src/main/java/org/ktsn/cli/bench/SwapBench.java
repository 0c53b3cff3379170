package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.ktsn.cli.testbed.LaunchPlan;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.TraceFile.Frame;
import org.ktsn.cli.testbed.WindowJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench swap}: the shaper is swapped thousands of times while frames flow, by ranking and by
 * deploying bundles, TAS and CBS by turns: what it does to the frames, and what it leaves behind.
 */
@Command(
    name = "swap",
    description =
        "Swaps the shaper, or a filter, while frames flow: lost frames, launch errors, leaks.")
final class SwapBench extends Bench {
  private static final long SECOND = 1_000_000_000L;
  private static final long PERIOD_NS = 500_000;
  private static final long LEAD_NS = 500_000_000;
  private static final int SIZE = 256;
  private static final int SWAPS_PER_DEPLOYMENT = 50;
  private static final int MOST_ROUNDS = 10;
  private static final int LEAST_SWAPS_PER_ROUND = 100;
  private static final int EVERY_US = 3_000;

  /** A guess, on the safe side: File Install looks once a second, the other ways take a moment. */
  private static final long DEPLOYMENT_NS = SECOND;

  @Option(
      names = "--swaps",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "how many swaps by ranking, 100 to 100000 (${DEFAULT-VALUE}); a fiftieth of it again by"
              + " deploying bundles")
  private int swaps;

  @Option(
      names = "--filters",
      description =
          "swaps a filter that looks at each frame, instead of the shaper, and no bundles")
  private boolean filters;

  private final Path home;
  private final List<String> faults = new ArrayList<>();

  SwapBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
    home = Path.of(environment.getOrDefault("KTSN_HOME", "."));
  }

  @Override
  void check() {
    require(swaps >= 100 && swaps <= 100_000, "--swaps", swaps, "100 to 100000");
  }

  @Override
  List<String> faults() {
    return faults;
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    Control control = testbed.control();
    int rounds = Math.clamp(swaps / LEAST_SWAPS_PER_ROUND, 1, MOST_ROUNDS);
    int deployments = filters ? 0 : Math.max(6, swaps / SWAPS_PER_DEPLOYMENT);
    String storm = filters ? "ktsn:filter-storm" : "ktsn:swap-storm";
    long stormNs = (long) swaps * EVERY_US * 1000 + deployments * DEPLOYMENT_NS;
    int frames = (int) ((2 * stormNs + 2L * rounds * SECOND + 5 * SECOND) / PERIOD_NS);
    Flow flow = new Flow(frames, SIZE, PERIOD_NS, LEAD_NS, 7, DataPath.KTSN, true);
    control.run("ktsn:config org.ktsn.shaper.cbs idle.slopes=7=20000000");
    WindowJudge judge =
        new WindowJudge(
            ReportedGates.fromReport(
                testbed.schedule(LaunchPlan.usualSchedule(flow, testbed.frameDurationNs(flow)))));
    try (Deployments deploying = new Deployments(control, home)) {
      progress.say(
          String.format(
              Locale.ROOT,
              "%d swaps by ranking and %d by deploying bundles, in %d rounds; 2000 frames a second",
              swaps,
              deployments,
              rounds));
      progress.say("");
      progress.show("warming up");
      control.run(storm + " 50 1000");
      for (int i = 0; i < Math.min(6, deployments); i++) {
        deploying.next();
      }
      deploying.reopenPort();
      Census before = Census.of(control);
      LaunchPlan plan =
          LaunchPlan.of(judge, flow, testbed.frameDurationNs(flow), testbed.earliestBaseNs());
      long baseNs = plan.firstLaunchNs(flow, testbed.earliestBaseNs());
      SwapRounds swapping =
          new SwapRounds(
              testbed, deploying, rounds, swaps, deployments, EVERY_US, storm, baseNs, progress);
      FlowResult result = testbed.run(flow, baseNs, false, swapping);
      swapping.mustHaveEnded();
      progress.clear();
      deploying.reopenPort();
      Census after = Census.of(control);
      return show(result, judge, swapping, before, after, screen);
    }
  }

  private JsonObject show(
      FlowResult result,
      WindowJudge judge,
      SwapRounds swapping,
      Census before,
      Census after,
      Screen screen) {
    Quantiles quiet = errors(result, swapping, false);
    Quantiles storm = errors(result, swapping, true);
    FrameCounts frames = FrameCounts.of(result, judge);
    faults.addAll(frames.faults());
    new QuantileTable("actual - planned instant")
        .nanoseconds("without swaps", quiet)
        .nanoseconds("swapping", storm)
        .ratio("  swapping / without", storm, quiet)
        .lines()
        .forEach(screen.out()::println);
    long taken = after.shaperSwaps() - before.shaperSwaps();
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%nshapers taken up %d   failed %d%n"
                + "%s%n"
                + "left behind  class loaders %d   threads %d   frame buffers %d   heap %d KiB%n",
            taken,
            after.shaperFailures() - before.shaperFailures(),
            frames,
            after.classLoaders() - before.classLoaders(),
            after.threads() - before.threads(),
            before.freeMbufs() - after.freeMbufs(),
            (after.heapOctets() - before.heapOctets()) / 1024);

    JsonObject errors = new JsonObject();
    errors.add("quiet", quiet.toJsonNs());
    errors.add("swapping", storm.toJsonNs());
    JsonObject leaks = new JsonObject();
    leaks.addProperty("classloaders", after.classLoaders() - before.classLoaders());
    leaks.addProperty("threads", after.threads() - before.threads());
    leaks.addProperty("mbufs", before.freeMbufs() - after.freeMbufs());
    leaks.addProperty("heap_octets", after.heapOctets() - before.heapOctets());
    JsonObject json = new JsonObject();
    json.addProperty("swaps", swaps);
    json.addProperty("deployments", swapping.deployments());
    json.addProperty("shapers_taken_up", taken);
    json.addProperty("shapers_failed", after.shaperFailures() - before.shaperFailures());
    json.add("frames", frames.toJson());
    json.add("tx_error_ns", errors);
    json.add("leaks", leaks);
    return json;
  }

  private static Quantiles errors(FlowResult result, SwapRounds swapping, boolean storm) {
    return Quantiles.of(
        result.trace().orElseThrow().records().stream()
            .filter(frame -> frame.outcome() == Outcome.SENT)
            .filter(
                frame ->
                    storm
                        ? swapping.isStorm(frame.plannedNs())
                        : swapping.isQuiet(frame.plannedNs()))
            .mapToLong(Frame::txErrorNs)
            .toArray());
  }
}
