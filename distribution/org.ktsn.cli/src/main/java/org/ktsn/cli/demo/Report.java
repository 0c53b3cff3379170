package org.ktsn.cli.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.TraceFile;
import org.ktsn.cli.testbed.TraceFile.Frame;

/**
 * What the demo shows of a flow: computed once, printed as text and as JSON.
 *
 * @param result what was measured
 * @param delivery what arrived
 * @param launched the frames that left through KTSNd
 * @param late how many of these left at another instant than the one planned first
 * @param outsideWindow how many of these left outside a window of their class
 */
public record Report(
    FlowResult result, Delivery delivery, List<Frame> launched, int late, int outsideWindow) {

  /** Copies the list. */
  public Report {
    launched = List.copyOf(launched);
  }

  /**
   * Computes the report.
   *
   * @param program the schedule that was in force, as the daemon reports it
   */
  public static Report of(FlowResult result, ReportedGates program) {
    return of(result, new ListsInForce(program, Optional.empty()));
  }

  /**
   * Computes the report of a run in which the schedule may have changed.
   *
   * @param lists what was in force
   */
  public static Report of(FlowResult result, ListsInForce lists) {
    TraceFile trace =
        result.trace().orElseThrow(() -> new IllegalArgumentException("a flow without a trace"));
    ListsInForce.Judge judge = lists.judge();
    List<Frame> launched =
        trace.records().stream().filter(frame -> frame.outcome() == Outcome.SENT).toList();
    int late = (int) launched.stream().filter(Frame::late).count();
    int outside =
        (int)
            launched.stream()
                .filter(
                    frame ->
                        !judge.open(
                            frame.trafficClass(),
                            frame.actualNs(),
                            trace.wireDurationNs(frame.lengthOctets())))
                .count();
    return new Report(result, result.delivery(), launched, late, outside);
  }

  /** Returns what must not be, a sentence each; empty if all is well. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    TraceFile trace = result.trace().orElseThrow();
    fault(faults, "datagrams that did not arrive", delivery.lost());
    fault(faults, "datagrams that arrived once more", delivery.duplicated());
    fault(faults, "datagrams that one sent later overtook", delivery.reordered());
    fault(faults, "frames that left outside the windows of their class", outsideWindow);
    fault(faults, "frames that did not leave through KTSNd", delivery.sent() - launched.size());
    fault(faults, "frames that the port refused", count(trace, Outcome.REFUSED));
    fault(faults, "datagrams that KTSNd dropped", count(trace, Outcome.DROPPED));
    fault(faults, "frames that found no room in the trace and were not judged", trace.leftOut());
    fault(faults, "arrivals that found no room with the listener", result.arrivals().leftOut());
    return faults;
  }

  /** Returns by how much each frame left after its planned instant. */
  public long[] txErrorNs() {
    return launched.stream().mapToLong(Frame::txErrorNs).toArray();
  }

  /**
   * Returns the report as JSON.
   *
   * @param shaper the active shaper's name
   * @param schedule the schedule that was in force, as the daemon reports it
   */
  public JsonObject toJson(String shaper, JsonElement schedule) {
    JsonObject frames = new JsonObject();
    frames.addProperty("sent", delivery.sent());
    frames.addProperty("received", delivery.received());
    frames.addProperty("lost", delivery.lost());
    frames.addProperty("duplicated", delivery.duplicated());
    frames.addProperty("reordered", delivery.reordered());
    frames.addProperty("late", late);
    frames.addProperty("outside_window", outsideWindow);

    JsonObject cpu = new JsonObject();
    cpu.addProperty(
        "ktsnd_percent",
        BigDecimal.valueOf(result.daemonCpuPercent()).setScale(1, RoundingMode.HALF_UP));

    Flow flow = result.flow();
    JsonObject options = new JsonObject();
    options.addProperty("frames", flow.frames());
    options.addProperty("size", flow.size());
    options.addProperty("period_us", flow.periodNs() / 1000);
    options.addProperty("lead_us", flow.leadNs() / 1000);
    options.addProperty("priority", flow.priority());
    options.addProperty("real_time", flow.realTime());

    JsonObject json = new JsonObject();
    json.addProperty("path", "ovs-dpdk");
    json.addProperty("shaper", shaper);
    json.add("frames", frames);
    json.add("tx_error_ns", Quantiles.of(txErrorNs()).toJsonNs());
    json.add("latency_us", Quantiles.of(delivery.latencyNs()).toJsonUs());
    json.add("jitter_us", Quantiles.of(delivery.jitterNs()).toJsonUs());
    json.add("cpu", cpu);
    result
        .nativeLoop()
        .ifPresent(
            loop -> {
              JsonObject member = new JsonObject();
              member.add("tx_error_ns", Quantiles.of(loop.errorsNs()).toJsonNs());
              json.add("native_loop", member);
            });
    json.add("schedule", schedule);
    json.add("options", options);
    return json;
  }

  /** Returns the report as lines for people, 80 columns wide at most. */
  public List<String> toText(boolean unicode) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "frames   sent %d   received %d   lost %d   duplicated %d   reordered %d",
            delivery.sent(),
            delivery.received(),
            delivery.lost(),
            delivery.duplicated(),
            delivery.reordered()));
    lines.add(
        String.format(
            Locale.ROOT,
            "         late %d   outside their window %d   KTSNd %.1f %% of one processor",
            late,
            outsideWindow,
            result.daemonCpuPercent()));
    lines.add("");
    QuantileTable table = new QuantileTable("").nanoseconds("tx error", Quantiles.of(txErrorNs()));
    result
        .nativeLoop()
        .ifPresent(loop -> table.nanoseconds("  native loop", Quantiles.of(loop.errorsNs())));
    table
        .microseconds("latency", Quantiles.of(delivery.latencyNs()))
        .microseconds("jitter", Quantiles.of(delivery.jitterNs()));
    lines.addAll(table.lines());
    lines.add("");

    Histogram histogram = new Histogram(unicode);
    List<Histogram.Series> errors = new ArrayList<>();
    errors.add(new Histogram.Series("tx error of KTSNd", txErrorNs()));
    result
        .nativeLoop()
        .ifPresent(loop -> errors.add(new Histogram.Series("native loop", loop.errorsNs())));
    lines.addAll(histogram.draw(errors));
    lines.add("");
    lines.addAll(histogram.draw(List.of(new Histogram.Series("latency", delivery.latencyNs()))));
    return lines;
  }

  private static long count(TraceFile trace, Outcome outcome) {
    return trace.records().stream().filter(frame -> frame.outcome() == outcome).count();
  }

  private void fault(List<String> faults, String what, long count) {
    if (count != 0) {
      faults.add(what + ": " + count + " of " + delivery.sent());
    }
  }
}
