package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;

/** A gate schedule as commands print it. */
final class ScheduleView {
  private static final int MAX_EVENTS = 256;
  private static final int CLASSES = 8;

  private ScheduleView() {}

  /**
   * One change of the gates.
   *
   * @param atNs its instant in TAI nanoseconds
   * @param gateStates the gates from then on, bit 7 for class 7
   */
  record GateEvent(long atNs, int gateStates) {}

  /** Finds the changes of the gates in the cycle that follows an instant; at most 256. */
  static List<GateEvent> nextEvents(GateSchedule schedule, long nowNs) {
    GateTimeline timeline = new GateTimeline(schedule);
    long endNs = nowNs + schedule.oper().cycleTime().nanosecondsRoundedDown();
    List<GateEvent> events = new ArrayList<>();
    for (long at = timeline.nextChange(nowNs);
        at <= endNs && events.size() < MAX_EVENTS;
        at = timeline.nextChange(at)) {
      events.add(new GateEvent(at, timeline.gateStates(at)));
    }
    return events;
  }

  /** Writes parameters as lines for people. */
  static String text(GateParameters parameters) {
    Table facts = new Table("", "");
    facts
        .row("  list", parameters.gateEnabled() ? "runs" : "does not run")
        .row("  gates without list", openClasses(parameters.adminGateStates()))
        .row("  cycle", cycle(parameters.cycleTime()))
        .row("  base time", Nanoseconds.instant(parameters.baseTimeNs()) + " TAI")
        .row("  cycle extension", Nanoseconds.duration(parameters.cycleTimeExtensionNs()));
    if (parameters.queueMaxSdu().stream().anyMatch(octets -> octets > 0)) {
      facts.row("  largest SDU", parameters.queueMaxSdu());
    }
    if (parameters.controlList().isEmpty()) {
      return facts.toString();
    }
    Table list = new Table("  ENTRY", "OPEN CLASSES", "FOR", "OPERATION");
    int number = 0;
    for (GateControlEntry entry : parameters.controlList()) {
      list.row(
          "  " + number++,
          openClasses(entry.gateStates()),
          Nanoseconds.duration(entry.timeIntervalNs()),
          entry.operation().identity());
    }
    return facts.toString() + list;
  }

  /** Writes a cycle time: {@code 1 ms}, or {@code 1/3000 s} if it is no whole nanoseconds. */
  static String cycle(CycleTime cycle) {
    return cycle.equals(CycleTime.ofNanoseconds(cycle.nanosecondsRoundedDown()))
        ? Nanoseconds.duration(cycle.nanosecondsRoundedDown())
        : cycle.numerator() + "/" + cycle.denominator() + " s";
  }

  /** Returns what was asked for last: what is pending or, if nothing is, what is in force. */
  static GateParameters admin(GateSchedule schedule) {
    return schedule.pending().map(GateSchedule.Pending::parameters).orElse(schedule.oper());
  }

  /** Writes parameters as JSON. */
  static JsonObject json(GateParameters parameters) {
    JsonObject object = new JsonObject();
    object.addProperty("gate_enabled", parameters.gateEnabled());
    object.addProperty("admin_gate_states", parameters.adminGateStates());
    JsonObject cycle = new JsonObject();
    cycle.addProperty("numerator", parameters.cycleTime().numerator());
    cycle.addProperty("denominator", parameters.cycleTime().denominator());
    object.add("cycle_time", cycle);
    object.addProperty("cycle_time_ns", parameters.cycleTime().nanosecondsRoundedDown());
    object.addProperty("cycle_time_extension_ns", parameters.cycleTimeExtensionNs());
    object.addProperty("base_time_ns", parameters.baseTimeNs());
    JsonArray list = new JsonArray();
    for (GateControlEntry entry : parameters.controlList()) {
      JsonObject item = new JsonObject();
      item.addProperty("operation", entry.operation().identity());
      item.addProperty("gate_states", entry.gateStates());
      item.addProperty("time_interval_ns", entry.timeIntervalNs());
      list.add(item);
    }
    object.add("control_list", list);
    object.add("queue_max_sdu", Json.array(parameters.queueMaxSdu()));
    return object;
  }

  /** Writes a schedule as JSON: what is in force and what is pending. */
  static JsonObject json(GateSchedule schedule, int trafficClasses) {
    JsonObject object = new JsonObject();
    object.addProperty("traffic_classes", trafficClasses);
    object.addProperty("oper_since_ns", schedule.operSinceNs());
    object.add("admin", json(admin(schedule)));
    object.add("oper", json(schedule.oper()));
    Optional<GateSchedule.Pending> pending = schedule.pending();
    if (pending.isPresent()) {
      JsonObject next = new JsonObject();
      next.addProperty("config_change_time_ns", pending.get().configChangeTimeNs());
      next.add("admin", json(pending.get().parameters()));
      object.add("pending", next);
    }
    object.addProperty("config_change_errors", schedule.configChangeErrors());
    return object;
  }

  /** Names the open classes as the short form does: {@code 7}, {@code 0-6}, {@code 0-2,5}. */
  static String openClasses(int gateStates) {
    if (gateStates == 0) {
      return "none";
    }
    StringJoiner ranges = new StringJoiner(",");
    int from = 0;
    while (from < CLASSES) {
      if ((gateStates >> from & 1) == 0) {
        from++;
        continue;
      }
      int to = from;
      while (to + 1 < CLASSES && (gateStates >> (to + 1) & 1) == 1) {
        to++;
      }
      ranges.add(from == to ? Integer.toString(from) : from + "-" + to);
      from = to + 1;
    }
    return ranges.toString();
  }
}
