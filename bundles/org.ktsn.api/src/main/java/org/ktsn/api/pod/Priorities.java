package org.ktsn.api.pod;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The priorities (IEEE 802.1Q-2022 6.9.3: what the PCP of a frame says) that a pod's frames may
 * have, as a switch's port has a table that regenerates those of what comes in.
 *
 * @param mask a bit a priority, the lowest for priority 0; one of them at least
 */
public record Priorities(int mask) {
  private static final int COUNT = 8;

  /** Every priority. */
  public static final Priorities ALL = new Priorities((1 << COUNT) - 1);

  /** Checks the range. */
  public Priorities {
    if (mask < 1 || mask >= 1 << COUNT) {
      throw new IllegalArgumentException(
          "a pod's priorities are the mask " + mask + "; allow one of 0 to 7 at least");
    }
  }

  /**
   * Reads {@code 0-5}, {@code 3} or {@code 0,2-4}.
   *
   * @throws IllegalArgumentException if it is anything else, with the remedy
   */
  public static Priorities parse(String text) {
    int mask = 0;
    for (String part : text.split(",", -1)) {
      String range = part.strip();
      if (!range.matches("[0-7](-[0-7])?") || range.charAt(0) > range.charAt(range.length() - 1)) {
        throw new IllegalArgumentException(
            "'"
                + text
                + "' is no set of priorities; give some of 0 to 7, for instance 0-5 or 0,2-4");
      }
      for (int priority = range.charAt(0) - '0';
          priority <= range.charAt(range.length() - 1) - '0';
          priority++) {
        mask |= 1 << priority;
      }
    }
    return new Priorities(mask);
  }

  /** Tells whether all of others' are among these. */
  public boolean contains(Priorities others) {
    return (others.mask & ~mask) == 0;
  }

  /**
   * Returns the priority that a frame gets which asks for one: itself if it is allowed, otherwise
   * the next lower one that is, or the lowest of all if there is none below.
   *
   * @param priority 0 to 7
   */
  public int regenerated(int priority) {
    int notAbove = mask & (2 << priority) - 1;
    return notAbove == 0
        ? Integer.numberOfTrailingZeros(mask)
        : 31 - Integer.numberOfLeadingZeros(notAbove);
  }

  /** Writes what {@link #parse} reads, ranges joined. */
  @Override
  public String toString() {
    return IntStream.range(0, COUNT)
        .filter(priority -> has(priority) && !has(priority - 1))
        .mapToObj(this::range)
        .collect(Collectors.joining(","));
  }

  private String range(int first) {
    int last = first;
    while (has(last + 1)) {
      last++;
    }
    return first == last ? String.valueOf(first) : first + "-" + last;
  }

  private boolean has(int priority) {
    return priority >= 0 && (mask >> priority & 1) != 0;
  }
}
