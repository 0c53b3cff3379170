package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class RingRehearsalTest {
  @Test
  void shouldPassAllItsDatagramsThroughTheRing() {
    assertEquals(1_000 * 8, RingRehearsal.run());
  }
}
