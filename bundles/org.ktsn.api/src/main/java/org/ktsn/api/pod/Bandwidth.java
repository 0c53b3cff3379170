package org.ktsn.api.pod;

import java.util.OptionalLong;

/**
 * What a pod may send with launch times: the parameters of a credit-based shaper for it alone, as a
 * talker has one for each of its streams (IEEE 802.1Q-2022 34.6.1).
 *
 * @param idleSlopeBitsPerSecond what it may send in the long run, 1 bit/s to {@link
 *     #MAX_BITS_PER_SECOND}, counted as on the link ({@code PortModel.linkOctets})
 * @param hiCreditBits how much it may save up while others keep its frames from the link; empty: as
 *     much as the link's longest interference makes of the idle slope
 */
public record Bandwidth(long idleSlopeBitsPerSecond, OptionalLong hiCreditBits) {
  /** The fastest link that there is a model for: 1 Tb/s. */
  public static final long MAX_BITS_PER_SECOND = 1_000_000_000_000L;

  /** Checks the ranges. */
  public Bandwidth {
    if (idleSlopeBitsPerSecond < 1 || idleSlopeBitsPerSecond > MAX_BITS_PER_SECOND) {
      throw new IllegalArgumentException(
          "a pod's idle slope is "
              + idleSlopeBitsPerSecond
              + " bit/s; give 1 to "
              + MAX_BITS_PER_SECOND);
    }
    if (hiCreditBits.isPresent() && hiCreditBits.getAsLong() < 1) {
      throw new IllegalArgumentException(
          "a pod's hiCredit is "
              + hiCreditBits.getAsLong()
              + " bits; give 1 or more, or none for what the link's interference makes");
    }
  }

  /** An idle slope with the credit that follows from the link. */
  public static Bandwidth of(long idleSlopeBitsPerSecond) {
    return new Bandwidth(idleSlopeBitsPerSecond, OptionalLong.empty());
  }
}
