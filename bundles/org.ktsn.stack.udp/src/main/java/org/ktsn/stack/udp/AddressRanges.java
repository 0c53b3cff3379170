package org.ktsn.stack.udp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * A set of addresses, as ranges that overlap nowhere. Immutable; a look-up allocates nothing and
 * its cost grows with the logarithm of their number.
 */
final class AddressRanges {
  private static final Comparator<IpAddress> ASCENDING =
      (one, other) -> IpAddress.compare(one.high(), one.low(), other.high(), other.low());

  // In ascending order, two halves for each end.
  private final long[] firstHigh;
  private final long[] firstLow;
  private final long[] lastHigh;
  private final long[] lastLow;

  /** From one address to another, both included. */
  record Range(IpAddress first, IpAddress last) {}

  AddressRanges(Collection<Range> ranges) {
    List<Range> apart = new ArrayList<>();
    for (Range range :
        ranges.stream().sorted(Comparator.comparing(Range::first, ASCENDING)).toList()) {
      if (apart.isEmpty() || ASCENDING.compare(range.first(), apart.getLast().last()) > 0) {
        apart.add(range);
      } else if (ASCENDING.compare(range.last(), apart.getLast().last()) > 0) {
        apart.add(new Range(apart.removeLast().first(), range.last()));
      }
    }
    firstHigh = apart.stream().mapToLong(range -> range.first().high()).toArray();
    firstLow = apart.stream().mapToLong(range -> range.first().low()).toArray();
    lastHigh = apart.stream().mapToLong(range -> range.last().high()).toArray();
    lastLow = apart.stream().mapToLong(range -> range.last().low()).toArray();
  }

  boolean contains(long high, long low) {
    int from = 0;
    int to = firstHigh.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (IpAddress.compare(firstHigh[middle], firstLow[middle], high, low) <= 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    int at = from - 1;
    return at >= 0 && IpAddress.compare(high, low, lastHigh[at], lastLow[at]) <= 0;
  }
}
