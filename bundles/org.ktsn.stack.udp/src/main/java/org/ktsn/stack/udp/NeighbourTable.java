package org.ktsn.stack.udp;

import java.util.Map;
import java.util.SplittableRandom;

/**
 * The neighbours of a pod's interface, ready for the planner: an open-addressing hash table from
 * address to {@linkplain #entry entry}. Immutable; a look-up allocates nothing.
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
  static final NeighbourTable EMPTY = new NeighbourTable(Map.of(), 1L, 1L);

  private static final long MAC_MASK = 0xffff_ffff_ffffL;
  private static final SplittableRandom RANDOM = new SplittableRandom();

  private final long highMultiplier;
  private final long lowMultiplier;
  private final int shift;
  private final long[] highs;
  private final long[] lows;
  private final long[] entries;

  private NeighbourTable(Map<IpAddress, Long> neighbours, long highMultiplier, long lowMultiplier) {
    // At most half full.
    int bits = 33 - Integer.numberOfLeadingZeros(Math.max(2, neighbours.size()));
    this.highMultiplier = highMultiplier;
    this.lowMultiplier = lowMultiplier;
    this.shift = 64 - bits;
    this.highs = new long[1 << bits];
    this.lows = new long[1 << bits];
    this.entries = new long[1 << bits];
    neighbours.forEach(this::put);
  }

  /** Makes a table; mirror thread. */
  static NeighbourTable of(Map<IpAddress, Long> neighbours) {
    return neighbours.isEmpty()
        ? EMPTY
        : new NeighbourTable(neighbours, RANDOM.nextLong() | 1, RANDOM.nextLong() | 1);
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
  long find(long high, long low) {
    int mask = entries.length - 1;
    for (int at = slot(high, low); ; at = (at + 1) & mask) {
      long entry = entries[at];
      if (entry == 0 || (lows[at] == low && highs[at] == high)) {
        return entry;
      }
    }
  }

  private void put(IpAddress address, long entry) {
    int mask = entries.length - 1;
    int at = slot(address.high(), address.low());
    while (entries[at] != 0) {
      at = (at + 1) & mask;
    }
    highs[at] = address.high();
    lows[at] = address.low();
    entries[at] = entry;
  }

  private int slot(long high, long low) {
    return (int) ((high * highMultiplier + low * lowMultiplier) >>> shift);
  }
}
