package org.ktsn.api.shaper;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A look at the credits of a {@link Shaper} that has some (IEEE 802.1Q-2022 8.6.8.2): implemented
 * beside it by the same object. Nothing here changes a plan or allocates. Planner thread only.
 *
 * <p>Slopes are the operational ones: scaled by cycle time over gate open time while a gate control
 * list runs, and never above the port's rate. Fractions are rounded down.
 */
@ConsumerType
public interface CreditView {
  /** Tells whether the frames of a class need credit; the other answers are 0 if they don't. */
  boolean isCreditBased(int trafficClass);

  /** Returns {@code operIdleSlope} in bit/s, as in force at an instant. */
  long idleSlopeBitsPerSecond(int trafficClass, long atNs);

  /** Returns {@code sendSlope} in bit/s, 0 or less, as in force at an instant. */
  long sendSlopeBitsPerSecond(int trafficClass, long atNs);

  /** Returns the limit that the credit never rises above, in bits, as in force at an instant. */
  long hiCreditBits(int trafficClass, long atNs);

  /**
   * Returns the credit, 0 or less, after the largest frame was sent with none, in bits: it falls no
   * lower.
   */
  long loCreditBits(int trafficClass, long atNs);

  /**
   * Returns the credit at an instant by what is queued now, in bits. Frames that were taken already
   * are spent: until their planned end the credit is the one that they leave behind.
   */
  long creditBits(int trafficClass, long atNs);
}
