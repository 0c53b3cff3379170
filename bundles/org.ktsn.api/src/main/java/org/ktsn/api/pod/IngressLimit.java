package org.ktsn.api.pod;

/**
 * How much may be sent to a pod: a token bucket at the switch's end of its interface, for all
 * traffic.
 *
 * @param rateBitsPerSecond the rate, {@link #MIN_BITS_PER_SECOND} to {@link
 *     Bandwidth#MAX_BITS_PER_SECOND}
 * @param burstBits the bucket's size, 1 or more; what the kernel needs at least is used if it is
 *     less
 */
public record IngressLimit(long rateBitsPerSecond, long burstBits) {
  /** The lowest rate, which Kubernetes has as well: 1 kb/s. */
  public static final long MIN_BITS_PER_SECOND = 1_000;

  private static final long USUAL_BURST_MS = 25;
  private static final long LEAST_USUAL_BURST_BITS = 8 * 16_384L;

  /** Checks the ranges. */
  public IngressLimit {
    if (rateBitsPerSecond < MIN_BITS_PER_SECOND
        || rateBitsPerSecond > Bandwidth.MAX_BITS_PER_SECOND) {
      throw new IllegalArgumentException(
          "the rate towards a pod is "
              + rateBitsPerSecond
              + " bit/s; give "
              + MIN_BITS_PER_SECOND
              + " to "
              + Bandwidth.MAX_BITS_PER_SECOND);
    }
    if (burstBits < 1) {
      throw new IllegalArgumentException(
          "the burst towards a pod is " + burstBits + " bits; give 1 or more");
    }
  }

  /** A rate with the usual burst: what comes in 25 ms, 16 KiB at least. */
  public static IngressLimit of(long rateBitsPerSecond) {
    return new IngressLimit(
        rateBitsPerSecond,
        Math.max(LEAST_USUAL_BURST_BITS, rateBitsPerSecond / 1_000 * USUAL_BURST_MS));
  }
}
