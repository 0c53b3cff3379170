package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void shouldMakeColumnsAsWideAsTheirLongestValue() {
    Table table = new Table("NAME", "N", "WHERE").row("a", 1000, "here").row("longer", 2, "");

    assertEquals("NAME    N     WHERE\na       1000  here\nlonger  2\n", table.toString());
  }

  @Test
  void shouldLeaveOutEmptyHeadings() {
    assertEquals("sent  5\n", new Table("", "").row("sent", 5).toString());
  }

  @Test
  void shouldRefuseRowsOfAnotherLength() {
    assertThrows(IllegalArgumentException.class, () -> new Table("A", "B").row("one"));
  }
}
