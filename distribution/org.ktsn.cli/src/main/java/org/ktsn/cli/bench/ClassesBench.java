package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.ScheduleChange;
import org.ktsn.cli.testbed.Testbed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench classes}: three traffic classes with mixed sizes share a link by a gate control
 * list, at a high load: whether each frame leaves in its window, in order, and when an oracle says;
 * and what a change of the list in between does.
 */
@Command(
    name = "classes",
    description = "Three traffic classes under a gate schedule at high load, against an oracle.")
final class ClassesBench extends Bench {
  private static final long SECOND = 1_000_000_000L;
  private static final long MOST_LEAD_NS = SECOND / 2;

  /** A pod may hold 2048 frames. */
  private static final int FRAMES_AHEAD = 1000;

  /** The change is asked for so long before it happens: KTSNd may be slow to answer meanwhile. */
  private static final long NOTICE_NS = 5 * SECOND;

  private static final int LEAST_FRAMES_TO_CHANGE = 10_000;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "how many datagrams in all, 1000 to 5000000 (${DEFAULT-VALUE})")
  private int frames;

  @Option(
      names = "--rate-mbit",
      paramLabel = "R",
      defaultValue = "50",
      description = "the link's rate in Mb/s, 5 to 1000 (${DEFAULT-VALUE})")
  private int rateMbit;

  @Option(
      names = "--load",
      paramLabel = "PERCENT",
      defaultValue = "80",
      description = "of what the open windows can carry, 1 to 95 (${DEFAULT-VALUE})")
  private int loadPercent;

  @Option(names = "--change", description = "change the schedule in the middle of the run")
  private boolean change;

  private List<String> faults = List.of();

  ClassesBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
  }

  @Override
  void check() {
    require(frames >= 1000 && frames <= 5_000_000, "--frames", frames, "1000 to 5000000");
    require(rateMbit >= 5 && rateMbit <= 1000, "--rate-mbit", rateMbit, "5 to 1000");
    require(loadPercent >= 1 && loadPercent <= 95, "--load", loadPercent, "1 to 95");
    require(
        !change || frames >= LEAST_FRAMES_TO_CHANGE,
        "--frames",
        frames,
        LEAST_FRAMES_TO_CHANGE + " or more where the schedule changes");
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    testbed.linkRate(rateMbit * 1_000_000L);
    Mix mix = Mix.ofThree();
    ReportedGates list =
        ReportedGates.fromReport(testbed.schedule(Mix.text(mix.usual(), rateMbit)));
    List<Flow> flows =
        mix.flows(
            frames,
            change ? List.of(mix.usual(), mix.changed()) : List.of(mix.usual()),
            loadPercent,
            rateMbit,
            testbed::wireDurationNs,
            FRAMES_AHEAD,
            MOST_LEAD_NS);
    long baseNs = testbed.earliestBaseNs();
    long lengthNs = flows.stream().mapToLong(Flow::lengthNs).max().orElseThrow();
    progress.say(
        String.format(
            Locale.ROOT,
            "%d frames of three classes at %d Mb/s in %d s, %d %% of what the open windows carry",
            frames,
            rateMbit,
            Math.ceilDiv(lengthNs, SECOND),
            loadPercent));
    progress.say("  " + Mix.text(mix.usual(), rateMbit));
    Optional<ChangeRequest> request =
        change
            ? Optional.of(
                new ChangeRequest(
                    testbed, Mix.text(mix.changed(), rateMbit), baseNs + lengthNs / 2))
            : Optional.empty();
    request.ifPresent(asked -> progress.say("  then " + Mix.text(mix.changed(), rateMbit)));
    progress.say("");
    List<FlowResult> results =
        testbed.run(
            flows,
            baseNs,
            (received, nowNs) -> {
              request.ifPresent(asked -> asked.look(nowNs));
              progress.show("received " + received + " of " + frames);
            });
    progress.show("judging");
    List<ClassFlow> expected =
        flows.stream().map(flow -> ClassFlow.of(flow, baseNs, testbed)).toList();
    ListsInForce lists = new ListsInForce(list, request.map(ChangeRequest::happened));
    ClassesRun run = ClassesRun.of(results, expected, lists, plannerLatenessNs(testbed));
    Optional<ScheduleChange> edges = ScheduleChange.find(results, lists);
    faults = run.faults();
    progress.clear();
    show(run, edges, screen.out());
    return json(run, mix, edges, testbed);
  }

  @Override
  List<String> faults() {
    return faults;
  }

  private static long plannerLatenessNs(Testbed testbed) {
    return testbed.stats().getAsJsonObject("planner_lateness_ns").get("max").getAsLong();
  }

  /** Asks for the other list when it is time to. */
  private static final class ChangeRequest {
    private final Testbed testbed;
    private final String text;
    private final long atNs;
    private long promisedNs;

    ChangeRequest(Testbed testbed, String text, long atNs) {
      this.testbed = testbed;
      this.atNs = atNs / 1000 * 1000;
      this.text = "base=" + atNs / 1000 + "us " + text;
    }

    void look(long nowNs) {
      if (promisedNs == 0 && nowNs >= atNs - NOTICE_NS) {
        promisedNs = testbed.requestSchedule(text);
      }
    }

    ListsInForce.Change happened() {
      if (promisedNs != atNs) {
        throw new CommandFailure(
            "The schedule was to change at "
                + atNs
                + (promisedNs == 0 ? " and was not asked for" : ", and changed at " + promisedNs)
                + ": this machine is too busy. Try again.");
      }
      return new ListsInForce.Change(atNs, ReportedGates.fromReport(testbed.settledSchedule()));
    }
  }

  private void show(ClassesRun run, Optional<ScheduleChange> edges, PrintStream out) {
    out.println(
        "class    frames  dropped  lost  twice  reordered  outside   late     Mb/s  oracle's "
            + " octets/oracle's");
    for (ClassFigures one : run.classes()) {
      out.printf(
          Locale.ROOT,
          "%5d %9d %8d %5d %6d %10d %8d %6d %8.4f %9.4f %16.6f%n",
          one.flow().trafficClass(),
          one.flow().frames(),
          one.dropped(),
          one.lost(),
          one.delivery().duplicated() + one.leftTwice(),
          one.delivery().reordered() + one.reordered(),
          one.outside(),
          one.late(),
          run.throughput(one) / 1e6,
          run.oracleThroughput(one) / 1e6,
          (double) one.octets() / run.oracleOctets(one));
    }
    DecisionAudit audit = run.audit();
    out.printf(
        Locale.ROOT,
        "%nplanned as the oracle says     %d of %d decisions%notherwise                      %d%nas"
            + " if every frame had come in time and the machine had never been late   %d of %d%n%n",
        audit.equal(),
        audit.equal() + audit.different(),
        audit.different(),
        run.ideal().equal(run.planned()),
        run.planned().size());
    new QuantileTable("actual - planned instant")
        .nanoseconds("all classes", run.txError())
        .lines()
        .forEach(out::println);
    edges.ifPresent(
        change -> {
          out.println();
          change.lines().forEach(out::println);
        });
  }

  private JsonObject json(
      ClassesRun run, Mix mix, Optional<ScheduleChange> edges, Testbed testbed) {
    JsonObject counts = new JsonObject();
    counts.addProperty("sent", frames);
    counts.addProperty("received", run.sum(one -> one.delivery().received()));
    counts.addProperty("dropped", run.sum(ClassFigures::dropped));
    counts.addProperty("unaccounted", run.sum(ClassFigures::unaccounted));
    counts.addProperty("lost", run.sum(ClassFigures::lost));
    counts.addProperty("duplicated", run.sum(one -> one.delivery().duplicated()));
    counts.addProperty("reordered", run.sum(one -> one.delivery().reordered()));
    counts.addProperty("left_twice", run.sum(ClassFigures::leftTwice));
    counts.addProperty("reordered_in_trace", run.sum(ClassFigures::reordered));
    counts.addProperty("outside_window", run.sum(ClassFigures::outside));
    counts.addProperty("late", run.sum(ClassFigures::late));
    JsonObject oracle = new JsonObject();
    oracle.addProperty("equal", run.audit().equal());
    oracle.addProperty("different", run.audit().different());
    oracle.addProperty("equal_to_ideal", run.ideal().equal(run.planned()));
    JsonArray classes = new JsonArray();
    for (int i = 0; i < run.classes().size(); i++) {
      ClassFigures one = run.classes().get(i);
      JsonObject json = one.toJson();
      json.addProperty(
          "load_percent",
          mix.loadPercent(
              mix.members().get(i),
              mix.usual(),
              one.flow().periodNs(),
              rateMbit,
              testbed::wireDurationNs));
      json.addProperty("oracle_octets", run.oracleOctets(one));
      json.addProperty("throughput_bits_per_second", run.throughput(one));
      json.addProperty("oracle_throughput_bits_per_second", run.oracleThroughput(one));
      classes.add(json);
    }
    JsonObject json = new JsonObject();
    json.addProperty("rate_bits_per_second", rateMbit * 1_000_000L);
    json.addProperty("load_percent", loadPercent);
    json.addProperty("schedule", Mix.text(mix.usual(), rateMbit));
    json.add("frames", counts);
    json.add("oracle", oracle);
    json.add("classes", classes);
    json.add("tx_error_ns", run.txError().toJsonNs());
    json.addProperty("planner_lateness_max_ns", run.plannerLatenessNs());
    edges.ifPresent(
        found -> {
          json.addProperty("new_schedule", Mix.text(mix.changed(), rateMbit));
          json.add("schedule_change", found.toJson());
        });
    return json;
  }
}
