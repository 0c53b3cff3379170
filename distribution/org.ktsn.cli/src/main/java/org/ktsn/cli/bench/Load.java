package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.TraceFile.Frame;

/**
 * What became of the datagrams of one rate.
 *
 * @param rate how many datagrams a second, of all pods together
 * @param sent how many were sent
 * @param received how many different ones arrived
 * @param late how many missed their window and were dated anew
 * @param txError actual minus planned instant; of none on the kernel's path
 * @param latency launch time to arrival
 * @param daemonCpuPercent how much of one processor KTSNd used
 * @param drops how many frames KTSNd dropped, by reason
 */
record Load(
    long rate,
    long sent,
    long received,
    long late,
    Quantiles txError,
    Quantiles latency,
    double daemonCpuPercent,
    Map<String, Long> drops) {
  static final String HEADING =
      String.format(
          Locale.ROOT,
          "%-11s%9s%10s%10s%8s%11s%10s%12s%12s%8s",
          "",
          "rate/s",
          "sent",
          "lost",
          "late",
          "tx err p50",
          "p99 us",
          "latency p50",
          "p99 us",
          "KTSNd %");

  static Load of(long rate, List<FlowResult> results, Map<String, Long> drops) {
    List<Delivery> deliveries = results.stream().map(FlowResult::delivery).toList();
    List<Frame> launched =
        results.stream()
            .flatMap(result -> result.trace().stream())
            .flatMap(trace -> trace.records().stream())
            .filter(frame -> frame.outcome() == Outcome.SENT)
            .toList();
    return new Load(
        rate,
        deliveries.stream().mapToLong(Delivery::sent).sum(),
        deliveries.stream().mapToLong(Delivery::received).sum(),
        launched.stream().filter(Frame::late).count(),
        Quantiles.of(launched.stream().mapToLong(Frame::txErrorNs).toArray()),
        Quantiles.of(
            deliveries.stream()
                .flatMapToLong(delivery -> LongStream.of(delivery.latencyNs()))
                .toArray()),
        results.getFirst().daemonCpuPercent(),
        drops);
  }

  long lost() {
    return sent - received;
  }

  /** Tells whether all arrived, and none left in another window than its own. */
  boolean isCarried() {
    return lost() == 0 && late == 0;
  }

  String line(String contender) {
    return String.format(
            Locale.ROOT,
            "%-11s%9d%10d%10d%8d%11.1f%10.1f%12.1f%12.1f%8.0f",
            contender,
            rate,
            sent,
            lost(),
            late,
            txError.p50() / 1e3,
            txError.p99() / 1e3,
            latency.p50() / 1e3,
            latency.p99() / 1e3,
            daemonCpuPercent)
        + drops.entrySet().stream()
            .map(drop -> "  " + drop.getKey() + " " + drop.getValue())
            .collect(Collectors.joining());
  }

  JsonObject toJson(String contender) {
    JsonObject json = new JsonObject();
    json.addProperty("contender", contender);
    json.addProperty("rate_per_second", rate);
    json.addProperty("sent", sent);
    json.addProperty("received", received);
    json.addProperty("late", late);
    if (txError.count() > 0) {
      json.add("tx_error_us", txError.toJsonUs());
    }
    json.add("latency_us", latency.toJsonUs());
    JsonObject dropped = new JsonObject();
    drops.forEach(dropped::addProperty);
    json.add("drops", dropped);
    json.addProperty("daemon_cpu_percent", Math.round(daemonCpuPercent * 10) / 10.0);
    return json;
  }
}
