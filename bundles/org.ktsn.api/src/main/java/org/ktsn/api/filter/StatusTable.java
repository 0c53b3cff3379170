package org.ktsn.api.filter;

import java.util.List;

/**
 * A table that a filter shows of itself: {@code ktsn:filters} prints it for people, and as a list
 * of objects with {@code --json}.
 *
 * @param name what the rows are, in lower case with underscores, for instance {@code stream_gates}
 * @param columns the columns' names, likewise, with the unit: {@code idle_slope_bits_per_second}
 * @param rows a value per column: a {@code String}, {@code Long}, {@code Integer} or {@code
 *     Boolean}
 */
public record StatusTable(String name, List<String> columns, List<List<Object>> rows) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if a row is not as long as the columns, or has a value of
   *     another type
   */
  public StatusTable {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "a row of "
                + name
                + " has "
                + row.size()
                + " values for "
                + columns.size()
                + " columns");
      }
      for (Object value : row) {
        if (!(value instanceof String
            || value instanceof Long
            || value instanceof Integer
            || value instanceof Boolean)) {
          throw new IllegalArgumentException(
              "a value of "
                  + name
                  + " is a "
                  + value.getClass().getName()
                  + "; give text, number, boolean");
        }
      }
    }
  }
}
