package org.ktsn.api.filter;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class StatusTableTest {
  @Test
  void shouldRefuseARowThatDoesNotFitItsColumns() {
    List<String> columns = List.of("stream", "octets");
    assertThrows(
        IllegalArgumentException.class,
        () -> new StatusTable("meters", columns, List.of(List.of("a"))));
    assertThrows(
        IllegalArgumentException.class,
        () -> new StatusTable("meters", columns, List.of(List.of("a", 1.5))));
  }
}
