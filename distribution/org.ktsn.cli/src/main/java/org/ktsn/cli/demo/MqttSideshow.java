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
import org.ktsn.schedule.mqtt.protocol.PtpTime;

/**
 * A controller that changes the schedule in the middle of the run: {@code ktsn schedule push},
 * through a broker of the demo's own. The window of the flow's class comes later in the cycle
 * afterwards, which the frames show.
 */
final class MqttSideshow implements Sideshow {
  private static final String PID = "org.ktsn.schedule.mqtt";
  private static final String NETWORK = "demo";
  private static final String NODE = "this";
  private static final long AHEAD_NS = 5_000_000_000L;
  private static final long ENDING_MS = 20_000;

  private final Testbed testbed;
  private final Path cli;
  private final GateProgram before;
  private final Cleanup running;
  private final List<String> printed = new ArrayList<>();
  private Optional<PrivateBroker> broker = Optional.empty();
  private Optional<Child> push = Optional.empty();
  private Optional<String> next = Optional.empty();
  private long changeNs;
  private long nextCycleNs;
  private ListsInForce lists;
  private double acceptedMs;
  private Optional<ScheduleChange> change = Optional.empty();

  /**
   * Makes one.
   *
   * @param before the schedule in force
   */
  MqttSideshow(Testbed testbed, Map<String, String> environment, GateProgram before) {
    this.testbed = testbed;
    this.before = before;
    cli = Path.of(environment.getOrDefault("KTSN_HOME", ".")).resolve("bin/ktsn-cli");
    lists = new ListsInForce(before, Optional.empty());
    running = testbed.cleanup();
  }

  /** Starts the controller too, which takes its time: it then waits for the schedule. */
  @Override
  public void prepare() {
    PrivateBroker own = new PrivateBroker(testbed.work(), running);
    broker = Optional.of(own);
    configure(own.url());
    push =
        Optional.of(
            Child.startForInput(
                "controller",
                List.of(
                    cli.toString(),
                    "schedule",
                    "push",
                    "-",
                    "--broker",
                    own.url(),
                    "--network",
                    NETWORK,
                    "--node",
                    NODE,
                    "--json"),
                printed::add,
                running));
  }

  @Override
  public void begin(Flow flow, long baseNs) {
    long cycleNs = 1_000_000_000L * before.cycleNumerator() / before.cycleDenominator();
    long middleNs = baseNs + flow.lengthNs() / 2;
    nextCycleNs = cycleNs;
    changeNs = middleNs - Math.floorMod(middleNs - before.baseTimeNs(), cycleNs);
    next = Optional.of(laterWindow(flow, cycleNs));
  }

  /** The same windows, the flow's own not at the beginning any more. */
  private String laterWindow(Flow flow, long cycleNs) {
    int bit = 1 << flow.trafficClass();
    long windowNs =
        before.entries().stream()
            .filter(entry -> (entry.gateStates() & bit) != 0)
            .mapToLong(GateProgram.Entry::intervalNs)
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
    if (next.isPresent() && nowNs > changeNs - AHEAD_NS) {
      push.orElseThrow().input(next.get());
      next = Optional.empty();
    }
  }

  @Override
  public void end(FlowResult result) {
    if (next.isPresent()) {
      throw new DemoException("The run was over before its middle.");
    }
    push.orElseThrow().await(ENDING_MS);
    JsonObject answer = answer();
    acceptedMs = answer.get("accepted_ms").getAsDouble();
    long atNs = PtpTime.read(answer.getAsJsonObject("config_change_time"));
    lists =
        new ListsInForce(
            before,
            Optional.of(
                new ListsInForce.Change(atNs, GateProgram.fromReport(testbed.settledSchedule()))));
    change = ScheduleChange.find(List.of(result), lists);
  }

  private JsonObject answer() {
    String text = String.join("\n", printed);
    try {
      return JsonParser.parseString(text)
          .getAsJsonObject()
          .getAsJsonArray("nodes")
          .get(0)
          .getAsJsonObject();
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw new DemoException("The controller's report can't be read: " + text, e);
    }
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

  /**
   * A request that came after its base time, from a machine that had other things to do, takes
   * effect at the start of a later cycle (IEEE 802.1Q-2022 8.6.9).
   */
  @Override
  public List<String> faults() {
    return change
        .filter(found -> !isStartOfCycle(found.configChangeTimeNs(), changeNs, nextCycleNs))
        .map(
            found ->
                List.of(
                    "the schedule took effect at "
                        + found.configChangeTimeNs()
                        + ", neither at the base time that was asked for, "
                        + changeNs
                        + ", nor whole cycles behind it"))
        .orElse(List.of());
  }

  static boolean isStartOfCycle(long atNs, long baseNs, long cycleNs) {
    return atNs >= baseNs && (atNs - baseNs) % cycleNs == 0;
  }

  @Override
  public void close() {
    push.ifPresent(Child::stop);
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
