package org.ktsn.api.stack;

import org.ktsn.api.pod.MacAddress;

/** Addresses as people write them. Any thread. */
final class AddressText {
  private static final int GROUPS = 8;

  private AddressText() {}

  static String ipv4(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 0xff)
        + "."
        + (address >>> 8 & 0xff)
        + "."
        + (address & 0xff);
  }

  /** The first of the longest runs of zero groups is left out, if it is of two or more. */
  static String ipv6(long high, long low) {
    int left = 0;
    int leftOut = 1;
    for (int from = 0; from < GROUPS; from++) {
      int zeros = zeros(high, low, from);
      if (zeros > leftOut) {
        left = from;
        leftOut = zeros;
      }
    }
    return leftOut == 1
        ? groups(high, low, 0, GROUPS)
        : groups(high, low, 0, left) + "::" + groups(high, low, left + leftOut, GROUPS);
  }

  private static int zeros(long high, long low, int from) {
    int to = from;
    while (to < GROUPS && group(high, low, to) == 0) {
      to++;
    }
    return to - from;
  }

  private static String groups(long high, long low, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int at = from; at < to; at++) {
      text.append(at == from ? "" : ":").append(Integer.toHexString(group(high, low, at)));
    }
    return text.toString();
  }

  private static int group(long high, long low, int at) {
    long half = at < GROUPS / 2 ? high : low;
    return (int) (half >>> (16 * (3 - at % 4))) & 0xffff;
  }

  static String mac(long high) {
    return new MacAddress(high >>> 16).toString();
  }
}
