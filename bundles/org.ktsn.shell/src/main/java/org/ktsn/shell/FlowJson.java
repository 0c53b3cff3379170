package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import org.ktsn.api.stats.FlowStatus;

/** Flows as commands print them with {@code --json}. */
final class FlowJson {
  private FlowJson() {}

  /**
   * Makes an array of flows.
   *
   * @param names the pods' names by number
   */
  static JsonArray of(List<FlowStatus> flows, Map<Integer, String> names) {
    JsonArray array = new JsonArray();
    flows.forEach(flow -> array.add(of(flow, names.getOrDefault(flow.pod(), ""))));
    return array;
  }

  private static JsonObject of(FlowStatus status, String pod) {
    JsonObject object = new JsonObject();
    object.addProperty("pod", pod);
    object.addProperty("pod_number", status.pod());
    object.addProperty("others", status.flow().isEmpty());
    object.addProperty("flows", status.flows());
    status
        .flow()
        .ifPresent(
            flow -> {
              object.addProperty("family", flow.family().name());
              object.addProperty("source_address", flow.sourceAddress());
              object.addProperty("source_port", flow.sourcePort());
              object.addProperty("destination_address", flow.destinationAddress());
              object.addProperty("destination_port", flow.destinationPort());
              object.addProperty("priority", flow.priority());
            });
    status.trafficClass().ifPresent(value -> object.addProperty("traffic_class", value));
    object.addProperty("received", status.received());
    object.addProperty("sent", status.sent());
    object.addProperty("late", status.late());
    object.addProperty("dropped", status.dropped());
    object.addProperty("waiting", status.waiting());
    object.add("drops", Json.counts(status.drops()));
    object.addProperty("octets", status.octets());
    object.addProperty("frames_per_second", rounded(status.framesPerSecond()));
    object.addProperty("bits_per_second", Math.round(status.bitsPerSecond()));
    object.addProperty("last_launch_time_ns", status.lastLaunchTimeNs());
    object.addProperty("first_seen_ns", status.firstSeenNs());
    object.addProperty("last_seen_ns", status.lastSeenNs());
    object.add("notice_ns", range(status.noticeNs()));
    object.add("wait_ns", range(status.waitNs()));
    object.add("tx_error_ns", StatsCommand.json(status.txErrorNs()));
    return object;
  }

  private static double rounded(double perSecond) {
    return Math.round(perSecond * 100) / 100.0;
  }

  private static JsonObject range(FlowStatus.Range range) {
    JsonObject object = new JsonObject();
    object.addProperty("smallest", range.smallest());
    object.addProperty("mean", range.mean());
    object.addProperty("largest", range.largest());
    return object;
  }
}
