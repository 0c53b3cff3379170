package org.ktsn.stack.udp;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * What a pod's interface leads to at first hand: the prefixes on its link, the gateways of its
 * routes, the broadcast addresses of its link; whatever table they are in. Which route a datagram
 * takes is the kernel's decision, made when the pod sends; this tells whether the neighbour that
 * the pod names can be one at all. Immutable; a look-up allocates nothing and its cost grows with
 * the logarithm of their number.
 */
final class NextHops {
  /** An interface without routes. */
  static final NextHops NONE = new Builder().build();

  /** Distances that overlap nowhere, in ascending order; see {@link #ordered}. */
  private final int[] first;

  private final int[] last;
  private final int[] broadcasts;

  private NextHops(int[] first, int[] last, int[] broadcasts) {
    this.first = first;
    this.last = last;
    this.broadcasts = broadcasts;
  }

  /** Tells whether an address is on the link, or a gateway. */
  boolean contains(int address) {
    int at = Arrays.binarySearch(first, ordered(address));
    if (at < 0) {
      at = -at - 2;
    }
    return at >= 0 && ordered(address) <= last[at];
  }

  /** Tells whether an address stands for all stations on the link. */
  boolean isBroadcast(int address) {
    return Arrays.binarySearch(broadcasts, address) >= 0;
  }

  /** Maps addresses to integers whose signed order is that of the addresses. */
  private static int ordered(int address) {
    return address ^ Integer.MIN_VALUE;
  }

  /** Collects routes; each distinct one counts once. */
  static final class Builder {
    private final Set<Long> prefixes = new HashSet<>();
    private final Set<Integer> broadcasts = new HashSet<>();

    /** Adds what is on the link; the bits of {@code network} behind the prefix are zero. */
    void addPrefix(int network, int prefixLength) {
      int behind = prefixLength == 0 ? -1 : ~(-1 << (32 - prefixLength));
      prefixes.add((long) ordered(network) << 32 | (ordered(network | behind) & 0xffff_ffffL));
    }

    void addGateway(int address) {
      addPrefix(address, 32);
    }

    void addBroadcast(int address) {
      broadcasts.add(address);
    }

    /** Returns how many there are. */
    int size() {
      return prefixes.size() + broadcasts.size();
    }

    NextHops build() {
      long[] sorted = prefixes.stream().mapToLong(Long::longValue).sorted().toArray();
      int[] first = new int[sorted.length];
      int[] last = new int[sorted.length];
      int count = 0;
      for (long prefix : sorted) {
        int begin = (int) (prefix >> 32);
        int end = (int) prefix;
        if (count > 0 && begin <= last[count - 1]) {
          last[count - 1] = Math.max(last[count - 1], end);
        } else {
          first[count] = begin;
          last[count++] = end;
        }
      }
      return new NextHops(
          Arrays.copyOf(first, count),
          Arrays.copyOf(last, count),
          broadcasts.stream().mapToInt(Integer::intValue).sorted().toArray());
    }
  }
}
