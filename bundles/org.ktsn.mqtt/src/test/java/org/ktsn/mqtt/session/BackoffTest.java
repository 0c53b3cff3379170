package org.ktsn.mqtt.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void shouldDoubleBetweenItsBoundsWithJitter() {
    Backoff backoff = new Backoff(100, 1_000, new Random(1));
    for (long whole : new long[] {100, 200, 400, 800, 1_000, 1_000}) {
      long ms = backoff.next();
      assertTrue(ms >= whole / 2 && ms <= whole, ms + " of " + whole);
    }
    backoff.reset();
    assertTrue(backoff.next() <= 100);
  }

  @Test
  void shouldSpreadNodesThatStartTogether() {
    assertTrue(
        new Random(1)
                .ints(100)
                .mapToLong(seed -> new Backoff(1_000, 1_000, new Random(seed)).next())
                .distinct()
                .count()
            > 50);
  }

  @Test
  void shouldRefuseBoundsThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> new Backoff(0, 10, new Random()));
    assertEquals(
        "a backoff of 5 to 4 ms; give 1 ms at least, and no less at most",
        assertThrows(IllegalArgumentException.class, () -> new Backoff(5, 4, new Random()))
            .getMessage());
  }
}
