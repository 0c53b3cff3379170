package org.ktsn.dataplane;

import static org.ktsn.dataplane.FlowRows.DROPS;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ktsn.api.stats.DataplaneStatus.Quantiles;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.stats.FlowStatus.Flow;
import org.ktsn.api.stats.FlowStatus.Range;

/** Makes of {@link FlowRows} what others understand. One thread at a time. */
final class FlowReader {
  private static final double NS_PER_SECOND = 1e9;

  private final long nowNs;
  private final FlowKey key = new FlowKey();
  private final long[] cells = new long[FlowRows.CELLS];
  private final int[] errors = new int[ErrorBuckets.COUNT];

  /** Makes one for an instant, in TAI nanoseconds. */
  FlowReader(long nowNs) {
    this.nowNs = nowNs;
  }

  /** Returns a pod's flows, the one heard last first, the others last. */
  List<FlowStatus> read(int pod, FlowRows rows) {
    List<FlowStatus> flows = new ArrayList<>();
    for (int row = 0; row < FlowRows.FLOWS; row++) {
      if (rows.read(row, cells, errors) && cells[FlowRows.RECEIVED] > 0) {
        flows.add(status(pod, Optional.of(flow())));
      }
    }
    flows.sort(Comparator.comparingLong(FlowStatus::lastSeenNs).reversed());
    if (rows.read(FlowRows.OTHERS, cells, errors) && cells[FlowRows.MEMBERS] > 0) {
      flows.add(status(pod, Optional.empty()));
    }
    return flows;
  }

  private Flow flow() {
    key.of(cells);
    return key.toFlow();
  }

  private FlowStatus status(int pod, Optional<Flow> flow) {
    long trafficClass = cells[FlowRows.CLASS];
    double seconds = Math.max(FlowRows.WINDOW_NS, nowNs - cells[FlowRows.BEFORE]) / NS_PER_SECOND;
    return new FlowStatus(
        pod,
        flow,
        cells[FlowRows.MEMBERS],
        flow.isEmpty() || trafficClass == FlowRows.NO_CLASS
            ? OptionalInt.empty()
            : OptionalInt.of((int) trafficClass),
        cells[FlowRows.RECEIVED],
        cells[FlowRows.SENT],
        cells[FlowRows.LATE],
        Counters.byReason(reason -> cells[DROPS + reason]),
        cells[FlowRows.OCTETS],
        (cells[FlowRows.RECEIVED] - cells[FlowRows.BEFORE_RECEIVED]) / seconds,
        (cells[FlowRows.OCTETS] - cells[FlowRows.BEFORE_OCTETS]) * 8 / seconds,
        cells[FlowRows.LAST_LAUNCH],
        cells[FlowRows.FIRST_SEEN],
        cells[FlowRows.LAST_SEEN],
        range(FlowRows.NOTICE_LEAST, FlowRows.NOTICE_SUM, cells[FlowRows.RECEIVED]),
        range(FlowRows.WAIT_LEAST, FlowRows.WAIT_SUM, cells[FlowRows.WAIT_COUNT]),
        quantiles());
  }

  /** The cells of a range follow each other: the least, the most, the sum. */
  private Range range(int least, int sum, long count) {
    if (count == 0 || cells[least] > cells[least + 1]) {
      return Range.NONE;
    }
    long mean = Math.round(Double.longBitsToDouble(cells[sum]) / count);
    return new Range(
        cells[least], Math.clamp(mean, cells[least], cells[least + 1]), cells[least + 1]);
  }

  private Quantiles quantiles() {
    long count = 0;
    for (int errorsOfBucket : errors) {
      count += errorsOfBucket;
    }
    return new Quantiles(
        count,
        quantile(count, 0.5),
        quantile(count, 0.9),
        quantile(count, 0.99),
        quantile(count, 0.999),
        cells[FlowRows.ERROR_MOST]);
  }

  private long quantile(long count, double share) {
    return Math.min(cells[FlowRows.ERROR_MOST], ErrorBuckets.quantileNs(errors, count, share));
  }
}
