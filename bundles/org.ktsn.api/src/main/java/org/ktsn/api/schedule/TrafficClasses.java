package org.ktsn.api.schedule;

/**
 * The recommended mapping of priorities to traffic classes (IEEE 802.1Q-2022 Table 8-5 / I-1), by
 * number of classes.
 */
public final class TrafficClasses {
  private static final byte[][] BY_COUNT = {
    {0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 1, 1, 1, 1},
    {0, 0, 0, 0, 1, 1, 2, 2},
    {0, 0, 1, 1, 2, 2, 3, 3},
    {0, 0, 1, 1, 2, 2, 3, 4},
    {1, 0, 2, 2, 3, 3, 4, 5},
    {1, 0, 2, 3, 4, 4, 5, 6},
    {1, 0, 2, 3, 4, 5, 6, 7},
  };

  private final byte[] map;

  /**
   * Makes the mapping for a number of classes.
   *
   * @param count 1 to 8
   */
  public TrafficClasses(int count) {
    if (count < 1 || count > 8) {
      throw new IllegalArgumentException(count + " traffic classes; give 1 to 8");
    }
    map = BY_COUNT[count - 1];
  }

  /** Returns the traffic class of a priority code point, 0 to 7. */
  public int of(int pcp) {
    return map[pcp & 7];
  }
}
