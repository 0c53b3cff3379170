package org.ktsn.cli.demo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.PrivateBroker;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.ScheduleChange;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.WorkFolder;
import org.ktsn.mqtt.protocol.PtpTime;

/**
 * A controller that changes the schedule in the middle of the run: {@code ktsn schedule push},
 * through a broker of the demo's own. The window of the flow's class comes later in the cycle
 * afterwards, which the frames show.
 */
final class MqttSideshow implements Sideshow {
  private static final String PID = "org.ktsn.schedule.mqtt";
  private static final String NETWORK = "demo";
  private static final String NODE = "this";
  private static final long LEAST_NS = 2_000_000_000L;
  private static final int STARTS = 4;
  private static final long PUSH_MS = 120_000;

  private final Testbed testbed;
  private final Path cli;
  private final ReportedGates before;
  private final Cleanup running;
  private Optional<PrivateBroker> broker = Optional.empty();
  private long changeNs;
  private long agreedNs;
  private ListsInForce lists;
  private double acceptedMs;
  private Optional<ScheduleChange> change = Optional.empty();

  /**
   * Makes one.
   *
   * @param before the schedule in force
   */
  MqttSideshow(Testbed testbed, Map<String, String> environment, ReportedGates before) {
    this.testbed = testbed;
    this.before = before;
    cli = Path.of(environment.getOrDefault("KTSN_HOME", ".")).resolve("bin/ktsn-cli");
    lists = new ListsInForce(before, Optional.empty());
    running = testbed.cleanup();
  }

  @Override
  public void prepare() {
    PrivateBroker own = new PrivateBroker(testbed.work(), running);
    broker = Optional.of(own);
    configure(own.url());
  }

  /**
   * Has the node accept the change before the flow is planned, whose middle is then where the
   * answer says. How much earlier it is asked for follows from how long the controller takes to
   * start here: only one change may take effect, so there is no second try.
   *
   * @param aheadNs how long before its first launch the flow is to be started, at least
   * @return the instant of the first launch, or shortly before it
   */
  long agree(Flow flow, long aheadNs) {
    long cycleNs = 1_000_000_000L * before.cycleNumerator() / before.cycleDenominator();
    long halfNs = flow.lengthNs() / 2;
    long patienceNs = LEAST_NS + STARTS * startNs();
    long middleNs = testbed.earliestBaseNs() + aheadNs + patienceNs + halfNs;
    changeNs = middleNs - Math.floorMod(middleNs - before.baseTimeNs(), cycleNs);
    WorkFolder.write(file(), laterWindow(flow, cycleNs));
    JsonObject answer = push();
    acceptedMs = answer.get("accepted_ms").getAsDouble();
    agreedNs = PtpTime.read(answer.getAsJsonObject("config_change_time"));
    long baseNs = agreedNs - halfNs;
    if (baseNs < testbed.earliestBaseNs() + aheadNs) {
      throw new CommandFailure(
          "The node took more than "
              + patienceNs / 1_000_000_000
              + " s to accept the controller's schedule: this machine is too busy. Try again.");
    }
    return baseNs;
  }

  /** Returns how long a controller takes to start and end on this machine, as busy as it is. */
  private long startNs() {
    long beginNs = System.nanoTime();
    Child.run("controller", List.of(cli.toString(), "schedule", "push", "--help"), PUSH_MS);
    return System.nanoTime() - beginNs;
  }

  private Path file() {
    return testbed.work().resolve("next-schedule");
  }

  private JsonObject push() {
    String text =
        Child.run(
            "controller",
            List.of(
                cli.toString(),
                "schedule",
                "push",
                file().toString(),
                "--broker",
                broker.orElseThrow().url(),
                "--network",
                NETWORK,
                "--node",
                NODE,
                "--until",
                "accepted",
                "--json"),
            PUSH_MS);
    try {
      return JsonParser.parseString(text)
          .getAsJsonObject()
          .getAsJsonArray("nodes")
          .get(0)
          .getAsJsonObject();
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw new CommandFailure("The controller's report can't be read: " + text, e);
    }
  }

  @Override
  public void begin(Flow flow, long baseNs) {
    // The change is under way.
  }

  /** The same windows, the flow's own not at the beginning any more. */
  private String laterWindow(Flow flow, long cycleNs) {
    int bit = 1 << flow.trafficClass();
    long windowNs =
        before.entries().stream()
            .filter(entry -> (entry.gateStates() & bit) != 0)
            .mapToLong(ReportedGates.Entry::intervalNs)
            .max()
            .orElseThrow();
    long firstNs = (cycleNs - windowNs) / 2;
    String others =
        flow.trafficClass() == 7
            ? "0-6"
            : java.util.stream.IntStream.rangeClosed(0, 7)
                .filter(c -> c != flow.trafficClass())
                .mapToObj(Integer::toString)
                .collect(java.util.stream.Collectors.joining(","));
    return "base=%dus; B %dns %s; T %dns %d; B %dns %s"
        .formatted(
            changeNs / 1000,
            firstNs,
            others,
            windowNs,
            flow.trafficClass(),
            cycleNs - firstNs - windowNs,
            others);
  }

  @Override
  public void look(long nowNs) {
    // Nothing is to be done.
  }

  @Override
  public void end(FlowResult result) {
    lists =
        new ListsInForce(
            before,
            Optional.of(
                new ListsInForce.Change(
                    agreedNs, ReportedGates.fromReport(testbed.settledSchedule()))));
    change = ScheduleChange.find(List.of(result), lists);
  }

  /** Returns the lists that were in force in the run. */
  ListsInForce lists() {
    return lists;
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT, "a controller's change of schedule, accepted after %.1f ms", acceptedMs));
    change.ifPresent(found -> lines.addAll(found.lines()));
    return lines;
  }

  @Override
  public void addTo(JsonObject report) {
    change.ifPresent(
        found -> {
          JsonObject json = new JsonObject();
          json.addProperty("accepted_ms", Math.round(acceptedMs * 100) / 100.0);
          found.toJson().entrySet().forEach(each -> json.add(each.getKey(), each.getValue()));
          report.add("schedule_change", json);
        });
  }

  @Override
  public List<String> faults() {
    return change
        .filter(found -> found.configChangeTimeNs() != changeNs)
        .map(
            found ->
                List.of(
                    "the schedule took effect at "
                        + found.configChangeTimeNs()
                        + ", not at the base time that was asked for, "
                        + changeNs))
        .orElse(List.of());
  }

  @Override
  public void close() {
    if (broker.isPresent()) {
      configure("");
      broker.get().close();
    }
  }

  private void configure(String url) {
    testbed
        .control()
        .run("ktsn:config %s brokers=%s network=%s node=%s".formatted(PID, url, NETWORK, NODE));
  }
}
