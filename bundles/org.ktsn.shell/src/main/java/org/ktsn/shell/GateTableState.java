package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.stats.ClassStatus;

/**
 * A port's whole {@code gate-parameter-table} (IEEE 802.1Qcw-2023): what was asked for as the
 * {@link ScheduleCodec} writes it, and what the port reports of its state.
 */
final class GateTableState {
  private static final String INTERFACE = "ktsn";
  private static final String TABLE = ":gate-parameter-table";
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;
  private static final int TICK_TENTHS_OF_NANOSECONDS = 10;
  private static final long MAX_INTERVAL_NS = 0xffff_ffffL;
  private static final String ADMIN = "admin-";
  private static final String OPER = "oper-";
  private static final List<String> COPIED_AT_A_CHANGE =
      List.of("control-list", "cycle-time", "cycle-time-extension", "base-time");

  private final GateSchedule schedule;
  private final ScheduleCodec codec;
  private final JsonElement document;
  private final JsonObject table;

  private GateTableState(GateSchedule schedule, ScheduleCodec codec) {
    this.schedule = schedule;
    this.codec = codec;
    document = document(ScheduleView.admin(schedule));
    table = table(document).orElseThrow(GateTableState::noTable);
  }

  /**
   * Writes the document.
   *
   * @param nowNs the present, if there is a clock
   * @param classes one for each traffic class of the port, or none if their state is not known
   */
  static JsonElement write(
      GateSchedule schedule, ScheduleCodec codec, Optional<Long> nowNs, List<ClassStatus> classes) {
    GateTableState writer = new GateTableState(schedule, codec);
    if (!classes.isEmpty()) {
      writer.classes(classes);
    }
    writer.oper();
    nowNs.ifPresent(writer::present);
    writer.change();
    writer.limits();
    return writer.document;
  }

  private JsonElement document(GateParameters parameters) {
    return JsonParser.parseString(codec.encode(parameters, INTERFACE));
  }

  private static IllegalStateException noTable() {
    return new IllegalStateException("the schedule codec writes no member that ends with " + TABLE);
  }

  /** Finds the table, wherever in the document it is mounted. */
  private static Optional<JsonObject> table(JsonElement element) {
    if (element.isJsonArray()) {
      return element.getAsJsonArray().asList().stream()
          .flatMap(item -> table(item).stream())
          .findFirst();
    }
    if (!element.isJsonObject()) {
      return Optional.empty();
    }
    return element.getAsJsonObject().entrySet().stream()
        .flatMap(
            member ->
                (member.getKey().endsWith(TABLE)
                        ? Optional.of(member.getValue().getAsJsonObject())
                        : table(member.getValue()))
                    .stream())
        .findFirst();
  }

  private void classes(List<ClassStatus> classes) {
    List<Integer> queueMaxSdu = ScheduleView.admin(schedule).queueMaxSdu();
    JsonArray rows = new JsonArray();
    for (ClassStatus status : classes) {
      JsonObject row = new JsonObject();
      row.addProperty("traffic-class", status.trafficClass());
      row.addProperty("queue-max-sdu", queueMaxSdu.get(status.trafficClass()));
      row.addProperty("transmission-overrun", Long.toString(status.transmissionOverrun()));
      rows.add(row);
    }
    table.add("queue-max-sdu-table", rows);
  }

  private void oper() {
    if (!schedule.oper().gateEnabled()) {
      return;
    }
    JsonObject running = table(document(schedule.oper())).orElseThrow(GateTableState::noTable);
    for (String name : COPIED_AT_A_CHANGE) {
      if (running.has(ADMIN + name)) {
        table.add(OPER + name, running.get(ADMIN + name));
      }
    }
  }

  private void present(long nowNs) {
    table.addProperty("oper-gate-states", new GateTimeline(schedule).gateStates(nowNs));
    table.add("current-time", time(nowNs));
  }

  private void change() {
    table.remove("config-change"); // it asks for a change; the machine takes it back
    table.add(
        "config-change-time",
        time(
            schedule
                .pending()
                .map(GateSchedule.Pending::configChangeTimeNs)
                .orElse(schedule.operSinceNs())));
    table.addProperty("config-pending", schedule.pending().isPresent());
    table.addProperty("config-change-error", Long.toString(schedule.configChangeErrors()));
  }

  private void limits() {
    table.addProperty("tick-granularity", TICK_TENTHS_OF_NANOSECONDS);
    table.addProperty("supported-list-max", GateParameters.MAX_ENTRIES);
    CycleTime longest = CycleTime.ofNanoseconds(CycleTime.MAX_NANOSECONDS);
    JsonObject cycle = new JsonObject();
    cycle.addProperty("numerator", longest.numerator());
    cycle.addProperty("denominator", longest.denominator());
    table.add("supported-cycle-max", cycle);
    table.addProperty("supported-interval-max", MAX_INTERVAL_NS);
  }

  private static JsonObject time(long taiNs) {
    JsonObject time = new JsonObject();
    time.addProperty("seconds", Long.toString(taiNs / NANOSECONDS_PER_SECOND));
    time.addProperty("nanoseconds", taiNs % NANOSECONDS_PER_SECOND);
    return time;
  }
}
