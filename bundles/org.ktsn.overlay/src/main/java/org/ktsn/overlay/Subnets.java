package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/** Subnets that are asked for addresses in a time that does not grow with their number. */
final class Subnets {
  private final Set<Range> ranges;
  private final Set<Integer> prefixLengths;

  Subnets(Collection<Range> ranges) {
    this.ranges = Set.copyOf(ranges);
    prefixLengths = ranges.stream().map(Range::prefixLength).collect(Collectors.toSet());
  }

  /** Tells whether an address is of one of them. */
  boolean contains(InetAddress address) {
    int bits = address.getAddress().length * Byte.SIZE;
    return prefixLengths.stream()
        .anyMatch(length -> length <= bits && ranges.contains(Range.of(address, length)));
  }
}
