package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
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
import org.ktsn.cli.testbed.WindowJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench mqtt}: whether frames notice what happens to the controller's broker: bursts of
 * schedules, duplicated and out of order, and a broker that is killed and comes back.
 */
@Command(
    name = "mqtt",
    description = "Launch errors while schedules pour in over MQTT and the broker is killed.")
final class MqttBench extends Bench {
  private static final long SECOND = 1_000_000_000L;
  private static final long PERIOD_NS = 1_000_000;
  private static final long LEAD_NS = 500_000_000;
  private static final long GUARD_NS = SECOND / 2;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "how long each block lasts, 3 to 60 (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "4",
      description = "how many pairs of a quiet and a stormy block, 1 to 100 (${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "1000",
      description = "schedules in each stormy block, 10 to 100000 (${DEFAULT-VALUE})")
  private int messages;

  private final List<String> faults = new ArrayList<>();

  MqttBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
  }

  @Override
  void check() {
    require(seconds >= 3 && seconds <= 60, "--seconds", seconds, "3 to 60");
    require(rounds >= 1 && rounds <= 100, "--rounds", rounds, "1 to 100");
    require(messages >= 10 && messages <= 100_000, "--messages", messages, "10 to 100000");
  }

  @Override
  List<String> faults() {
    return faults;
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    int frames = (int) (2L * rounds * seconds * SECOND / PERIOD_NS);
    Flow flow = new Flow(frames, 256, PERIOD_NS, LEAD_NS, 7, DataPath.KTSN, true);
    long durationNs = testbed.frameDurationNs(flow);
    String schedule = LaunchPlan.usualSchedule(flow, durationNs);
    WindowJudge judge = new WindowJudge(ReportedGates.fromReport(testbed.schedule(schedule)));
    try (BrokerStorms storms = new BrokerStorms(testbed, messages, progress)) {
      storms.warmUp();
      Census before = Census.of(testbed.control());
      long earliest = testbed.earliestBaseNs();
      long baseNs =
          LaunchPlan.of(judge, flow, durationNs, earliest)
              .firstLaunchNs(flow, testbed.earliestBaseNs());
      Blocks blocks = new Blocks(baseNs, seconds * SECOND, rounds, GUARD_NS);
      storms.during(blocks);
      FlowResult result = testbed.run(flow, baseNs, false, storms);
      storms.end();
      Census after = Census.of(testbed.control());
      progress.clear();
      return show(result, judge, blocks, storms, after.heapOctets() - before.heapOctets(), screen);
    }
  }

  private JsonObject show(
      FlowResult result,
      WindowJudge judge,
      Blocks blocks,
      BrokerStorms storms,
      long heapOctets,
      Screen screen) {
    Quantiles quiet = blocks.txErrors(result, Blocks.Kind.QUIET);
    Quantiles storm = blocks.txErrors(result, Blocks.Kind.STORM);
    FrameCounts frames = FrameCounts.of(result, judge);
    faults.addAll(frames.faults());
    new QuantileTable("actual - planned instant")
        .nanoseconds("quiet", quiet)
        .nanoseconds("schedules, broker killed", storm)
        .ratio("  storm / quiet", storm, quiet)
        .lines()
        .forEach(screen.out()::println);
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%nschedules published %d   accepted by the node %d   broker killed %d times%n"
                + "in the end the newest version is in force: %s%n"
                + "left behind in the heap: %d KiB%n%s%n",
            storms.published(),
            storms.accepted(),
            storms.killed(),
            storms.endedWithTheNewest() ? "yes" : "no",
            heapOctets / 1024,
            frames);
    if (!storms.endedWithTheNewest()) {
      faults.add("the schedule in force at the end is not the newest that was published");
    }
    if (storms.accepted() == 0) {
      throw new CommandFailure("The node accepted no schedule: nothing was measured.");
    }
    JsonObject errors = new JsonObject();
    errors.add("quiet", quiet.toJsonNs());
    errors.add("storm", storm.toJsonNs());
    JsonObject json = new JsonObject();
    json.addProperty("published", storms.published());
    json.addProperty("accepted", storms.accepted());
    json.addProperty("broker_killed", storms.killed());
    json.addProperty("newest_in_force", storms.endedWithTheNewest());
    json.addProperty("heap_octets", heapOctets);
    json.add("frames", frames.toJson());
    json.add("tx_error_ns", errors);
    return json;
  }
}
