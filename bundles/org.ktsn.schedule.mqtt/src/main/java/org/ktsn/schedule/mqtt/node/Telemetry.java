package org.ktsn.schedule.mqtt.node;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.util.List;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.DataplaneStatus.Quantiles;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.protocol.PtpTime;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;

/** Publishes the data plane's counters; they are plain memory, so that disturbs nothing. */
final class Telemetry {
  private static final Gson GSON = new Gson();

  private final AnswerWriter answers;

  Telemetry(AnswerWriter answers) {
    this.answers = answers;
  }

  void publish(DataplaneMonitor monitor, List<Pod> pods) {
    answers.send(
        Outbound.json(
            answers.topics().statistics(), statistics(monitor.status()), Delivery.SAMPLE));
    answers.send(Outbound.json(answers.topics().flows(), flows(monitor, pods), Delivery.SAMPLE));
  }

  private JsonObject statistics(DataplaneStatus status) {
    JsonObject json = stamped();
    json.addProperty("shaper", status.shaper());
    json.addProperty("port", status.port());
    json.addProperty("received", status.received());
    json.addProperty("sent", status.sent());
    json.addProperty("late", status.late());
    json.addProperty("queued", status.queued());
    json.addProperty("committed", status.committed());
    json.add("queued-by-class", GSON.toJsonTree(status.queuedByClass()));
    json.add("sent-by-class", GSON.toJsonTree(status.sentByClass()));
    json.add("drops", GSON.toJsonTree(status.drops()));
    json.add("tx-error-ns", quantiles(status.txErrorNs()));
    json.add("planner-lateness-ns", quantiles(status.plannerLatenessNs()));
    return json;
  }

  static JsonObject quantiles(Quantiles quantiles) {
    JsonObject json = new JsonObject();
    json.addProperty("count", quantiles.count());
    json.addProperty("p50", quantiles.p50());
    json.addProperty("p90", quantiles.p90());
    json.addProperty("p99", quantiles.p99());
    json.addProperty("p999", quantiles.p999());
    json.addProperty("max", quantiles.max());
    return json;
  }

  private JsonObject flows(DataplaneMonitor monitor, List<Pod> pods) {
    JsonObject json = stamped();
    FlowReport.add(json, monitor.pods(), monitor.flows(), pods);
    return json;
  }

  private JsonObject stamped() {
    JsonObject json = new JsonObject();
    json.addProperty("node", answers.topics().node());
    json.add("time", PtpTime.write(answers.nowNs()));
    return json;
  }
}
