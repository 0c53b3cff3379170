package org.ktsn.filter.psfp.model;

import java.util.Optional;

/**
 * A flow meter: the bandwidth profile of MEF 10.3 (IEEE 802.1Q-2022 8.6.5.5, 12.31.4).
 *
 * @param id its identifier, 0 to 2<sup>32</sup> - 1
 * @param committedRateBitsPerSecond CIR, 0 to {@link #MAX_RATE}
 * @param committedBurstOctets CBS, 0 to {@link #MAX_BURST}
 * @param excessRateBitsPerSecond EIR, 0 to {@link #MAX_RATE}
 * @param excessBurstOctets EBS, 0 to {@link #MAX_BURST}
 * @param coupled CF: whether committed tokens that find no room become excess ones
 * @param colorAware CM: whether frames with a set DEI are yellow from the beginning
 * @param dropOnYellow whether yellow frames are dropped
 * @param markAllFramesRedEnable whether one dropped frame makes all that follow red
 * @param markAllFramesRed sets or resets that; empty leaves it as it is
 */
public record FlowMeter(
    long id,
    long committedRateBitsPerSecond,
    long committedBurstOctets,
    long excessRateBitsPerSecond,
    long excessBurstOctets,
    boolean coupled,
    boolean colorAware,
    boolean dropOnYellow,
    boolean markAllFramesRedEnable,
    Optional<Boolean> markAllFramesRed) {
  /** The highest rate in bit/s. */
  public static final long MAX_RATE = 1_000_000_000_000L;

  /**
   * The largest burst in octets: 2<sup>30</sup>, so that its tokens have their place in 64 bits.
   */
  public static final long MAX_BURST = 1L << 30;
}
