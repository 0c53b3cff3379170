package org.ktsn.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Draws how often which duration was measured, for one or two distributions side by side: a line
 * for each class of durations, classes growing with a constant factor, 80 columns wide at most.
 */
public final class Histogram {
  private static final int LABEL_COLUMNS = 9;
  private static final int SHARE_COLUMNS = 9;
  private static final int BAR_COLUMNS_ALONE = 58;
  private static final int BAR_COLUMNS_EACH = 20;
  private static final int MOST_LINES = 16;

  /** Steps within a decade, times 100, from fine to coarse. */
  private static final int[][] STEPS = {
    {100, 120, 150, 180, 220, 270, 330, 390, 470, 560, 680, 820},
    {100, 150, 220, 330, 470, 680},
    {100, 200, 500},
    {100, 300},
    {100},
  };

  private static final char[] EIGHTHS = {' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'};

  private final boolean unicode;

  /**
   * Makes one.
   *
   * @param unicode whether the terminal shows block characters; else bars are made of {@code #}
   */
  public Histogram(boolean unicode) {
    this.unicode = unicode;
  }

  /**
   * A distribution.
   *
   * @param name what it is
   * @param valuesNs what was measured; negative values count as 0
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to the drawing, never compared
  public record Series(String name, long[] valuesNs) {}

  /** Draws the lines; empty if nothing was measured. */
  public List<String> draw(List<Series> series) {
    long most = Long.MIN_VALUE;
    long least = Long.MAX_VALUE;
    for (Series one : series) {
      for (long value : one.valuesNs()) {
        most = Math.max(most, value);
        least = Math.min(least, value);
      }
    }
    if (most < least) {
      return List.of();
    }
    long[] edges = edges(Math.max(1, least), Math.max(1, most));
    long[][] counts = new long[series.size()][];
    double full = 0;
    for (int i = 0; i < counts.length; i++) {
      counts[i] = count(edges, series.get(i).valuesNs());
      for (long count : counts[i]) {
        full = Math.max(full, share(count, series.get(i)));
      }
    }
    List<String> lines = new ArrayList<>();
    int columns = series.size() == 1 ? BAR_COLUMNS_ALONE : BAR_COLUMNS_EACH;
    StringBuilder title = new StringBuilder(" ".repeat(LABEL_COLUMNS));
    for (Series one : series) {
      title.append("  ").append(padded(one.name(), columns + SHARE_COLUMNS));
    }
    lines.add(title.toString().stripTrailing());
    for (int row = 0; row < edges.length; row++) {
      StringBuilder line = new StringBuilder(label(edges[row]));
      for (int i = 0; i < counts.length; i++) {
        double share = share(counts[i][row], series.get(i));
        line.append("  ")
            .append(padded(bar(share / full * columns, counts[i][row]), columns))
            .append(percent(share, counts[i][row]));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  /** The lower edges of the classes, as fine as the lines allow. */
  private static long[] edges(long least, long most) {
    long[] edges = {};
    for (int[] steps : STEPS) {
      edges = edges(steps, least, most);
      if (edges.length <= MOST_LINES) {
        break;
      }
    }
    return edges;
  }

  private static long[] edges(int[] steps, long least, long most) {
    List<Long> all = new ArrayList<>();
    for (long decade = 1; decade <= 1_000_000_000_000L; decade *= 10) {
      for (int step : steps) {
        long edge = decade * step / 100;
        if (edge <= most && (all.isEmpty() || edge > all.getLast())) {
          all.add(edge);
        }
      }
    }
    int first = 0;
    while (first + 1 < all.size() && all.get(first + 1) <= least) {
      first++;
    }
    return all.subList(first, all.size()).stream().mapToLong(Long::longValue).toArray();
  }

  private static long[] count(long[] edges, long[] values) {
    long[] counts = new long[edges.length];
    for (long value : values) {
      int row = 0;
      while (row + 1 < edges.length && edges[row + 1] <= value) {
        row++;
      }
      counts[row]++;
    }
    return counts;
  }

  private static double share(long count, Series series) {
    return series.valuesNs().length == 0 ? 0 : (double) count / series.valuesNs().length;
  }

  private String bar(double length, long count) {
    if (count == 0) {
      return "";
    }
    if (!unicode) {
      return "#".repeat((int) Math.max(1, Math.round(length)));
    }
    int eighths = (int) Math.max(1, Math.round(length * 8));
    String part = eighths % 8 == 0 ? "" : Character.toString(EIGHTHS[eighths % 8]);
    return "█".repeat(eighths / 8) + part;
  }

  private static String percent(double share, long count) {
    if (count == 0) {
      return " ".repeat(SHARE_COLUMNS);
    }
    return share < 0.0001
        ? String.format(Locale.ROOT, "%" + SHARE_COLUMNS + "s", "<0.01 %")
        : String.format(Locale.ROOT, "%" + (SHARE_COLUMNS - 2) + ".2f %%", share * 100);
  }

  private static String label(long edgeNs) {
    String number;
    String unit;
    if (edgeNs < 1000) {
      number = Long.toString(edgeNs);
      unit = "ns";
    } else if (edgeNs < 1_000_000) {
      number = plain(edgeNs / 1e3);
      unit = "us";
    } else if (edgeNs < 1_000_000_000) {
      number = plain(edgeNs / 1e6);
      unit = "ms";
    } else {
      number = plain(edgeNs / 1e9);
      unit = "s ";
    }
    return String.format(Locale.ROOT, "%" + (LABEL_COLUMNS - 3) + "s %s", number, unit);
  }

  private static String plain(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String padded(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - text.length()));
  }
}
