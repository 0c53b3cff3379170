package org.ktsn.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.stats.DataplaneStatus;

/**
 * A summary that is being put together: quantiles in seconds since the data plane's start, of what
 * is known in nanoseconds. Its sum is not known. One thread.
 */
final class Distributions {
  private static final double NS_PER_S = 1e9;

  private final MetricMetadata metadata;
  private final List<SummaryDataPointSnapshot> points = new ArrayList<>();

  /**
   * Begins one.
   *
   * @param name without prefix, with its unit
   */
  Distributions(String name, String help) {
    metadata = new MetricMetadata("ktsn_" + name, help);
  }

  /**
   * Adds a distribution; one without values is left out.
   *
   * @param labels names and values by turns
   */
  Distributions add(DataplaneStatus.Quantiles of, String... labels) {
    if (of.count() > 0) {
      points.add(
          new SummaryDataPointSnapshot(
              of.count(),
              Double.NaN,
              Quantiles.of(
                  quantile(0.5, of.p50()),
                  quantile(0.9, of.p90()),
                  quantile(0.99, of.p99()),
                  quantile(0.999, of.p999()),
                  quantile(1, of.max())),
              Labels.of(labels),
              null,
              0));
    }
    return this;
  }

  private static Quantile quantile(double rank, long ns) {
    return new Quantile(rank, ns / NS_PER_S);
  }

  /** Returns what was put together; empty if there is no distribution. */
  Optional<MetricSnapshot> snapshot() {
    return points.isEmpty() ? Optional.empty() : Optional.of(new SummarySnapshot(metadata, points));
  }
}
