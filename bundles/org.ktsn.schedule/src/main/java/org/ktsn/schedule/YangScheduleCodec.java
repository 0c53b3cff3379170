package org.ktsn.schedule;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.yang.Problems;
import org.ktsn.yang.Problems.Problem;
import org.ktsn.yang.YangDocument;
import org.ktsn.yang.YangNode;
import org.osgi.service.component.annotations.Component;

/**
 * The JSON (RFC 7951) of the YANG model of IEEE 802.1Qcw-2023, and the short form. Whatever the
 * text, {@link #decode} gives parameters or throws a {@link
 * org.ktsn.api.schedule.ScheduleException}. Any thread.
 */
@Component(name = "org.ktsn.schedule")
public final class YangScheduleCodec implements ScheduleCodec {
  private static final int MAX_CHARACTERS = 1 << 20;
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;

  /** Makes a codec. */
  public YangScheduleCodec() {}

  @Override
  public GateParameters decode(String text, int trafficClasses) {
    if (trafficClasses < 1 || trafficClasses > 8) {
      throw new IllegalArgumentException(trafficClasses + " traffic classes; give 1 to 8");
    }
    Problems problems = new Problems(YangScheduleCodec::refusal);
    if (text.length() > MAX_CHARACTERS) {
      throw problems.only(
          "the schedule has " + text.length() + " characters; give " + MAX_CHARACTERS + " at most");
    }
    String document = text.startsWith("\ufeff") ? text.substring(1) : text;
    String start = document.stripLeading();
    if (start.isEmpty()) {
      throw problems.only("the schedule is empty; give JSON, or the short form: T 200us 7");
    }
    return switch (start.charAt(0)) {
      case '{', '[' -> json(document, trafficClasses, problems);
      case '<' -> throw problems.only("the schedule is XML; give the same model as JSON");
      default -> ShortForm.read(document, trafficClasses, problems);
    };
  }

  private static ScheduleException refusal(List<Problem> problems) {
    return new ScheduleException(
        problems.stream()
            .map(problem -> new ScheduleProblem(problem.pointer(), problem.message()))
            .toList());
  }

  private static GateParameters json(String text, int trafficClasses, Problems problems) {
    Optional<YangNode> table = TableFinder.find(YangDocument.read(text, problems), problems);
    if (table.isEmpty()) {
      problems.throwIfAny();
    }
    return GateTable.read(table.orElseThrow(), trafficClasses, problems);
  }

  @Override
  public String encode(GateParameters parameters, String interfaceName) {
    JsonObject port = new JsonObject();
    port.add(YangNames.BRIDGE_MODULE + ":" + YangNames.TABLE, table(parameters));
    JsonObject oneInterface = new JsonObject();
    oneInterface.addProperty("name", interfaceName);
    oneInterface.addProperty("type", "iana-if-type:ethernetCsmacd");
    oneInterface.add(YangNames.BRIDGE_PORT, port);
    JsonArray list = new JsonArray();
    list.add(oneInterface);
    JsonObject interfaces = new JsonObject();
    interfaces.add("interface", list);
    JsonObject document = new JsonObject();
    document.add(YangNames.INTERFACES, interfaces);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(document);
  }

  private static JsonObject table(GateParameters parameters) {
    JsonObject table = new JsonObject();
    JsonArray maxSdu = maxSdu(parameters);
    if (!maxSdu.isEmpty()) {
      table.add("queue-max-sdu-table", maxSdu);
    }
    table.addProperty("gate-enabled", parameters.gateEnabled());
    table.addProperty("admin-gate-states", parameters.adminGateStates());
    if (!parameters.controlList().isEmpty()) {
      table.add("admin-control-list", controlList(parameters));
    }
    JsonObject cycle = new JsonObject();
    cycle.addProperty("numerator", parameters.cycleTime().numerator());
    cycle.addProperty("denominator", parameters.cycleTime().denominator());
    table.add("admin-cycle-time", cycle);
    table.addProperty("admin-cycle-time-extension", parameters.cycleTimeExtensionNs());
    JsonObject base = new JsonObject();
    long baseTimeNs = parameters.baseTimeNs();
    base.addProperty("seconds", Long.toString(baseTimeNs / NANOSECONDS_PER_SECOND));
    base.addProperty("nanoseconds", baseTimeNs % NANOSECONDS_PER_SECOND);
    table.add("admin-base-time", base);
    table.addProperty("config-change", true);
    return table;
  }

  private static JsonArray maxSdu(GateParameters parameters) {
    JsonArray rows = new JsonArray();
    for (int trafficClass = 0; trafficClass < 8; trafficClass++) {
      int octets = parameters.queueMaxSdu().get(trafficClass);
      if (octets != 0) {
        JsonObject row = new JsonObject();
        row.addProperty("traffic-class", trafficClass);
        row.addProperty("queue-max-sdu", octets);
        rows.add(row);
      }
    }
    return rows;
  }

  private static JsonObject controlList(GateParameters parameters) {
    JsonArray entries = new JsonArray();
    for (GateControlEntry entry : parameters.controlList()) {
      JsonObject one = new JsonObject();
      one.addProperty("index", entries.size());
      one.addProperty(
          "operation-name", YangNames.SCHED_MODULE + ":" + entry.operation().identity());
      one.addProperty("gate-states-value", entry.gateStates());
      one.addProperty("time-interval-value", entry.timeIntervalNs());
      entries.add(one);
    }
    JsonObject list = new JsonObject();
    list.add("gate-control-entry", entries);
    return list;
  }
}
