package org.ktsn.shaper.cbs;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ktsn.api.port.PortModel;

/** The idle slope of each class as configured ({@code adminIdleSlope}); immutable. */
final class IdleSlopes {
  private static final int CLASSES = 8;

  private final long[] bitsPerSecond;

  private IdleSlopes(long[] bitsPerSecond) {
    this.bitsPerSecond = bitsPerSecond;
  }

  /**
   * Reads {@code CLASS=BITS_PER_SECOND} pairs with commas between them; an empty text has none.
   *
   * @throws IllegalArgumentException if it is anything else, with the remedy
   */
  static IdleSlopes parse(String text) {
    long[] slopes = new long[CLASSES];
    for (String pair : text.isBlank() ? new String[0] : text.split(",", -1)) {
      String[] sides = pair.strip().split("=", -1);
      if (sides.length != 2 || !sides[0].strip().matches("[0-7]")) {
        throw new IllegalArgumentException(
            "idle.slopes has '"
                + pair.strip()
                + "'; give CLASS=BITS_PER_SECOND with a class from 0 to 7, for instance"
                + " 7=20000000,6=10000000");
      }
      int trafficClass = Integer.parseInt(sides[0].strip());
      if (slopes[trafficClass] != 0) {
        throw new IllegalArgumentException(
            "idle.slopes names class " + trafficClass + " twice; give each class once");
      }
      slopes[trafficClass] = slope(trafficClass, sides[1].strip());
    }
    return new IdleSlopes(slopes);
  }

  private static long slope(int trafficClass, String text) {
    if (!text.matches("[0-9]{1,13}") || Long.parseLong(text) == 0) {
      throw new IllegalArgumentException(
          "idle.slopes gives class "
              + trafficClass
              + " '"
              + text
              + "'; give whole bits per second, 1 or more");
    }
    return Long.parseLong(text);
  }

  boolean isShaped(int trafficClass) {
    return bitsPerSecond[trafficClass] != 0;
  }

  /** Returns a class's slope, 0 if it needs no credit. */
  long bitsPerSecond(int trafficClass) {
    return bitsPerSecond[trafficClass];
  }

  /**
   * Admits the slopes to a port: together they may not claim more than its rate (34.3).
   *
   * @throws IllegalArgumentException if they do, with the numbers
   */
  void admit(PortModel port) {
    long sum = Arrays.stream(bitsPerSecond).sum();
    long rate = port.rateBitsPerSecond();
    if (sum > rate) {
      String terms =
          IntStream.iterate(CLASSES - 1, c -> c >= 0, c -> c - 1)
              .filter(this::isShaped)
              .mapToObj(c -> "class " + c + ": " + bitsPerSecond[c])
              .collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "the idle slopes claim "
              + sum
              + " bit/s ("
              + terms
              + "), the port has "
              + rate
              + "; lower idle.slopes by "
              + (sum - rate)
              + " bit/s or configure the port's rate");
    }
  }
}
