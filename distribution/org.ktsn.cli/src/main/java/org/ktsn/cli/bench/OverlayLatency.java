package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.hosts.Underlay;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.LaunchPlan;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.TestPod;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.TraceFile;
import org.ktsn.cli.testbed.WindowJudge;

/**
 * Flows of several sizes from a pod to one of another host, by turns through KTSNd and by Flannel's
 * path, and through KTSNd to a pod of the same host. One thread.
 */
final class OverlayLatency {
  private static final List<Integer> SIZES = List.of(64, 256, 1024);
  private static final long PERIOD_NS = 1_000_000;
  private static final long LEAD_NS = 100_000_000;

  /** The ways that are compared. */
  private enum Way {
    OVERLAY("KTSNd", "ktsn", DataPath.KTSN),
    SPINNING("Flannel, spinning", "flannel_spinning", DataPath.KERNEL_SPINNING),
    SLEEPING("Flannel, sleeping", "flannel_sleeping", DataPath.KERNEL),
    ONE_HOST("KTSNd, one host", "ktsn_one_host", DataPath.KTSN);

    private final String words;
    private final String member;
    private final DataPath path;

    Way(String words, String member, DataPath path) {
      this.words = words;
      this.member = member;
      this.path = path;
    }
  }

  private final Testbed testbed;
  private final Map<Way, TestPod.Pair> pods = new EnumMap<>(Way.class);
  private final int frames;
  private final Progress progress;
  private final List<String> faults = new ArrayList<>();

  /**
   * Prepares the turns.
   *
   * @param overlay a pair on two hosts
   * @param flannel the same by Flannel's path
   * @param frames how many datagrams in a turn
   */
  OverlayLatency(
      Testbed testbed, TestPod.Pair overlay, TestPod.Pair flannel, int frames, Progress progress) {
    this.testbed = testbed;
    this.frames = frames;
    this.progress = progress;
    pods.put(Way.OVERLAY, overlay);
    pods.put(Way.SPINNING, flannel);
    pods.put(Way.SLEEPING, flannel);
    pods.put(Way.ONE_HOST, testbed.pods());
  }

  /** What one way got with one size, over all rounds. */
  private static final class Turns {
    private int sent;
    private int received;
    private int untidy;
    private final LongStream.Builder latencyNs = LongStream.builder();
    private final LongStream.Builder jitterNs = LongStream.builder();
    private final LongStream.Builder txErrorNs = LongStream.builder();

    void add(FlowResult result) {
      Delivery delivery = result.delivery();
      sent += delivery.sent();
      received += delivery.received();
      untidy += delivery.duplicated() + delivery.reordered();
      LongStream.of(delivery.latencyNs()).forEach(latencyNs);
      LongStream.of(delivery.jitterNs()).forEach(jitterNs);
      result.trace().stream()
          .flatMap(trace -> trace.records().stream())
          .filter(frame -> frame.outcome() == Outcome.SENT)
          .mapToLong(TraceFile.Frame::txErrorNs)
          .forEach(txErrorNs);
    }

    Measured measured() {
      return new Measured(
          sent,
          received,
          untidy,
          Quantiles.of(latencyNs.build().toArray()),
          Quantiles.of(jitterNs.build().toArray()),
          Quantiles.of(txErrorNs.build().toArray()));
    }
  }

  /**
   * A way's figures.
   *
   * @param untidy how many datagrams came twice or out of order
   * @param txError of no values where KTSNd took no part
   */
  private record Measured(
      int sent, int received, int untidy, Quantiles latency, Quantiles jitter, Quantiles txError) {
    JsonObject toJson() {
      JsonObject json = new JsonObject();
      json.addProperty("sent", sent);
      json.addProperty("received", received);
      json.add("latency_us", latency.toJsonUs());
      json.add("jitter_us", jitter.toJsonUs());
      if (txError.count() > 0) {
        json.add("tx_error_ns", txError.toJsonNs());
      }
      return json;
    }
  }

  /** Measures and prints a table for each size; returns the figures. */
  JsonObject measure(int rounds, Screen screen) {
    // One schedule for all: the window holds the largest of the frames.
    Flow largest = flow(SIZES.getLast(), Way.OVERLAY);
    WindowJudge judge =
        new WindowJudge(
            ReportedGates.fromReport(
                testbed.schedule(LaunchPlan.usualSchedule(largest, durationNs(largest)))));
    JsonArray sizes = new JsonArray();
    for (int size : SIZES) {
      Map<Way, Turns> turns = new EnumMap<>(Way.class);
      for (int round = 1; round <= rounds; round++) {
        for (Way way : Way.values()) {
          String what =
              String.format(
                  Locale.ROOT, "%4d octets, %s, turn %d of %d", size, way.words, round, rounds);
          turns.computeIfAbsent(way, any -> new Turns()).add(turn(judge, size, way, what));
        }
      }
      progress.clear();
      Map<Way, Measured> measured = new EnumMap<>(Way.class);
      turns.forEach((way, all) -> measured.put(way, all.measured()));
      sizes.add(show(size, measured, screen));
    }
    JsonObject json = new JsonObject();
    json.add("sizes", sizes);
    return json;
  }

  /** Returns what was wrong with the deliveries, in sentences. */
  List<String> faults() {
    return faults;
  }

  private Flow flow(int size, Way way) {
    return new Flow(frames, size, PERIOD_NS, LEAD_NS, 7, way.path, true);
  }

  private long durationNs(Flow flow) {
    return testbed.wireDurationNs(flow.frameOctets() + Underlay.ENCAPSULATION_OCTETS);
  }

  private FlowResult turn(WindowJudge judge, int size, Way way, String what) {
    Flow flow = flow(size, way);
    LaunchPlan plan = LaunchPlan.of(judge, flow, durationNs(flow), testbed.earliestBaseNs());
    return testbed.run(
        flow,
        pods.get(way),
        plan.firstLaunchNs(flow, testbed.earliestBaseNs()),
        false,
        (received, nowNs) -> progress.show(what + "   received " + received));
  }

  private JsonObject show(int size, Map<Way, Measured> measured, Screen screen) {
    Measured ktsn = measured.get(Way.OVERLAY);
    Measured spinning = measured.get(Way.SPINNING);
    Measured sleeping = measured.get(Way.SLEEPING);
    Measured oneHost = measured.get(Way.ONE_HOST);
    new QuantileTable(size + " octets")
        .microseconds("latency, KTSNd", ktsn.latency)
        .microseconds("latency, Flannel spinning", spinning.latency)
        .ratio("  KTSNd / Flannel", ktsn.latency, spinning.latency)
        .microseconds("latency, Flannel sleeping", sleeping.latency)
        .ratio("  KTSNd / Flannel", ktsn.latency, sleeping.latency)
        .microseconds("latency, KTSNd, one host", oneHost.latency)
        .microseconds("jitter, KTSNd", ktsn.jitter)
        .microseconds("jitter, Flannel spinning", spinning.jitter)
        .ratio("  KTSNd / Flannel", ktsn.jitter, spinning.jitter)
        .microseconds("jitter, Flannel sleeping", sleeping.jitter)
        .ratio("  KTSNd / Flannel", ktsn.jitter, sleeping.jitter)
        .nanoseconds("tx error, two hosts", ktsn.txError)
        .nanoseconds("tx error, one host", oneHost.txError)
        .ratio("  two hosts / one", ktsn.txError, oneHost.txError)
        .lines()
        .forEach(screen.out()::println);
    JsonObject json = new JsonObject();
    json.addProperty("size", size);
    StringBuilder counts = new StringBuilder("received");
    measured.forEach(
        (way, of) -> {
          json.add(way.member, of.toJson());
          counts.append(
              String.format(Locale.ROOT, "  %s %d of %d", way.words, of.received, of.sent));
          complain(size, way, of);
        });
    screen.out().println(counts.append('\n'));
    JsonObject ratios = new JsonObject();
    ratios.add("latency_to_flannel_spinning", ktsn.latency.ratioTo(spinning.latency));
    ratios.add("latency_to_flannel_sleeping", ktsn.latency.ratioTo(sleeping.latency));
    ratios.add("jitter_to_flannel_spinning", ktsn.jitter.ratioTo(spinning.jitter));
    ratios.add("jitter_to_flannel_sleeping", ktsn.jitter.ratioTo(sleeping.jitter));
    ratios.add("tx_error_to_one_host", ktsn.txError.ratioTo(oneHost.txError));
    json.add("ktsn_ratios", ratios);
    return json;
  }

  /** What KTSN must deliver, each once; of the other path only that it is there. */
  private void complain(int size, Way way, Measured of) {
    if (way.path == DataPath.KTSN ? of.received < of.sent || of.untidy > 0 : of.received == 0) {
      faults.add(
          String.format(
              Locale.ROOT,
              "%s, %d octets: %d of %d datagrams were received, %d twice or out of order.",
              way.words,
              size,
              of.received,
              of.sent,
              of.untidy));
    }
  }
}
