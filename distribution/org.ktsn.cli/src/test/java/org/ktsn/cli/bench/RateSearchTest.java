package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RateSearchTest {
  private final RateSearch search = new RateSearch();

  @Test
  void shouldGoOnBetweenTheHighestThatPassedAndTheNextThatDidNot() {
    search.tried(1000, true);
    search.tried(4000, false);
    search.tried(2000, true);
    assertEquals(2000, search.carried());
    assertEquals(3000, search.between());
  }

  @Test
  void shouldNotBelieveARateAboveOneThatFailed() {
    search.tried(1000, true);
    search.tried(2000, false);
    search.tried(4000, true);
    assertEquals(1000, search.carried());
    assertEquals(1500, search.between());
  }

  @Test
  void shouldFindNothingToTryWhereAllPassed() {
    search.tried(1000, true);
    assertEquals(1000, search.carried());
    assertEquals(0, search.between());
  }

  @Test
  void shouldGoDownWhereNonePassed() {
    search.tried(1000, false);
    assertEquals(0, search.carried());
    assertEquals(500, search.between());
  }

  @Test
  void shouldHoldAFailureAgainstARateThatPassedAnotherTime() {
    search.tried(1000, false);
    search.tried(1000, true);
    assertEquals(0, search.carried());
  }
}
