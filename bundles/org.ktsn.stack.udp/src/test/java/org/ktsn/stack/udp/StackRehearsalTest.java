package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class StackRehearsalTest {
  @Test
  void shouldWriteTheFrameOfEachDatagramOfBothFamilies() {
    assertEquals(2 * 2_000, StackRehearsal.run());
  }
}
