package org.example.shaper.ats;

/**
 * One scheduler of asynchronous traffic shaping (IEEE 802.1Q-2022 8.6.11): a bucket of tokens, one
 * for each bit, that fills at the committed information rate up to the committed burst size. A
 * frame is eligible once there are tokens for all of it. Times are TAI nanoseconds.
 */
final class TokenBucket {
  static final int MAX_BURST_OCTETS = 1_000_000_000;

  private static final long FASTEST_LINK_BITS_PER_SECOND = 1_000_000_000_000L;
  private static final long BIT_NANOSECONDS_PER_OCTET = 8_000_000_000L;

  private final long rateBitsPerSecond;
  private final long emptyToFullNs;

  /** The instant at which the bucket was, or would have been, empty; it is full at the start. */
  private long bucketEmptyTimeNs;

  TokenBucket(long rateBitsPerSecond, int burstOctets) {
    this.rateBitsPerSecond = rateBitsPerSecond;
    emptyToFullNs = lengthRecoveryNs(burstOctets);
    bucketEmptyTimeNs = -emptyToFullNs;
  }

  /** Makes a bucket that no link can empty. */
  static TokenBucket unlimited() {
    return new TokenBucket(FASTEST_LINK_BITS_PER_SECOND, MAX_BURST_OCTETS);
  }

  /** Returns the instant, that of arrival or later, at which a frame is eligible. */
  long eligibilityTimeNs(long arrivalNs, int octets) {
    return Math.max(arrivalNs, bucketEmptyTimeNs + lengthRecoveryNs(octets));
  }

  /** Takes a frame's tokens at its eligibility time; what the bucket could not hold is lost. */
  void take(long eligibilityTimeNs, int octets) {
    long noFullerNs = Math.max(bucketEmptyTimeNs, eligibilityTimeNs - emptyToFullNs);
    bucketEmptyTimeNs = noFullerNs + lengthRecoveryNs(octets);
  }

  /** Gives the tokens of a frame back that was not sent. */
  void giveBack(int octets) {
    bucketEmptyTimeNs -= lengthRecoveryNs(octets);
  }

  private long lengthRecoveryNs(int octets) {
    return Math.ceilDiv(octets * BIT_NANOSECONDS_PER_OCTET, rateBitsPerSecond);
  }
}
