package org.ktsn.shaper.cbs;

import java.math.BigInteger;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateParameters;

/**
 * An idle slope as an exact fraction, {@code whole + fraction / denominator} bit/s, which is as
 * many nanobits in a nanosecond.
 *
 * @param whole bit/s, rounded down; 0 only for {@link #NONE}
 * @param fraction 0 to {@code denominator - 1}
 * @param denominator 1 to {@link #MAX_DENOMINATOR}
 */
record Slope(long whole, long fraction, long denominator) {
  /** The slope of a class that needs no credit. */
  static final Slope NONE = new Slope(0, 0, 1);

  /** Finer fractions are rounded down to this one: products of two such numbers fit a long. */
  static final long MAX_DENOMINATOR = Integer.MAX_VALUE;

  private static final BigInteger NANOSECONDS_PER_SECOND = BigInteger.valueOf(1_000_000_000);

  /**
   * Returns {@code operIdleSlope}: while a list runs the configured slope times the cycle time over
   * the time for which the gate is open in a cycle (8.6.8.2), but not above the port's rate. As it
   * is configured where no list runs or the gate never opens.
   */
  static Slope operational(
      long idleSlope, GateParameters parameters, int trafficClass, long rateBitsPerSecond) {
    BigInteger slope = BigInteger.valueOf(idleSlope);
    if (!parameters.gateEnabled() || parameters.controlList().isEmpty()) {
      return of(slope, BigInteger.ONE, rateBitsPerSecond);
    }
    BigInteger cycle = cycle(parameters.cycleTime());
    BigInteger open = open(parameters, trafficClass);
    return open.signum() == 0
        ? of(slope, BigInteger.ONE, rateBitsPerSecond)
        : of(slope.multiply(cycle), open, rateBitsPerSecond);
  }

  private static Slope of(BigInteger numerator, BigInteger denominator, long rateBitsPerSecond) {
    BigInteger divisor = numerator.gcd(denominator);
    BigInteger[] parts = numerator.divide(divisor).divideAndRemainder(denominator.divide(divisor));
    if (parts[0].compareTo(BigInteger.valueOf(rateBitsPerSecond)) >= 0) {
      return new Slope(rateBitsPerSecond, 0, 1);
    }
    BigInteger reduced = denominator.divide(divisor);
    if (reduced.bitLength() < 32) {
      return new Slope(parts[0].longValue(), parts[1].longValue(), reduced.longValue());
    }
    BigInteger fraction = parts[1].multiply(BigInteger.valueOf(MAX_DENOMINATOR)).divide(reduced);
    return new Slope(parts[0].longValue(), fraction.longValue(), MAX_DENOMINATOR);
  }

  /** The cycle in nanoseconds times the cycle time's denominator. */
  private static BigInteger cycle(CycleTime time) {
    return BigInteger.valueOf(time.numerator()).multiply(NANOSECONDS_PER_SECOND);
  }

  /**
   * {@code GateOpenTime} in the unit of {@link #cycle}: entries beyond the cycle do not run, and
   * the last one that does lasts until its end.
   */
  private static BigInteger open(GateParameters parameters, int trafficClass) {
    CycleTime time = parameters.cycleTime();
    BigInteger unit = BigInteger.valueOf(time.denominator());
    BigInteger open = BigInteger.ZERO;
    BigInteger openSince = BigInteger.ZERO;
    boolean wasOpen = false;
    long offsetNs = 0;
    for (GateControlEntry entry : parameters.controlList()) {
      if (offsetNs >= time.nanosecondsRoundedDown()) {
        break;
      }
      boolean isOpen = (entry.gateStates() >> trafficClass & 1) != 0;
      BigInteger offset = BigInteger.valueOf(offsetNs).multiply(unit);
      if (isOpen && !wasOpen) {
        openSince = offset;
      } else if (wasOpen && !isOpen) {
        open = open.add(offset.subtract(openSince));
      }
      wasOpen = isOpen;
      offsetNs += Math.max(1, entry.timeIntervalNs());
    }
    return wasOpen ? open.add(cycle(time).subtract(openSince)) : open;
  }
}
