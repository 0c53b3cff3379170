package org.ktsn.shaper.contract;

import java.math.BigInteger;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateParameters;

/**
 * The slopes and limits of the credits under one set of gate parameters, for the oracle. Of class c
 * the slope is {@code perTick[c] / unit[c]} bit/s; credits are counted in {@code 1 / unit[c]}
 * nanobits. Cycles are whole nanoseconds.
 */
final class CreditRates {
  final long[] perTick = new long[8];
  final long[] unit = new long[8];
  final long[] hi = new long[8];

  CreditRates(CreditRules rules, GateParameters parameters, PortModel port) {
    long rate = port.rateBitsPerSecond();
    long longestNs = port.durationNs(rules.maxFrameOctets());
    for (int c = 0; c < 8; c++) {
      BigInteger slope = BigInteger.valueOf(rules.idleSlopes().get(c));
      boolean gated = parameters.gateEnabled() && !parameters.controlList().isEmpty();
      long openNs = gated && slope.signum() > 0 ? openNs(parameters, c) : 0;
      if (gated && openNs > 0) {
        long cycleNs = parameters.cycleTime().nanosecondsRoundedDown();
        BigInteger scaled = slope.multiply(BigInteger.valueOf(cycleNs));
        BigInteger divisor = scaled.gcd(BigInteger.valueOf(openNs));
        perTick[c] = scaled.divide(divisor).longValueExact();
        unit[c] = openNs / divisor.longValueExact();
      } else {
        perTick[c] = slope.longValueExact();
        unit[c] = 1;
      }
      if (perTick[c] / unit[c] >= rate) {
        perTick[c] = rate;
        unit[c] = 1;
      }
    }
    for (int c = 0; c < 8; c++) {
      hi[c] = perTick[c] == 0 ? 0 : hi(c, rate, c == 0 ? 0 : longestNs, longestNs);
    }
  }

  /**
   * Annex L, with every fraction over one denominator; in the class's unit, rounded up to a
   * nanobit.
   */
  private long hi(int trafficClass, long rate, long lowerNs, long higherNs) {
    BigInteger all = BigInteger.ONE;
    for (long each : unit) {
      all = all.multiply(BigInteger.valueOf(each));
    }
    BigInteger allRate = all.multiply(BigInteger.valueOf(rate));
    BigInteger blocked = allRate.multiply(BigInteger.valueOf(lowerNs));
    BigInteger left = allRate;
    for (int c = trafficClass + 1; c < 8; c++) {
      BigInteger slope = slopeOver(all, c);
      left = left.subtract(slope);
      blocked = blocked.add(allRate.subtract(slope).multiply(BigInteger.valueOf(higherNs)));
    }
    if (left.signum() <= 0) {
      return Long.MAX_VALUE;
    }
    BigInteger below = left.multiply(all);
    BigInteger nanobits =
        slopeOver(all, trafficClass)
            .multiply(blocked)
            .add(below.subtract(BigInteger.ONE))
            .divide(below);
    BigInteger inUnit = nanobits.multiply(BigInteger.valueOf(unit[trafficClass]));
    return inUnit.bitLength() > 62 ? Long.MAX_VALUE : inUnit.longValueExact();
  }

  private BigInteger slopeOver(BigInteger denominator, int c) {
    return BigInteger.valueOf(perTick[c]).multiply(denominator).divide(BigInteger.valueOf(unit[c]));
  }

  /** How many nanoseconds of a cycle the gate of a class is open: counted one by one. */
  private static long openNs(GateParameters parameters, int trafficClass) {
    long cycleNs = parameters.cycleTime().nanosecondsRoundedDown();
    long open = 0;
    int entry = 0;
    long entryEndsNs = 0;
    int states = 0;
    for (long t = 0; t < cycleNs; t++) {
      while (t == entryEndsNs && entry < parameters.controlList().size()) {
        GateControlEntry next = parameters.controlList().get(entry++);
        states = next.gateStates();
        entryEndsNs += Math.max(1, next.timeIntervalNs());
      }
      open += states >> trafficClass & 1;
    }
    return open;
  }
}
