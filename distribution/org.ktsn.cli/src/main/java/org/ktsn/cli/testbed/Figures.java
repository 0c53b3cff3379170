package org.ktsn.cli.testbed;

import com.google.gson.JsonObject;
import java.util.List;
import org.ktsn.api.trace.TraceLayout.Outcome;

/**
 * The three distributions by which flows are compared.
 *
 * @param txErrorNs by how much each frame left after its planned instant
 * @param latencyNs launch time to arrival
 * @param jitterNs |arrival(i) - arrival(i-1) - period|
 */
public record Figures(Quantiles txErrorNs, Quantiles latencyNs, Quantiles jitterNs) {
  /**
   * Computes them of the datagrams whose launch time lies before an instant.
   *
   * @param untilNs in TAI nanoseconds
   */
  public static Figures of(FlowResult result, long untilNs) {
    Flow flow = result.flow();
    Delivery delivery =
        Delivery.of(
            flow.frames(),
            flow.periodNs(),
            result.arrivals().datagrams().stream()
                .filter(datagram -> datagram.launchTimeNs() < untilNs)
                .toList());
    long[] txErrorNs =
        result.trace().orElseThrow().records().stream()
            .filter(frame -> frame.outcome() == Outcome.SENT && frame.launchTimeNs() < untilNs)
            .mapToLong(TraceFile.Frame::txErrorNs)
            .toArray();
    return new Figures(
        Quantiles.of(txErrorNs),
        Quantiles.of(delivery.latencyNs()),
        Quantiles.of(delivery.jitterNs()));
  }

  /** Adds them to a report, as members of their own. */
  public void addTo(JsonObject json) {
    json.add("tx_error_ns", txErrorNs.toJsonNs());
    json.add("latency_us", latencyNs.toJsonUs());
    json.add("jitter_us", jitterNs.toJsonUs());
  }

  /** Returns how many times as large they are as others, quantile by quantile. */
  public JsonObject ratioTo(Figures others) {
    JsonObject json = new JsonObject();
    json.add("tx_error", txErrorNs.ratioTo(others.txErrorNs));
    json.add("latency", latencyNs.ratioTo(others.latencyNs));
    json.add("jitter", jitterNs.ratioTo(others.jitterNs));
    return json;
  }

  /** Returns a table of both, each by its name, and the ratio of the first to the second. */
  public List<String> tableBeside(Figures others, String name, String othersName) {
    String ratio = "  " + name + " / " + othersName;
    return new QuantileTable("")
        .nanoseconds("tx error, " + name, txErrorNs)
        .nanoseconds("tx error, " + othersName, others.txErrorNs)
        .ratio(ratio, txErrorNs, others.txErrorNs)
        .microseconds("latency, " + name, latencyNs)
        .microseconds("latency, " + othersName, others.latencyNs)
        .ratio(ratio, latencyNs, others.latencyNs)
        .microseconds("jitter, " + name, jitterNs)
        .microseconds("jitter, " + othersName, others.jitterNs)
        .ratio(ratio, jitterNs, others.jitterNs)
        .lines();
  }
}
