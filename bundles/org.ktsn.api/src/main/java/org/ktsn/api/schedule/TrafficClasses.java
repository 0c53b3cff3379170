package org.ktsn.api.schedule;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

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

  private TrafficClasses(byte[] map) {
    this.map = map;
  }

  /**
   * Reads a mapping of one's own: the classes of priorities 0 to 7, with commas between them.
   *
   * @param text for instance {@code 1,0,2,3,4,5,6,7}
   * @param count how many classes there are, 1 to 8
   * @throws IllegalArgumentException if it is anything else, with the remedy
   */
  public static TrafficClasses parse(String text, int count) {
    String[] parts = text.strip().split("\\s*,\\s*", -1);
    byte[] map = new byte[8];
    boolean right = parts.length == map.length;
    for (int pcp = 0; right && pcp < map.length; pcp++) {
      right = parts[pcp].matches("[0-7]") && Integer.parseInt(parts[pcp]) < count;
      map[pcp] = right ? Byte.parseByte(parts[pcp]) : 0;
    }
    if (!right) {
      throw new IllegalArgumentException(
          "the traffic classes of the priorities are '"
              + text
              + "'; give eight classes from 0 to "
              + (count - 1)
              + " with commas, for priorities 0 to 7");
    }
    return new TrafficClasses(map);
  }

  /** Returns the classes of priorities 0 to 7, with commas between them. */
  @Override
  public String toString() {
    return IntStream.range(0, map.length)
        .mapToObj(pcp -> Integer.toString(map[pcp]))
        .collect(Collectors.joining(","));
  }

  /** Returns the traffic class of a priority code point, 0 to 7. */
  public int of(int pcp) {
    return map[pcp & 7];
  }
}
