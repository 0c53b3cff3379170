package org.ktsn.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;

/**
 * A format in which metrics are written. Any thread.
 *
 * @param writer writes it
 */
record Format(ExpositionFormatWriter writer) {
  /** OpenMetrics 1.0.0. */
  static final Format OPEN_METRICS = new Format(OpenMetricsTextFormatWriter.create());

  /** Prometheus' text format 0.0.4. */
  static final Format PROMETHEUS = new Format(PrometheusTextFormatWriter.create());

  /** Returns the one that a reader asks for by the header {@code Accept}, or null. */
  static Format of(String accept) {
    return OPEN_METRICS.writer.accepts(accept) ? OPEN_METRICS : PROMETHEUS;
  }

  String contentType() {
    return writer.getContentType();
  }
}
