package org.ktsn.cli.demo;

import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;

/**
 * Quantiles of measured nanoseconds: each is a value that was measured, the smallest one that so
 * many of all values do not exceed.
 *
 * @param count how many values
 * @param p50 the median
 * @param p90 the 90th percentile
 * @param p99 the 99th percentile
 * @param p999 the 99.9th percentile
 * @param max the largest value
 */
public record Quantiles(int count, long p50, long p90, long p99, long p999, long max) {
  /** Sorts a copy of the values; of no values, all quantiles are 0. */
  public static Quantiles of(long[] values) {
    if (values.length == 0) {
      return new Quantiles(0, 0, 0, 0, 0, 0);
    }
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Quantiles(
        sorted.length,
        at(sorted, 500),
        at(sorted, 900),
        at(sorted, 990),
        at(sorted, 999),
        sorted[sorted.length - 1]);
  }

  /** Returns the quantiles as JSON members, in nanoseconds. */
  public JsonObject toJsonNs() {
    JsonObject json = new JsonObject();
    json.addProperty("p50", p50);
    json.addProperty("p90", p90);
    json.addProperty("p99", p99);
    json.addProperty("p99_9", p999);
    json.addProperty("max", max);
    return json;
  }

  /** Returns the quantiles as JSON members, in microseconds with three decimals. */
  public JsonObject toJsonUs() {
    JsonObject json = new JsonObject();
    json.addProperty("p50", microseconds(p50));
    json.addProperty("p90", microseconds(p90));
    json.addProperty("p99", microseconds(p99));
    json.addProperty("p99_9", microseconds(p999));
    json.addProperty("max", microseconds(max));
    return json;
  }

  private static BigDecimal microseconds(long nanoseconds) {
    return BigDecimal.valueOf(nanoseconds)
        .divide(BigDecimal.valueOf(1000), 3, RoundingMode.HALF_UP);
  }

  private static long at(long[] sorted, long perMille) {
    return sorted[(int) Math.ceilDiv(sorted.length * perMille, 1000L) - 1];
  }
}
