package org.ktsn.dataplane;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.ktsn.api.stats.DataplaneStatus.Quantiles;

/**
 * The distribution of (actual - planned) launch instants. The planner records; one other thread at
 * a time reads.
 */
final class Distribution {
  private static final long HIGHEST_NS = 60_000_000_000L;

  private final SingleWriterRecorder recorder = new SingleWriterRecorder(1, HIGHEST_NS, 3);
  private final Histogram all = new Histogram(1, HIGHEST_NS, 3);
  private Histogram interval = recorder.getIntervalHistogram();

  /** Records one; allocates nothing. Planner thread only. */
  void record(long valueNs) {
    recorder.recordValue(Math.max(0, Math.min(HIGHEST_NS, valueNs)));
  }

  synchronized Quantiles quantiles() {
    interval = recorder.getIntervalHistogram(interval);
    all.add(interval);
    return new Quantiles(
        all.getTotalCount(),
        all.getValueAtPercentile(50),
        all.getValueAtPercentile(90),
        all.getValueAtPercentile(99),
        all.getValueAtPercentile(99.9),
        all.getMaxValue());
  }
}
