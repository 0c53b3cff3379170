package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.bench.Blocks.Kind;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.LaunchPlan;
import org.ktsn.cli.testbed.NativeMoments.Moment;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.TraceFile.Frame;
import org.ktsn.cli.testbed.WindowJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench launcher}: by how much frames miss their instants while KTSNd's collector has
 * nothing to do, and while it is kept busy; and what a loop without any daemon gets at the same
 * time.
 */
@Command(
    name = "launcher",
    description = "Launch errors while the daemon's garbage collector rests and while it storms.")
final class LauncherBench extends Bench {
  private static final long SECOND = 1_000_000_000L;
  private static final long PERIOD_NS = 1_000_000;
  private static final long LEAD_NS = 100_000_000;
  private static final long GUARD_NS = SECOND / 2;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "how long each block lasts, 2 to 60 (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many pairs of a quiet and a stormy block, 1 to 100 (${DEFAULT-VALUE})")
  private int rounds;

  LauncherBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
  }

  @Override
  void check() {
    require(seconds >= 2 && seconds <= 60, "--seconds", seconds, "2 to 60");
    require(rounds >= 1 && rounds <= 100, "--rounds", rounds, "1 to 100");
    require(2L * rounds * seconds <= 4000, "--rounds", rounds, "fewer, 4000 seconds at most");
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    int frames = (int) (2L * rounds * seconds * SECOND / PERIOD_NS);
    Flow flow = new Flow(frames, 256, PERIOD_NS, LEAD_NS, 7, DataPath.KTSN, true);
    long durationNs = testbed.frameDurationNs(flow);
    ReportedGates program =
        ReportedGates.fromReport(testbed.schedule(LaunchPlan.usualSchedule(flow, durationNs)));
    long earliest = testbed.earliestBaseNs();
    long baseNs =
        LaunchPlan.of(new WindowJudge(program), flow, durationNs, earliest)
            .firstLaunchNs(flow, testbed.earliestBaseNs());
    Blocks blocks = new Blocks(baseNs, seconds * SECOND, rounds, GUARD_NS);

    progress.say(
        String.format(
            Locale.ROOT,
            "%d blocks of %d s, quiet and stormy by turns; 1000 frames a second",
            2 * rounds,
            seconds));
    progress.say("");
    Storms storms = new Storms(testbed.control(), blocks, seconds, progress);
    FlowResult result = testbed.run(flow, baseNs, true, storms);
    storms.end();
    progress.clear();
    return show(result, blocks, storms, screen);
  }

  private static JsonObject show(FlowResult result, Blocks blocks, Storms storms, Screen screen) {
    Quantiles quiet = frames(result, blocks, Kind.QUIET);
    Quantiles storm = frames(result, blocks, Kind.STORM);
    Quantiles nativeQuiet = moments(result, blocks, Kind.QUIET);
    Quantiles nativeStorm = moments(result, blocks, Kind.STORM);
    if (storm.count() == 0 || storms.stormy().collections() <= storms.quiet().collections()) {
      throw new CommandFailure(
          "The storm did not make the collector work ("
              + storms.stormy().collections()
              + " collections, "
              + storms.quiet().collections()
              + " while quiet): nothing was measured.");
    }
    new QuantileTable("actual - planned instant")
        .nanoseconds("KTSNd, quiet", quiet)
        .nanoseconds("KTSNd, GC storm", storm)
        .ratio("  storm / quiet", storm, quiet)
        .nanoseconds("native loop, quiet", nativeQuiet)
        .nanoseconds("native loop, GC storm", nativeStorm)
        .lines()
        .forEach(screen.out()::println);
    Delivery delivery = result.delivery();
    screen.out().println();
    screen
        .out()
        .printf(
            Locale.ROOT,
            "collections  quiet %d (%d ms)   storm %d (%d ms)%n",
            storms.quiet().collections(),
            storms.quiet().totalMs(),
            storms.stormy().collections(),
            storms.stormy().totalMs());
    screen
        .out()
        .printf(
            Locale.ROOT,
            "frames       sent %d   received %d   late %d%n",
            delivery.sent(),
            delivery.received(),
            late(result));

    JsonObject json = new JsonObject();
    json.add("quiet", block(quiet, nativeQuiet, storms.quiet()));
    json.add("storm", block(storm, nativeStorm, storms.stormy()));
    JsonObject frames = new JsonObject();
    frames.addProperty("sent", delivery.sent());
    frames.addProperty("received", delivery.received());
    frames.addProperty("late", late(result));
    json.add("frames", frames);
    return json;
  }

  private static JsonObject block(
      Quantiles frames, Quantiles nativeLoop, GarbageCollections collections) {
    JsonObject json = new JsonObject();
    json.addProperty("frames", frames.count());
    json.add("tx_error_ns", frames.toJsonNs());
    JsonObject loop = new JsonObject();
    loop.add("tx_error_ns", nativeLoop.toJsonNs());
    json.add("native_loop", loop);
    json.add("gc", collections.toJson());
    return json;
  }

  private static Quantiles frames(FlowResult result, Blocks blocks, Kind kind) {
    return Quantiles.of(
        result.trace().orElseThrow().records().stream()
            .filter(frame -> frame.outcome() == Outcome.SENT)
            .filter(frame -> blocks.kind(frame.plannedNs()) == kind)
            .mapToLong(Frame::txErrorNs)
            .toArray());
  }

  private static Quantiles moments(FlowResult result, Blocks blocks, Kind kind) {
    return Quantiles.of(
        result.nativeLoop().orElseThrow().moments().stream()
            .filter(moment -> blocks.kind(moment.instantNs()) == kind)
            .mapToLong(Moment::errorNs)
            .toArray());
  }

  private static long late(FlowResult result) {
    return result.trace().orElseThrow().records().stream().filter(Frame::late).count();
  }
}
