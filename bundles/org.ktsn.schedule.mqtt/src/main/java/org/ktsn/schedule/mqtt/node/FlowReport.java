package org.ktsn.schedule.mqtt.node;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.mqtt.protocol.PtpTime;

/**
 * What a controller is told of pods and their flows. Of the flows a bounded number: those with late
 * frames first, then the busiest ones; how many were left out is said.
 */
final class FlowReport {
  /** How many flows a message has at most. */
  static final int MOST_FLOWS = 100;

  private static final Gson GSON = new Gson();
  private static final Comparator<FlowStatus> ORDER =
      Comparator.comparingLong(FlowStatus::lateFrames)
          .thenComparingDouble(FlowStatus::bitsPerSecond)
          .thenComparingLong(FlowStatus::lastSeenNs)
          .reversed();

  private FlowReport() {}

  /** Adds pods with their flows to a message. */
  static void add(
      JsonObject json, List<PodStatus> counters, List<FlowStatus> flows, List<Pod> attached) {
    Map<Integer, Pod> pods =
        attached.stream().collect(Collectors.toMap(Pod::number, pod -> pod, (a, b) -> b));
    Map<Integer, List<FlowStatus>> shown =
        flows.stream()
            .sorted(ORDER)
            .limit(MOST_FLOWS)
            .collect(Collectors.groupingBy(FlowStatus::pod));
    JsonArray array = new JsonArray();
    for (PodStatus pod : counters) {
      JsonObject one = counters(pod);
      if (pods.containsKey(pod.pod())) {
        one.addProperty("name", pods.get(pod.pod()).name());
        one.add("labels", GSON.toJsonTree(pods.get(pod.pod()).labels()));
      }
      JsonArray ofPod = new JsonArray();
      shown.getOrDefault(pod.pod(), List.of()).forEach(flow -> ofPod.add(flow(flow)));
      one.add("flows", ofPod);
      array.add(one);
    }
    json.add("pods", array);
    json.addProperty("flows-left-out", Math.max(0, flows.size() - MOST_FLOWS));
  }

  private static JsonObject counters(PodStatus pod) {
    JsonObject json = new JsonObject();
    json.addProperty("pod", pod.pod());
    json.addProperty("received", pod.received());
    json.addProperty("sent", pod.sent());
    json.addProperty("late", pod.late());
    json.addProperty("dropped", pod.dropped());
    json.add("drops", GSON.toJsonTree(pod.drops()));
    json.addProperty("queued", pod.queued());
    return json;
  }

  private static JsonObject flow(FlowStatus status) {
    JsonObject json = new JsonObject();
    status
        .flow()
        .ifPresentOrElse(
            flow -> {
              json.addProperty("family", flow.family().name());
              json.addProperty("source-address", flow.sourceAddress());
              json.addProperty("source-port", flow.sourcePort());
              json.addProperty("destination-address", flow.destinationAddress());
              json.addProperty("destination-port", flow.destinationPort());
              json.addProperty("priority", flow.priority());
            },
            () -> json.addProperty("others", status.flows()));
    status.trafficClass().ifPresent(value -> json.addProperty("traffic-class", value));
    json.addProperty("received", status.received());
    json.addProperty("sent", status.sent());
    json.addProperty("late", status.late());
    json.add("drops", GSON.toJsonTree(status.drops()));
    json.addProperty("octets", status.octets());
    json.addProperty("frames-per-second", Math.round(status.framesPerSecond()));
    json.addProperty("bits-per-second", Math.round(status.bitsPerSecond()));
    json.add("last-launch-time", PtpTime.write(status.lastLaunchTimeNs()));
    json.add("last-seen", PtpTime.write(status.lastSeenNs()));
    json.add("notice-ns", range(status.noticeNs()));
    json.add("wait-ns", range(status.waitNs()));
    json.add("tx-error-ns", Telemetry.quantiles(status.txErrorNs()));
    return json;
  }

  private static JsonObject range(FlowStatus.Range range) {
    JsonObject json = new JsonObject();
    json.addProperty("smallest", range.smallest());
    json.addProperty("mean", range.mean());
    json.addProperty("largest", range.largest());
    return json;
  }
}
