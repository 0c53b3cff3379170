package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class SegmentKindsTest {
  @Test
  void shouldKnowEachKindOfArrayAndMappedFiles() {
    assertEquals(7 + 1, SegmentKinds.load());
  }
}
