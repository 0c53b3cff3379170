package org.ktsn.dataplane;

/**
 * How launch errors are sorted into a few counters per flow: four buckets to each power of two from
 * 16 ns to 268 ms, so that what is read back is at most a quarter too high.
 */
final class ErrorBuckets {
  private static final int LOWEST_BIT = 4;
  private static final int HIGHEST_BIT = 27;

  /** How many there are. */
  static final int COUNT = 1 + (HIGHEST_BIT - LOWEST_BIT + 1) * 4;

  private ErrorBuckets() {}

  /** Returns the bucket of a value; what is negative is 0, what is too large in the last one. */
  static int of(long valueNs) {
    if (valueNs < 1L << LOWEST_BIT) {
      return 0;
    }
    int bit = 63 - Long.numberOfLeadingZeros(valueNs);
    return bit > HIGHEST_BIT
        ? COUNT - 1
        : 1 + (bit - LOWEST_BIT) * 4 + ((int) (valueNs >>> (bit - 2)) & 3);
  }

  /** Returns the largest value of a bucket, in nanoseconds. */
  static long highestNs(int bucket) {
    if (bucket == 0) {
      return (1L << LOWEST_BIT) - 1;
    }
    int bit = LOWEST_BIT + (bucket - 1) / 4;
    return ((5L + (bucket - 1) % 4) << (bit - 2)) - 1;
  }

  /**
   * Returns the value that a share of all values does not exceed, 0 if there is none.
   *
   * @param counts values by bucket
   * @param total their sum
   * @param share 0 to 1
   */
  static long quantileNs(int[] counts, long total, double share) {
    long wanted = Math.max(1, (long) Math.ceil(total * share));
    long seen = 0;
    for (int bucket = 0; bucket < COUNT; bucket++) {
      seen += counts[bucket];
      if (seen >= wanted) {
        return highestNs(bucket);
      }
    }
    return 0;
  }
}
