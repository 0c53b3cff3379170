package org.ktsn.stack.udp;

import org.ktsn.foreign.NativeMemory;

/**
 * The one's complement sum of RFC 1071 over native memory. A partial sum is a {@code long} that
 * holds the sum of 16-bit words in network order, not yet folded; any number of them can be added.
 */
final class InternetChecksum {
  private InternetChecksum() {}

  /**
   * Returns the partial sum of some octets; an odd last octet counts as if a zero followed.
   *
   * @param address where they begin; need not be aligned
   * @param octets how many, 0 to 65,535
   */
  static long sum(long address, int octets) {
    long sum = 0;
    long at = address;
    long end8 = address + (octets & ~7);
    for (; at < end8; at += 8) {
      long word = NativeMemory.getLong(at);
      sum += (word & 0xffff_ffffL) + (word >>> 32);
    }
    if ((octets & 4) != 0) {
      sum += NativeMemory.getInt(at) & 0xffff_ffffL;
      at += 4;
    }
    if ((octets & 2) != 0) {
      sum += NativeMemory.getShort(at) & 0xffffL;
      at += 2;
    }
    if ((octets & 1) != 0) {
      sum += NativeMemory.getByte(at) & 0xffL;
    }
    // The sum does not depend on the order of octets but for a final swap (RFC 1071, 2 (B)).
    int littleEndian = fold(sum);
    return (littleEndian & 0xffL) << 8 | littleEndian >>> 8;
  }

  /** Returns the checksum, 16 bits: the complement of the folded sum. */
  static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  private static int fold(long sum) {
    long folded = (sum >>> 32) + (sum & 0xffff_ffffL);
    folded = (folded >>> 16) + (folded & 0xffffL);
    folded = (folded >>> 16) + (folded & 0xffffL);
    folded = (folded >>> 16) + (folded & 0xffffL);
    return (int) folded;
  }
}
