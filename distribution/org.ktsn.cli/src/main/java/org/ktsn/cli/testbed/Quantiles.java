package org.ktsn.cli.testbed;

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
    return divided(BigDecimal.valueOf(1000));
  }

  /** Returns the quantiles as JSON members, in milliseconds with three decimals. */
  public JsonObject toJsonMs() {
    return divided(BigDecimal.valueOf(1_000_000));
  }

  /**
   * Returns how many times as large they are as others, as JSON members with three decimals; there
   * is none where the other is 0.
   */
  public JsonObject ratioTo(Quantiles others) {
    JsonObject json = new JsonObject();
    ratio(json, "p50", p50, others.p50);
    ratio(json, "p90", p90, others.p90);
    ratio(json, "p99", p99, others.p99);
    ratio(json, "p99_9", p999, others.p999);
    ratio(json, "max", max, others.max);
    return json;
  }

  private static void ratio(JsonObject json, String name, long above, long below) {
    if (below != 0) {
      json.addProperty(name, quotient(above, BigDecimal.valueOf(below)));
    }
  }

  private JsonObject divided(BigDecimal divisor) {
    JsonObject json = new JsonObject();
    json.addProperty("p50", quotient(p50, divisor));
    json.addProperty("p90", quotient(p90, divisor));
    json.addProperty("p99", quotient(p99, divisor));
    json.addProperty("p99_9", quotient(p999, divisor));
    json.addProperty("max", quotient(max, divisor));
    return json;
  }

  private static BigDecimal quotient(long nanoseconds, BigDecimal divisor) {
    return BigDecimal.valueOf(nanoseconds).divide(divisor, 3, RoundingMode.HALF_UP);
  }

  private static long at(long[] sorted, long perMille) {
    return sorted[(int) Math.ceilDiv(sorted.length * perMille, 1000L) - 1];
  }
}
