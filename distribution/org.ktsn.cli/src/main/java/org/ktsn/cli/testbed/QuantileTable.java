package org.ktsn.cli.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of quantiles, 79 columns wide. */
public final class QuantileTable {
  private static final int NAME_COLUMNS = 26;
  private final List<String> lines = new ArrayList<>();

  /** Begins a table with a heading over the names. */
  public QuantileTable(String heading) {
    lines.add(row(heading, "", new String[] {"p50", "p90", "p99", "p99.9", "max"}).stripTrailing());
  }

  /** Adds a line in nanoseconds. */
  public QuantileTable nanoseconds(String name, Quantiles quantiles) {
    return add(name, "ns", quantiles, "%.0f", 1);
  }

  /** Adds a line in microseconds. */
  public QuantileTable microseconds(String name, Quantiles quantiles) {
    return add(name, "us", quantiles, "%.1f", 1000);
  }

  /** Adds a line in milliseconds. */
  public QuantileTable milliseconds(String name, Quantiles quantiles) {
    return add(name, "ms", quantiles, "%.1f", 1_000_000);
  }

  /** Adds a line that says how many times as large the quantiles of one line are as another's. */
  public QuantileTable ratio(String name, Quantiles above, Quantiles below) {
    lines.add(
        row(
            name,
            "x",
            new String[] {
              ratio(above.p50(), below.p50()),
              ratio(above.p90(), below.p90()),
              ratio(above.p99(), below.p99()),
              ratio(above.p999(), below.p999()),
              ratio(above.max(), below.max())
            }));
    return this;
  }

  /** Returns the lines. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  private QuantileTable add(
      String name, String unit, Quantiles quantiles, String format, double divisor) {
    long[] values = {
      quantiles.p50(), quantiles.p90(), quantiles.p99(), quantiles.p999(), quantiles.max()
    };
    String[] cells = new String[values.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] =
          quantiles.count() == 0 ? "-" : String.format(Locale.ROOT, format, values[i] / divisor);
    }
    lines.add(row(name, unit, cells));
    return this;
  }

  private static String ratio(long above, long below) {
    return below == 0 ? "-" : String.format(Locale.ROOT, "%.2f", (double) above / below);
  }

  private static String row(String name, String unit, String[] cells) {
    StringBuilder line =
        new StringBuilder(String.format(Locale.ROOT, "%-" + NAME_COLUMNS + "s%-3s", name, unit));
    for (String cell : cells) {
      line.append(String.format(Locale.ROOT, "%10s", cell));
    }
    return line.toString();
  }
}
