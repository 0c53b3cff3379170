package org.ktsn.stack.udp;

import java.util.Map;
import java.util.SplittableRandom;

/**
 * The neighbours of a pod's interface, ready for the planner: an open-addressing hash table from
 * IPv4 address to {@linkplain #entry entry}. Immutable; a look-up allocates nothing.
 *
 * <p>A pod chooses the addresses in it. The hash is keyed anew for each table, so that it can't
 * choose them to collide.
 */
final class NeighbourTable {
  /** There is no such neighbour. */
  static final int UNKNOWN = 0;

  /** Its MAC is known and believed. */
  static final int REACHABLE = 1;

  /** Its MAC is known and must be confirmed when it is used. */
  static final int STALE = 2;

  /** It is being resolved. */
  static final int INCOMPLETE = 3;

  /** It did not answer. */
  static final int FAILED = 4;

  /** No route of the interface leads there. */
  static final int REFUSED = 5;

  /** A table without neighbours. */
  static final NeighbourTable EMPTY = new NeighbourTable(Map.of(), 1L);

  private static final long MAC_MASK = 0xffff_ffff_ffffL;
  private static final SplittableRandom RANDOM = new SplittableRandom();

  private final long multiplier;
  private final int shift;
  private final int[] addresses;
  private final long[] entries;

  private NeighbourTable(Map<Integer, Long> neighbours, long multiplier) {
    // At most half full.
    int bits = 33 - Integer.numberOfLeadingZeros(Math.max(2, neighbours.size()));
    this.multiplier = multiplier;
    this.shift = 64 - bits;
    this.addresses = new int[1 << bits];
    this.entries = new long[1 << bits];
    neighbours.forEach(this::put);
  }

  /** Makes a table; mirror thread. */
  static NeighbourTable of(Map<Integer, Long> neighbours) {
    return neighbours.isEmpty() ? EMPTY : new NeighbourTable(neighbours, RANDOM.nextLong() | 1);
  }

  /** Packs a neighbour's state and its MAC address. */
  static long entry(int state, long mac) {
    return (long) state << 48 | mac;
  }

  /** Returns the state in an entry. */
  static int state(long entry) {
    return (int) (entry >>> 48);
  }

  /** Returns the MAC address in an entry. */
  static long mac(long entry) {
    return entry & MAC_MASK;
  }

  /** Returns a neighbour's entry; its state is {@link #UNKNOWN} if there is none. */
  long find(int address) {
    int mask = addresses.length - 1;
    for (int at = slot(address); ; at = (at + 1) & mask) {
      long entry = entries[at];
      if (entry == 0 || addresses[at] == address) {
        return entry;
      }
    }
  }

  private void put(int address, long entry) {
    int mask = addresses.length - 1;
    int at = slot(address);
    while (entries[at] != 0) {
      at = (at + 1) & mask;
    }
    addresses[at] = address;
    entries[at] = entry;
  }

  private int slot(int address) {
    return (int) (((address & 0xffff_ffffL) * multiplier) >>> shift);
  }
}
