package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.Control;
import org.ktsn.cli.Instance;
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
import org.ktsn.cli.testbed.WindowJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench outages}: whether frames notice that the controller's network is cut, that the
 * node's password is revoked, that the broker's certificate has expired; and whether the daemon
 * tells of each once.
 */
@Command(
    name = "outages",
    description = "Launch errors while the controller's link is down, each way it can be.")
final class OutagesBench extends Bench {
  private static final long SECOND = 1_000_000_000L;
  private static final long PERIOD_NS = 1_000_000;
  private static final long LEAD_NS = 500_000_000;
  private static final long GUARD_NS = SECOND / 2;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "60",
      description =
          "how long each outage lasts, and the quiet before it, 15 to 600 (${DEFAULT-VALUE})")
  private int seconds;

  private final List<String> faults = new ArrayList<>();
  private final String instance;
  private final Path log;

  OutagesBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
    instance = Instance.of(environment).name();
    log = Path.of(environment.getOrDefault("KTSN_RUN", "."), "ktsnd.log");
  }

  @Override
  void check() {
    require(seconds >= 15 && seconds <= 600, "--seconds", seconds, "15 to 600");
  }

  @Override
  List<String> faults() {
    return faults;
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    int rounds = Outages.COUNT;
    // The last outage ends while frames still flow.
    int frames = (int) ((2L * rounds * seconds + 10) * SECOND / PERIOD_NS);
    Flow flow = new Flow(frames, 256, PERIOD_NS, LEAD_NS, 7, DataPath.KTSN, true);
    long durationNs = testbed.frameDurationNs(flow);
    String schedule = LaunchPlan.usualSchedule(flow, durationNs);
    WindowJudge judge = new WindowJudge(ReportedGates.fromReport(testbed.schedule(schedule)));
    try (Outages outages = new Outages(testbed, instance, log, progress)) {
      outages.warmUp();
      long earliest = testbed.earliestBaseNs();
      long baseNs =
          LaunchPlan.of(judge, flow, durationNs, earliest)
              .firstLaunchNs(flow, testbed.earliestBaseNs());
      Blocks blocks = new Blocks(baseNs, seconds * SECOND, rounds, GUARD_NS);
      outages.during(blocks);
      FlowResult result = testbed.run(flow, baseNs, false, outages);
      List<Outages.Told> told = outages.told();
      progress.clear();
      return show(result, FrameCounts.of(result, judge), blocks, told, screen);
    }
  }

  private JsonObject show(
      FlowResult result,
      FrameCounts frames,
      Blocks blocks,
      List<Outages.Told> told,
      Screen screen) {
    Quantiles quiet = blocks.txErrors(result, Blocks.Kind.QUIET);
    Quantiles outage = blocks.txErrors(result, Blocks.Kind.STORM);
    new QuantileTable("actual - planned instant")
        .nanoseconds("connected", quiet)
        .nanoseconds("outage", outage)
        .ratio("  outage / connected", outage, quiet)
        .lines()
        .forEach(screen.out()::println);
    screen.out().printf("%n%s%n%n", frames);
    faults.addAll(frames.faults());
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%-20s %6s %6s %9s  %s%n",
            "outage",
            "lost",
            "lines",
            "back ms",
            "what the status said");
    JsonArray outages = new JsonArray();
    for (Outages.Told one : told) {
      screen
          .out()
          .printf(
              Locale.ROOT,
              "%-20s %6d %6d %9d  %s%n",
              one.outage(),
              one.lost(),
              one.lines(),
              one.backMs(),
              one.problem());
      if (!one.once()) {
        faults.add("the " + one.outage() + " was not told once, and with its reason");
      }
      JsonObject json = new JsonObject();
      json.addProperty("outage", one.outage());
      json.addProperty("status", one.problem());
      json.addProperty("connections_lost", one.lost());
      json.addProperty("log_lines", one.lines());
      json.addProperty("back_ms", one.backMs());
      outages.add(json);
    }
    if (told.size() != Outages.COUNT) {
      faults.add("only " + told.size() + " outages were over before the last frame");
    }
    JsonObject errors = new JsonObject();
    errors.add("connected", quiet.toJsonNs());
    errors.add("outage", outage.toJsonNs());
    JsonObject json = new JsonObject();
    json.addProperty("seconds", seconds);
    json.add("frames", frames.toJson());
    json.add("tx_error_ns", errors);
    json.add("outages", outages);
    return json;
  }
}
