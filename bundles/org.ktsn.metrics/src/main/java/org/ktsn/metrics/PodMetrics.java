package org.ktsn.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.FlowStatus;

/** What the data plane counts of each pod's frames, and of each flow's. Any thread. */
final class PodMetrics {
  private PodMetrics() {}

  /** Returns who the pods are, to join with the others. */
  static List<MetricSnapshot> ofNames(Collection<Pod> pods) {
    Family info = Family.gauge("pod_info", "1: what the pod is to its runtime.");
    for (Pod pod : pods) {
      info.add(
          1,
          "pod",
          pod.name(),
          "pod_namespace",
          pod.labels().getOrDefault("namespace", ""),
          "pod_name",
          pod.labels().getOrDefault("pod", ""),
          "container",
          pod.labels().getOrDefault("container", ""),
          "interface",
          pod.interfaceName());
    }
    return Family.together(info);
  }

  /**
   * Returns those of pods.
   *
   * @param names the pods' names, by number
   */
  static List<MetricSnapshot> ofPods(DataplaneMonitor monitor, Map<Integer, String> names) {
    Family received =
        Family.counter("pod_received_datagrams", "Datagrams taken from the pod's ring.");
    Family sent = Family.counter("pod_sent_frames", "The pod's frames handed to the port.");
    Family dropped = Family.counter("pod_dropped_frames", "The pod's frames dropped, by reason.");
    Family late =
        Family.counter(
            "pod_late_frames",
            "Times that a frame of the pod missed its window and was dated anew.");
    Family queued = Family.gauge("pod_queued_frames", "The pod's frames that wait.");
    Family regenerated =
        Family.counter(
            "pod_regenerated_frames",
            "Frames that asked for a priority that the pod may not use, and got another.");
    for (PodStatus pod : monitor.pods()) {
      String name = name(pod.pod(), names);
      received.add(pod.received(), "pod", name);
      sent.add(pod.sent(), "pod", name);
      pod.drops().forEach((reason, count) -> dropped.add(count, "pod", name, "reason", reason));
      late.add(pod.late(), "pod", name);
      queued.add(pod.queued(), "pod", name);
      regenerated.add(pod.regenerated(), "pod", name);
    }
    return Family.together(received, sent, dropped, late, queued, regenerated);
  }

  /**
   * Returns those of flows: at most as many as the data plane knows, which bounds them for each
   * pod; those that were pushed out are left out.
   *
   * @param names the pods' names, by number
   */
  static List<MetricSnapshot> ofFlows(DataplaneMonitor monitor, Map<Integer, String> names) {
    Family received = Family.counter("flow_received_datagrams", "Datagrams of the flow.");
    Family sent = Family.counter("flow_sent_frames", "The flow's frames handed to the port.");
    Family octets = Family.counter("flow_sent_bytes", "Octets of the flow's frames sent.");
    Family dropped = Family.counter("flow_dropped_frames", "The flow's frames dropped, by reason.");
    Family late =
        Family.counter(
            "flow_late_frames",
            "Times that a frame of the flow missed its window and was dated anew.");
    Distributions errors =
        new Distributions(
            "flow_launch_error_seconds", "Actual minus planned launch instant of the flow.");
    Set<List<String>> seen = new HashSet<>();
    for (FlowStatus flow : monitor.flows()) {
      if (flow.flow().isEmpty()) {
        continue;
      }
      String[] labels = labels(name(flow.pod(), names), flow.flow().get());
      if (!seen.add(List.of(labels))) {
        continue; // it was pushed out and came back while the rows were read
      }
      received.add(flow.received(), labels);
      sent.add(flow.sent(), labels);
      octets.add(flow.octets(), labels);
      flow.drops()
          .forEach(
              (reason, count) ->
                  dropped.add(
                      count,
                      Stream.concat(Stream.of(labels), Stream.of("reason", reason))
                          .toArray(String[]::new)));
      late.add(flow.late(), labels);
      errors.add(flow.txErrorNs(), labels);
    }
    return Stream.concat(
            Family.together(received, sent, octets, dropped, late).stream(),
            errors.snapshot().stream())
        .toList();
  }

  private static String[] labels(String pod, FlowStatus.Flow flow) {
    return new String[] {
      "pod", pod,
      "family", flow.family().name().toLowerCase(Locale.ROOT),
      "source", end(flow.sourceAddress(), flow.sourcePort()),
      "destination", end(flow.destinationAddress(), flow.destinationPort()),
      "priority", String.valueOf(flow.priority())
    };
  }

  private static String end(String address, int port) {
    if (port == 0) {
      return address;
    }
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
  }

  private static String name(int number, Map<Integer, String> names) {
    return names.getOrDefault(number, "#" + number);
  }
}
