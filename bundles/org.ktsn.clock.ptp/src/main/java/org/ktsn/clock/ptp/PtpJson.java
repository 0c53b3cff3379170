package org.ktsn.clock.ptp;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockStep;

/** The monitor's view as one JSON document; docs/ptp.md describes it. */
final class PtpJson {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  private PtpJson() {}

  static String write(PtpView view) {
    ClockReport report = view.report();
    JsonObject answer = new JsonObject();
    answer.addProperty("state", PtpText.word(report.state()));
    answer.addProperty("since_tai_ns", report.sinceTaiNs());
    answer.add("reasons", reasons(report.reasons()));
    answer.add("uncertainty_ns", number(report.uncertaintyNs()));
    answer.add("offset_ns", number(report.offsetNs()));
    answer.addProperty("grandmaster", report.grandmaster());
    JsonArray policies = new JsonArray();
    report.policies().stream().map(PtpMonitorComponent::word).sorted().forEach(policies::add);
    answer.add("policies", policies);
    answer.addProperty("tai_offset_s", report.taiOffsetS());
    answer.add("last_step", view.lastStep().map(PtpJson::step).orElse(JsonNull.INSTANCE));
    JsonArray instances = new JsonArray();
    view.instances().forEach(instance -> instances.add(instance(instance, view)));
    answer.add("instances", instances);
    JsonArray transitions = new JsonArray();
    view.transitions().forEach(transition -> transitions.add(transition(transition)));
    answer.add("transitions", transitions);
    JsonObject counters = new JsonObject();
    view.counters().forEach(counters::addProperty);
    answer.add("counters", counters);
    return GSON.toJson(answer) + "\n";
  }

  private static JsonElement step(ClockStep step) {
    JsonObject item = new JsonObject();
    item.addProperty("step_ns", step.stepNs());
    item.addProperty("seen_tai_ns", step.seenTaiNs());
    item.addProperty("tai_offset_before_s", step.taiOffsetBeforeS());
    item.addProperty("tai_offset_s", step.taiOffsetS());
    return item;
  }

  private static JsonObject transition(Transition transition) {
    JsonObject item = new JsonObject();
    item.addProperty("from", PtpText.word(transition.from()));
    item.addProperty("to", PtpText.word(transition.to()));
    item.addProperty("at_tai_ns", transition.atTaiNs());
    item.addProperty("reason", transition.reason());
    return item;
  }

  private static JsonObject instance(InstanceStatus instance, PtpView view) {
    InstanceSettings settings = instance.settings();
    JsonObject item = new JsonObject();
    item.addProperty("name", settings.name());
    item.addProperty(
        "socket", (instance.readOnly() ? settings.readOnlySocket() : settings.socket()).toString());
    item.addProperty("read_only", instance.readOnly());
    item.addProperty("domain", settings.domainNumber());
    item.addProperty("transport_specific", settings.transportSpecific());
    item.addProperty("judged", settings.judged());
    item.addProperty("reach", instance.reach().name().toLowerCase(Locale.ROOT));
    item.addProperty("explanation", instance.explanation());
    Judgement judgement = view.judgements().get(settings.name());
    item.addProperty("state", judgement == null ? "" : PtpText.word(judgement.state()));
    item.add("reasons", reasons(judgement == null ? List.of() : judgement.reasons()));
    item.add(
        "observation", instance.observation().map(PtpJson::observation).orElse(JsonNull.INSTANCE));
    return item;
  }

  private static JsonElement observation(Observation observation) {
    JsonObject item = new JsonObject();
    item.addProperty("clock_identity", PortIdentity.clock(observation.self().clockIdentity()));
    item.addProperty("slave_only", observation.self().slaveOnly());
    item.addProperty("grandmaster", observation.grandmaster());
    item.addProperty("is_grandmaster", observation.isGrandmaster());
    item.addProperty("parent_port", observation.parent().parentPortIdentity().toString());
    item.addProperty("steps_removed", observation.current().stepsRemoved());
    item.addProperty("master_offset_ns", observation.time().masterOffsetNs());
    item.addProperty("ingress_time_ns", observation.time().ingressTimeNs());
    item.addProperty("mean_path_delay_ns", observation.current().meanPathDelayNs());
    TimePropertiesDataSet time = observation.timeProperties();
    item.addProperty("utc_offset_s", time.currentUtcOffset());
    item.addProperty("utc_offset_valid", time.utcOffsetValid());
    item.addProperty("ptp_timescale", time.ptpTimescale());
    item.addProperty("time_traceable", time.timeTraceable());
    item.addProperty("leap_announced", time.leapAnnounced());
    JsonArray ports = new JsonArray();
    for (PortDataSet port : observation.ports()) {
      JsonObject each = new JsonObject();
      each.addProperty("number", port.portIdentity().portNumber());
      each.addProperty("state", port.state().name());
      each.addProperty("peer_mean_path_delay_ns", port.peerMeanPathDelayNs());
      ports.add(each);
    }
    item.add("ports", ports);
    return item;
  }

  private static JsonArray reasons(List<ClockReason> reasons) {
    JsonArray array = new JsonArray();
    for (ClockReason reason : reasons) {
      JsonObject item = new JsonObject();
      item.addProperty("code", reason.code());
      item.addProperty("sentence", reason.sentence());
      array.add(item);
    }
    return array;
  }

  private static JsonElement number(OptionalLong value) {
    return value.isPresent() ? new JsonPrimitive(value.getAsLong()) : JsonNull.INSTANCE;
  }
}
