package org.ktsn.shaper.cbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CreditTest {
  private static final long TEN_GIGABIT = 10_000_000_000L;
  private static final long LIMIT = 1L << 45;

  @Test
  void shouldStopAtTheLimitHoweverLongItGrows() {
    Slope slope = new Slope(7_500_000_000L, 0, 1);
    Credit credit = new Credit();
    credit.useFractionOf(slope);
    credit.spend(slope, TEN_GIGABIT, 1_230);
    credit.grow(slope, Long.MAX_VALUE, 9_000_000_000_000L);
    assertEquals(9_000_000_000_000L, credit.nanobits());
    credit.grow(slope, Long.MAX_VALUE, 0);
    assertEquals(9_000_000_000_000L, credit.nanobits(), "above its limit it stays");
  }

  @Test
  void shouldKeepThePartsOfANanobitForAYear() {
    Slope slope = new Slope(1, 1, 3); // 4/3 bit/s
    Credit credit = new Credit();
    credit.useFractionOf(slope);
    long hourNs = 3_600_000_000_001L;
    for (int i = 0; i < 8_760; i++) {
      credit.grow(slope, hourNs, Long.MAX_VALUE);
    }
    assertEquals(hourNs * 8_760 / 3 * 4, credit.nanobits());
  }

  @Test
  void shouldBeNegativeUntilTheLastPartOfANanobit() {
    Slope slope = new Slope(2, 1, 3);
    Credit credit = new Credit();
    credit.useFractionOf(slope);
    credit.spend(slope, 9, 1); // 7/3 - 9 = -20/3, which 20/7 ns make good
    assertTrue(credit.isNegative());
    assertEquals(3, credit.nsUntilNotNegative(slope));
    credit.grow(slope, 2, LIMIT);
    assertTrue(credit.isNegative());
    credit.grow(slope, 1, LIMIT);
    assertFalse(credit.isNegative());
    assertEquals(0, credit.nanobits());
    assertFalse(credit.isZero(), "one third of a nanobit is left");
  }

  @Test
  void shouldRoundDownWhenAnotherSlopeComes() {
    Slope thirds = new Slope(1, 2, 3);
    Slope halves = new Slope(1, 1, 2);
    Credit credit = new Credit();
    credit.useFractionOf(thirds);
    credit.grow(thirds, 1, LIMIT); // 5/3
    credit.useFractionOf(halves); // 3/2
    credit.grow(halves, 1, LIMIT); // 3
    assertEquals(3, credit.nanobits());
    credit.clear();
    assertTrue(credit.isZero());
  }

  /** Compared with fractions of big integers. */
  @Property(tries = 500)
  void shouldBeExact(@ForAll long seed) {
    Random random = new Random(seed);
    long denominator = 1L + random.nextInt(Integer.MAX_VALUE - 1);
    Slope slope =
        new Slope(1 + random.nextLong(TEN_GIGABIT), random.nextLong(denominator), denominator);
    BigInteger d = BigInteger.valueOf(denominator);
    BigInteger perNs =
        BigInteger.valueOf(slope.whole()).multiply(d).add(BigInteger.valueOf(slope.fraction()));
    Credit credit = new Credit();
    credit.useFractionOf(slope);
    BigInteger exact = BigInteger.ZERO;
    for (int step = 0; step < 20; step++) {
      if (exact.signum() >= 0) {
        long durationNs = 1L + random.nextInt(50_000);
        credit.spend(slope, TEN_GIGABIT, durationNs);
        BigInteger fall = perNs.subtract(BigInteger.valueOf(TEN_GIGABIT).multiply(d));
        exact = exact.add(fall.multiply(BigInteger.valueOf(durationNs)));
      }
      if (exact.signum() < 0) {
        BigInteger needed = exact.negate().add(perNs).subtract(BigInteger.ONE).divide(perNs);
        assertEquals(needed.longValueExact(), credit.nsUntilNotNegative(slope));
      }
      long growNs = random.nextLong(random.nextBoolean() ? 1_000 : 1L << 50);
      credit.grow(slope, growNs, LIMIT);
      BigInteger grown = exact.add(perNs.multiply(BigInteger.valueOf(growNs)));
      BigInteger limit = BigInteger.valueOf(LIMIT).multiply(d);
      exact = exact.compareTo(limit) >= 0 ? exact : grown.min(limit);
      assertEquals(floor(exact, d), credit.nanobits());
    }
  }

  private static long floor(BigInteger numerator, BigInteger denominator) {
    BigInteger[] parts = numerator.divideAndRemainder(denominator);
    return parts[0].longValueExact() - (parts[1].signum() < 0 ? 1 : 0);
  }
}
