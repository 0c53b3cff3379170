package org.ktsn.shell;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Draws a {@link GateSpan} with characters: time from left to right, a row a class. A column stands
 * for a short time; it tells open from closed, and where a gate opens or closes within that time.
 */
final class GateChart {
  private static final int LABEL = 8;
  private static final int GAP = 2;

  /** What a gate may do in a column. */
  private record Ink(char open, char closed, char opens, char closes, char several) {}

  private static final Ink BLOCKS = new Ink('█', '·', '▐', '▌', '▒');
  private static final Ink ASCII = new Ink('#', '.', '/', '\\', '+');

  private final GateSpan span;
  private final int columns;
  private final Ink ink;
  private final StringBuilder text = new StringBuilder();

  private GateChart(GateSpan span, int width, boolean ascii) {
    this.span = span;
    columns = width - LABEL;
    ink = ascii ? ASCII : BLOCKS;
  }

  /** Draws the chart, {@code width} columns wide. */
  static String draw(GateSpan span, long nowNs, List<Integer> classes, int width, boolean ascii) {
    GateChart chart = new GateChart(span, width, ascii);
    chart.axis();
    chart.marks("cycle", '|', span.cycleStartsNs().stream());
    classes.forEach(chart::gate);
    chart.marks("now", '^', Stream.of(nowNs));
    chart.marks("change", '^', span.changeNs().stream());
    chart.legend();
    return chart.text.toString();
  }

  /** Returns the instant at which a column begins. */
  private long startNs(int column) {
    return span.fromNs() + (span.toNs() - span.fromNs()) * column / columns;
  }

  private int column(long atNs) {
    int column = (int) ((atNs - span.fromNs()) * columns / (span.toNs() - span.fromNs()));
    return column + 1 < columns && startNs(column + 1) <= atNs ? column + 1 : column;
  }

  private void line(String label, char[] cells) {
    text.append(label)
        .repeat(' ', LABEL - label.length())
        .append(new String(cells).stripTrailing())
        .append('\n');
  }

  private char[] blank(char cell) {
    char[] cells = new char[columns];
    Arrays.fill(cells, cell);
    return cells;
  }

  private void axis() {
    long lengthNs = span.toNs() - span.fromNs();
    long stepNs = stepNs(lengthNs);
    char[] labels = blank(' ');
    char[] ticks = blank('-');
    for (long offsetNs = 0; offsetNs < lengthNs; offsetNs += stepNs) {
      int column = column(span.fromNs() + offsetNs);
      ticks[column] = '+';
      String label = microseconds(offsetNs);
      if (column + label.length() <= columns) {
        label.getChars(0, label.length(), labels, column);
      }
    }
    line("us", labels);
    line("", ticks);
  }

  /** Returns the smallest round step whose labels stand apart. */
  private long stepNs(long lengthNs) {
    long decade = 1;
    while (true) {
      for (long stepNs : new long[] {decade, 2 * decade, 5 * decade}) {
        long lastNs = (lengthNs - 1) / stepNs * stepNs;
        int widest = Math.max(microseconds(lastNs).length(), microseconds(stepNs).length());
        if (stepNs * columns / lengthNs >= widest + GAP) {
          return stepNs;
        }
      }
      decade *= 10;
    }
  }

  private static String microseconds(long ns) {
    return ns == 0 ? "0" : BigDecimal.valueOf(ns, 3).stripTrailingZeros().toPlainString();
  }

  /** Marks the instants that lie within the stretch; no line if none does. */
  private void marks(String label, char mark, Stream<Long> instantsNs) {
    char[] cells = blank(' ');
    instantsNs.filter(span::holds).forEach(atNs -> cells[column(atNs)] = mark);
    if (new String(cells).indexOf(mark) >= 0) {
      line(label, cells);
    }
  }

  private void gate(int trafficClass) {
    char[] cells = new char[columns];
    for (int column = 0; column < columns; column++) {
      cells[column] = cell(trafficClass, startNs(column), startNs(column + 1));
    }
    line("class " + trafficClass, cells);
  }

  private char cell(int trafficClass, long fromNs, long toNs) {
    boolean open = span.isOpen(trafficClass, fromNs);
    long changeNs = span.nextChange(trafficClass, fromNs);
    if (changeNs >= toNs) {
      return open ? ink.open : ink.closed;
    }
    if (span.nextChange(trafficClass, changeNs) < toNs) {
      return ink.several;
    }
    return open ? ink.closes : ink.opens;
  }

  private void legend() {
    text.append(
        String.format(
            "%n%c open   %c closed   %c opens   %c closes   %c opens and closes%n",
            ink.open, ink.closed, ink.opens, ink.closes, ink.several));
  }
}
