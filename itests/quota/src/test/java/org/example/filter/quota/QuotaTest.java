package org.example.filter.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class QuotaTest {
  private static final long MS = 1_000_000;
  private static final long BEGIN_NS = 1_800_000_000_000_000_000L;

  private final Quota quota = new Quota(100, 3);

  @Test
  void shouldLetABurstPassAndThenAFrameEachInterval() {
    for (int i = 0; i < 3; i++) {
      assertTrue(quota.take(BEGIN_NS));
    }
    assertFalse(quota.take(BEGIN_NS + 10 * MS - 1));
    assertTrue(quota.take(BEGIN_NS + 10 * MS));
    assertFalse(quota.take(BEGIN_NS + 10 * MS));
    assertEquals(2, quota.refused());
  }

  @Test
  void shouldSaveNoMoreThanABurst() {
    assertTrue(quota.take(BEGIN_NS));
    int passed = 0;
    for (int i = 0; i < 10; i++) {
      passed += quota.take(BEGIN_NS + 1_000 * MS) ? 1 : 0;
    }
    assertEquals(3, passed);
  }

  @Test
  void shouldHaveAShareAgainThatWasGivenBack() {
    for (int i = 0; i < 3; i++) {
      assertTrue(quota.take(BEGIN_NS));
    }
    quota.giveBack();
    assertTrue(quota.take(BEGIN_NS));
    assertFalse(quota.take(BEGIN_NS));
  }

  @Test
  void shouldBeginAnewWhenTheClockIsSetBack() {
    assertTrue(quota.take(BEGIN_NS + 1_000_000 * MS));
    quota.begin();
    assertTrue(quota.take(BEGIN_NS));
  }
}
