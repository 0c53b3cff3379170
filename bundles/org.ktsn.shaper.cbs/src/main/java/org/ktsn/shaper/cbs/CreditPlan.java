package org.ktsn.shaper.cbs;

import java.math.BigInteger;
import java.util.List;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;

/**
 * The slopes and limits of all classes under one set of gate parameters. Immutable.
 *
 * <p>The limits follow IEEE 802.1Q-2022 Annex L. A class waits longest behind the largest frame of
 * the classes below it, with all classes above it served before it is:
 *
 * <pre>
 *   hiCredit = idleSlope * (M0 + sum(Mi * (R - idleSlope_i) / R)) / (R - sum(idleSlope_i))
 *   loCredit = M * (idleSlope - R) / R
 * </pre>
 *
 * where i runs over the classes above. For the highest class this is {@code M0 * idleSlope / R},
 * for the second {@code idleSlope * (M0 / (R - idleSlope_A) + M_A / R)}. A class above that needs
 * no credit counts with one frame. Sizes are taken as times on the link, so all overhead is in.
 *
 * @param slopes per class; {@link Slope#NONE} for a class without credit
 * @param hiNanobits the limit of each class from above, rounded up
 * @param loNanobits the least credit of each class, rounded down
 */
record CreditPlan(List<Slope> slopes, List<Long> hiNanobits, List<Long> loNanobits) {
  /** The limit where none follows from the slopes: a little more than 1 Gbit. */
  static final long UNLIMITED = 1L << 60;

  private static final int CLASSES = 8;

  /** Makes the plan for slopes as configured, 0 for a class without credit. */
  static CreditPlan of(
      IdleSlopes idleSlopes, GateParameters parameters, PortModel port, int maxFrameOctets) {
    long rate = port.rateBitsPerSecond();
    Slope[] slopes = new Slope[CLASSES];
    long[] longestNs = new long[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      slopes[c] =
          idleSlopes.isShaped(c)
              ? Slope.operational(idleSlopes.bitsPerSecond(c), parameters, c, rate)
              : Slope.NONE;
      longestNs[c] = port.durationNs(frameOctets(parameters.queueMaxSdu().get(c), maxFrameOctets));
    }
    Long[] hi = new Long[CLASSES];
    Long[] lo = new Long[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      hi[c] = slopes[c].equals(Slope.NONE) ? 0L : hi(c, slopes, longestNs, rate);
      lo[c] = slopes[c].equals(Slope.NONE) ? 0L : (slopes[c].whole() - rate) * longestNs[c];
    }
    return new CreditPlan(List.of(slopes), List.of(hi), List.of(lo));
  }

  private static int frameOctets(int maxSdu, int maxFrameOctets) {
    return maxSdu == 0
        ? maxFrameOctets
        : Math.min(maxFrameOctets, maxSdu + CbsShaper.HEADER_OCTETS);
  }

  private static long hi(int trafficClass, Slope[] slopes, long[] longestNs, long rate) {
    BigInteger scale = BigInteger.ONE; // one denominator for all slopes
    for (Slope slope : slopes) {
      scale = scale.multiply(BigInteger.valueOf(slope.denominator()));
    }
    BigInteger scaledRate = scale.multiply(BigInteger.valueOf(rate));
    long lowerNs = 0;
    for (int c = 0; c < trafficClass; c++) {
      lowerNs = Math.max(lowerNs, longestNs[c]);
    }
    BigInteger interference = scaledRate.multiply(BigInteger.valueOf(lowerNs));
    BigInteger rest = scaledRate;
    for (int c = trafficClass + 1; c < CLASSES; c++) {
      BigInteger slope = scaled(slopes[c], scale);
      rest = rest.subtract(slope);
      interference =
          interference.add(scaledRate.subtract(slope).multiply(BigInteger.valueOf(longestNs[c])));
    }
    if (rest.signum() <= 0) {
      return UNLIMITED;
    }
    BigInteger[] nanobits =
        scaled(slopes[trafficClass], scale)
            .multiply(interference)
            .divideAndRemainder(rest.multiply(scale));
    BigInteger up = nanobits[1].signum() == 0 ? nanobits[0] : nanobits[0].add(BigInteger.ONE);
    return up.min(BigInteger.valueOf(UNLIMITED)).longValue();
  }

  private static BigInteger scaled(Slope slope, BigInteger scale) {
    BigInteger denominator = BigInteger.valueOf(slope.denominator());
    return BigInteger.valueOf(slope.whole())
        .multiply(denominator)
        .add(BigInteger.valueOf(slope.fraction()))
        .multiply(scale.divide(denominator));
  }
}
