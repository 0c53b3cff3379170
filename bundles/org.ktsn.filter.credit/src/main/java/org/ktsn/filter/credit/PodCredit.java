package org.ktsn.filter.credit;

import java.math.BigInteger;
import org.ktsn.api.pod.Bandwidth;

/**
 * One pod's credit-based shaper (IEEE 802.1Q-2022 34.6.1, 8.6.8.2), kept as the instant at which
 * the credit is zero again: from there on the pod's next frame is eligible.
 *
 * <pre>
 *   a frame is charged      zero(next) = zero + length / idleSlope
 *   none waited before it   zero = when it came, or zero, the later one: nothing is saved up
 *   it leaves               zero = hiCredit / idleSlope before, or zero, the later one
 * </pre>
 *
 * <p>So a pod without frames saves nothing up, and one that others keep from the link saves up to
 * hiCredit. The instant is a fraction, nanoseconds and {@code part / idleSlope}: nothing is
 * rounded, and nothing drifts.
 *
 * <p>A frame that is not eligible when its turn comes is <em>dated</em>: it is charged in advance,
 * and gets the instant at which it is eligible; so are all that come up while it waits, and stay
 * behind it. If it then leaves so late that more than hiCredit was saved up, those dated behind it
 * move by the excess: {@link #shiftNs}. Planner thread only; nothing allocates after construction.
 */
final class PodCredit {
  private static final long BIT_NANOSECONDS_PER_OCTET = 8_000_000_000L;

  /** No longer than this is anything saved up: 36 years. */
  private static final long LONGEST_NS = 1L << 60;

  private final long idleSlope;
  private final boolean hasOwnLimit;

  /** For how long credit can be saved up: {@code hiCredit / idleSlope}. */
  private long savedNs;

  private long zeroNs = Long.MIN_VALUE;
  private long part;
  private long lastDepartsNs = Long.MIN_VALUE;

  /** What is charged in advance and has not left. */
  private long datedOctets;

  private long shiftNs;

  /**
   * Opens an account without credit.
   *
   * @param interferenceNs for how long others may keep a frame from the link: it is what hiCredit
   *     follows from, if it is not given
   */
  PodCredit(Bandwidth bandwidth, long interferenceNs) {
    idleSlope = bandwidth.idleSlopeBitsPerSecond();
    hasOwnLimit = bandwidth.hiCreditBits().isPresent();
    savedNs = interferenceNs;
    if (hasOwnLimit) {
      savedNs =
          BigInteger.valueOf(bandwidth.hiCreditBits().getAsLong())
              .multiply(BigInteger.valueOf(1_000_000_000))
              .divide(BigInteger.valueOf(idleSlope))
              .min(BigInteger.valueOf(LONGEST_NS))
              .longValueExact();
    }
  }

  /** The link has changed, or the gates: others may keep a frame from it for longer, or shorter. */
  void interference(long longestNs) {
    if (!hasOwnLimit) {
      savedNs = longestNs;
    }
  }

  /** The clock was set: there is no credit, and no debt, from the time before. */
  void reset(long nowNs) {
    zeroNs = nowNs;
    part = 0;
    lastDepartsNs = Long.MIN_VALUE;
  }

  /** Tells whether frames wait that are dated: one that comes later must not leave before them. */
  boolean hasDated() {
    return datedOctets > 0;
  }

  /** Returns by how much the frames were moved that are dated. Only ever grows. */
  long shiftNs() {
    return shiftNs;
  }

  /**
   * Returns from when on a frame may leave that is not charged yet, rounded up.
   *
   * @param readyNs since when it waits
   * @param departsNs when it would leave
   */
  long eligibleNs(long readyNs, long departsNs) {
    return Math.max(creditFromNs(readyNs, departsNs), nextDateNs());
  }

  /** Returns from when on a frame may leave that stays behind those that are dated. */
  long nextDateNs() {
    return part == 0 ? zeroNs : zeroNs + 1;
  }

  /** Charges a frame that leaves, with the same instants as it was asked about. */
  void charge(long readyNs, long departsNs, long octets) {
    long creditFromNs = creditFromNs(readyNs, departsNs);
    if (creditFromNs > zeroNs) {
      zeroNs = creditFromNs;
      part = 0;
    }
    add(octets);
    lastDepartsNs = departsNs;
  }

  /** Charges a frame in advance, which is eligible at {@link #nextDateNs}. */
  void chargeDated(long octets) {
    add(octets);
    datedOctets += octets;
  }

  /** A frame waits that another filter dated and charged; none of it was charged here. */
  void wasDated(long eligibleNs, long octets) {
    long bitNs = octets * BIT_NANOSECONDS_PER_OCTET;
    long chargedNs = eligibleNs + bitNs / idleSlope;
    if (chargedNs >= zeroNs) {
      zeroNs = chargedNs;
      part = bitNs % idleSlope;
    }
    datedOctets += octets;
  }

  /** Returns what is charged in advance and has not left, in octets. */
  long datedOctets() {
    return datedOctets;
  }

  /** A dated frame leaves; what was saved up above hiCredit is lost to those behind it. */
  void datedLeaves(long eligibleNs, long departsNs, long octets) {
    datedOctets -= octets;
    lastDepartsNs = departsNs;
    long excessNs = departsNs - savedNs - eligibleNs;
    if (excessNs > 0) {
      long bitNs = (datedOctets + octets) * BIT_NANOSECONDS_PER_OCTET;
      long leastZeroNs = departsNs - savedNs + Math.ceilDiv(bitNs, idleSlope);
      long moveNs = Math.min(excessNs, leastZeroNs - zeroNs);
      if (moveNs > 0) {
        zeroNs += moveNs;
        shiftNs += moveNs;
      }
    }
  }

  /** A dated frame is dropped; it stays charged. */
  void datedGone(long octets) {
    datedOctets -= octets;
  }

  /** What is saved up is not from before this instant. */
  private long creditFromNs(long readyNs, long departsNs) {
    // A frame that came while another waited finds what that one has saved up. A clock that was set
    // may have a frame come after it leaves.
    long soonestNs = readyNs <= lastDepartsNs ? Long.MIN_VALUE : Math.min(readyNs, departsNs);
    return Math.max(soonestNs, departsNs - savedNs);
  }

  private void add(long octets) {
    long bitNs = octets * BIT_NANOSECONDS_PER_OCTET;
    zeroNs += bitNs / idleSlope;
    part += bitNs % idleSlope;
    if (part >= idleSlope) {
      part -= idleSlope;
      zeroNs++;
    }
  }
}
