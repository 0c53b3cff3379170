package org.ktsn.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table for people: a line of headings, columns as wide as they need to be. Not thread-safe. */
final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  /** Makes a table with headings; empty headings make no line. */
  Table(String... headings) {
    columns = headings.length;
    if (!String.join("", headings).isEmpty()) {
      rows.add(List.of(headings));
    }
  }

  /** Adds a row of as many values as there are columns. */
  Table row(Object... values) {
    if (values.length != columns) {
      throw new IllegalArgumentException(
          values.length + " values for a table of " + columns + " columns");
    }
    rows.add(Arrays.stream(values).map(String::valueOf).toList());
    return this;
  }

  @Override
  public String toString() {
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int column = 0; column < columns; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        String value = row.get(column);
        line.append(column == 0 ? "" : GAP)
            .append(value)
            .repeat(' ', widths[column] - value.length());
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
