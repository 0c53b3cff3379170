package org.ktsn.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.FilterStatus;

/** What the data plane counts and measures of all frames. Any thread. */
final class FrameMetrics {
  private FrameMetrics() {}

  static List<MetricSnapshot> of(DataplaneMonitor monitor) {
    DataplaneStatus status = monitor.status();
    List<Optional<MetricSnapshot>> all = new ArrayList<>();
    all.add(
        Family.counter("received_datagrams", "Datagrams taken from pods.")
            .add(status.received())
            .snapshot());
    Family sent = Family.counter("sent_frames", "Frames handed to the port.");
    Family queued = Family.gauge("queued_frames", "Frames that wait with the shaper.");
    for (int i = 0; i < status.sentByClass().size(); i++) {
      sent.add(status.sentByClass().get(i), "class", String.valueOf(i));
      queued.add(status.queuedByClass().get(i), "class", String.valueOf(i));
    }
    all.add(sent.snapshot());
    all.add(queued.snapshot());
    Family dropped = Family.counter("dropped_frames", "Frames dropped, by reason.");
    status.drops().forEach((reason, count) -> dropped.add(count, "reason", reason));
    all.add(dropped.snapshot());
    all.add(
        Family.counter("late_frames", "Times that a frame missed its window and was dated anew.")
            .add(status.late())
            .snapshot());
    all.add(
        Family.counter("spun_frames", "Sent frames whose instant the launcher met by spinning.")
            .add(status.spun())
            .snapshot());
    all.add(
        Family.gauge("committed_frames", "Frames that wait with the launcher.")
            .add(status.committed())
            .snapshot());
    all.add(
        Family.gauge("free_frames", "Frame buffers that are free.")
            .add(status.freeFrames())
            .snapshot());
    all.add(
        Family.gauge("launcher_margin_seconds", "How long before an instant the launcher spins.")
            .add(status.launcherMarginNs() / 1e9)
            .snapshot());
    all.add(
        new Distributions("launch_error_seconds", "Actual minus planned launch instant.")
            .add(status.txErrorNs())
            .snapshot());
    all.add(
        new Distributions(
                "planner_lateness_seconds",
                "How long after its planned wake-up the planner was at work.")
            .add(status.plannerLatenessNs())
            .snapshot());
    all.add(
        Family.gauge("shaper_in_use", "1: this shaper plans.")
            .add(1, "shaper", status.shaper())
            .snapshot());
    all.add(
        Family.counter("shaper_swaps", "Times that another shaper was taken up.")
            .add(status.shaperSwaps())
            .snapshot());
    all.add(
        Family.counter("shaper_failures", "Times that a shaper failed and the fallback stood in.")
            .add(status.shaperFailures())
            .snapshot());
    return all.stream().flatMap(Optional::stream).toList();
  }

  /** Of each class what the planner has to be asked for; it must be at work. */
  static List<MetricSnapshot> ofClasses(DataplaneMonitor monitor) {
    Family overrun =
        Family.counter(
            "overrun_frames",
            "Frames that were still on the link when their gate closed (TransmissionOverrun).");
    Family credit = Family.gauge("credit_bits", "The class's credit, where it needs any.");
    for (ClassStatus each : monitor.classes()) {
      String number = String.valueOf(each.trafficClass());
      overrun.add(each.transmissionOverrun(), "class", number);
      if (each.creditBased()) {
        credit.add(each.creditBits(), "class", number);
      }
    }
    return Family.together(overrun, credit);
  }

  /** Of each filter whether it is at work; the planner must be. */
  static List<MetricSnapshot> ofFilters(DataplaneMonitor monitor) {
    Family filters = Family.gauge("filter_at_work", "1: frames pass this filter; 0: it failed.");
    for (FilterStatus filter : monitor.filters()) {
      filters.add(filter.isAtWork() ? 1 : 0, "filter", filter.name());
    }
    return Family.together(filters);
  }
}
