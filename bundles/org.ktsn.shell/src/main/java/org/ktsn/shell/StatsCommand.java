package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.DataplaneStatus;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:stats}: the data plane's counters. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=stats",
      "ktsn.usage=" + StatsCommand.USAGE,
      "ktsn.description=shows the data plane's counters and launch errors"
    })
public final class StatsCommand implements Function {
  static final String USAGE = "stats [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    DataplaneMonitor monitor = Service.need(dataplane, "a data plane");
    DataplaneStatus status = monitor.status();
    List<PodStatus> perPod = monitor.pods();
    Map<Integer, String> names = podNames();
    return given.json() ? json(status, perPod, names) : text(status, perPod, names);
  }

  private Map<Integer, String> podNames() {
    PodService present = pods;
    return present == null
        ? Map.of()
        : present.pods().stream().collect(Collectors.toMap(Pod::number, Pod::name, (a, b) -> b));
  }

  private static String text(
      DataplaneStatus status, List<PodStatus> perPod, Map<Integer, String> names) {
    DataplaneStatus.Quantiles error = status.txErrorNs();
    Table facts = new Table("", "");
    facts
        .row("shaper", status.shaper())
        .row("shapers failed", status.shaperFailures())
        .row("port", status.port().isEmpty() ? "none" : status.port())
        .row("received", status.received())
        .row("sent", status.sent())
        .row("late", status.late())
        .row("queued", status.queued())
        .row("committed", status.committed())
        .row("free frames", status.freeFrames())
        .row("sent by timer", status.sent() - status.spun())
        .row("launcher margin", Nanoseconds.duration(status.launcherMarginNs()))
        .row("launches measured", error.count())
        .row("clock", clock(status.clock()))
        .row("gates", gates(status.clock()))
        .row("new schedules", status.clock().schedulesHeld() ? "held" : "accepted");
    status.drops().forEach((reason, count) -> facts.row("dropped: " + reason, count));
    Table quantiles = new Table("NANOSECONDS", "p50", "p90", "p99", "p99.9", "max");
    row(quantiles, "launch error", error);
    row(quantiles, "planner lateness", status.plannerLatenessNs());
    Table classes = new Table("CLASS", "QUEUED", "SENT");
    for (int i = 0; i < status.sentByClass().size(); i++) {
      classes.row(i, status.queuedByClass().get(i), status.sentByClass().get(i));
    }
    StringBuilder text = new StringBuilder();
    text.append(facts).append('\n').append(quantiles).append('\n').append(classes);
    if (!perPod.isEmpty()) {
      Table table = new Table("POD", "RECEIVED", "SENT", "DROPPED", "QUEUED");
      for (PodStatus pod : perPod) {
        table.row(
            names.getOrDefault(pod.pod(), "#" + pod.pod()),
            pod.received(),
            pod.sent(),
            pod.dropped(),
            pod.queued());
      }
      text.append('\n').append(table);
    }
    return text.toString();
  }

  private static String clock(ClockEffect clock) {
    return switch (clock.monitor()) {
      case AWAY -> "not watched";
      case STUCK -> "its monitor is stuck, and counts as away";
      case HEARD -> word(clock.state());
    };
  }

  private static String gates(ClockEffect clock) {
    return switch (clock.gates()) {
      case AS_SCHEDULED -> "as scheduled";
      case OPEN -> "all open, whatever the schedule says";
      case NARROWED ->
          "as scheduled, each window narrowed at both ends by "
              + Nanoseconds.duration(clock.guardBandNs())
              + (clock.closedClasses().isEmpty()
                  ? ""
                  : "; no window is left for class "
                      + clock.closedClasses().stream()
                          .map(String::valueOf)
                          .collect(Collectors.joining(", ")));
    };
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static JsonObject json(ClockEffect clock) {
    JsonObject answer = new JsonObject();
    answer.addProperty("monitor", word(clock.monitor()));
    answer.addProperty("state", word(clock.state()));
    answer.addProperty("gates", word(clock.gates()));
    answer.addProperty("guard_band_ns", clock.guardBandNs());
    answer.add("closed_classes", Json.array(clock.closedClasses()));
    answer.addProperty("schedules_held", clock.schedulesHeld());
    return answer;
  }

  private static void row(Table table, String name, DataplaneStatus.Quantiles quantiles) {
    table.row(
        name, quantiles.p50(), quantiles.p90(), quantiles.p99(), quantiles.p999(), quantiles.max());
  }

  static JsonObject json(DataplaneStatus.Quantiles quantiles) {
    JsonObject answer = new JsonObject();
    answer.addProperty("count", quantiles.count());
    answer.addProperty("p50", quantiles.p50());
    answer.addProperty("p90", quantiles.p90());
    answer.addProperty("p99", quantiles.p99());
    answer.addProperty("p99_9", quantiles.p999());
    answer.addProperty("max", quantiles.max());
    return answer;
  }

  private static String json(
      DataplaneStatus status, List<PodStatus> perPod, Map<Integer, String> names) {
    JsonObject answer = new JsonObject();
    answer.addProperty("shaper", status.shaper());
    answer.addProperty("shaper_swaps", status.shaperSwaps());
    answer.addProperty("shaper_failures", status.shaperFailures());
    answer.addProperty("port", status.port());
    answer.addProperty("received", status.received());
    answer.addProperty("sent", status.sent());
    answer.addProperty("late", status.late());
    answer.addProperty("queued", status.queued());
    answer.addProperty("committed", status.committed());
    answer.add("queued_by_class", Json.array(status.queuedByClass()));
    answer.add("sent_by_class", Json.array(status.sentByClass()));
    JsonObject drops = new JsonObject();
    status.drops().forEach(drops::addProperty);
    answer.add("drops", drops);
    answer.add("tx_error_ns", json(status.txErrorNs()));
    answer.add("planner_lateness_ns", json(status.plannerLatenessNs()));
    answer.addProperty("spun", status.spun());
    answer.addProperty("launcher_margin_ns", status.launcherMarginNs());
    answer.addProperty("free_frames", status.freeFrames());
    answer.add("clock", json(status.clock()));
    JsonArray array = new JsonArray();
    for (PodStatus pod : perPod) {
      JsonObject item = new JsonObject();
      item.addProperty("name", names.getOrDefault(pod.pod(), ""));
      item.addProperty("number", pod.pod());
      item.addProperty("received", pod.received());
      item.addProperty("sent", pod.sent());
      item.addProperty("dropped", pod.dropped());
      item.addProperty("queued", pod.queued());
      item.addProperty("regenerated", pod.regenerated());
      array.add(item);
    }
    answer.add("pods", array);
    return Json.write(answer);
  }
}
