package org.ktsn.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A counter or a gauge that is being put together, with a value for each set of labels. One thread.
 */
final class Family {
  private final MetricMetadata metadata;
  private final boolean counter;
  private final List<CounterDataPointSnapshot> counts = new ArrayList<>();
  private final List<GaugeDataPointSnapshot> levels = new ArrayList<>();

  private Family(String name, String help, boolean counter) {
    metadata = new MetricMetadata("ktsn_" + name, help);
    this.counter = counter;
  }

  /**
   * Begins a counter.
   *
   * @param name without prefix and {@code _total}
   */
  static Family counter(String name, String help) {
    return new Family(name, help, true);
  }

  /**
   * Begins a gauge.
   *
   * @param name without prefix
   */
  static Family gauge(String name, String help) {
    return new Family(name, help, false);
  }

  /**
   * Adds a value.
   *
   * @param labels names and values by turns
   */
  Family add(double value, String... labels) {
    if (counter) {
      counts.add(new CounterDataPointSnapshot(value, Labels.of(labels), null, 0));
    } else {
      levels.add(new GaugeDataPointSnapshot(value, Labels.of(labels), null));
    }
    return this;
  }

  /**
   * Adds a count, exact up to 2⁵³.
   *
   * @param labels names and values by turns
   */
  Family add(long value, String... labels) {
    return add((double) value, labels);
  }

  /** Returns those that have values. */
  static List<MetricSnapshot> together(Family... families) {
    return Stream.of(families).map(Family::snapshot).flatMap(Optional::stream).toList();
  }

  /** Returns what was put together; empty if there is no value. */
  Optional<MetricSnapshot> snapshot() {
    if (counter) {
      return counts.isEmpty()
          ? Optional.empty()
          : Optional.of(new CounterSnapshot(metadata, counts));
    }
    return levels.isEmpty() ? Optional.empty() : Optional.of(new GaugeSnapshot(metadata, levels));
  }
}
