package org.ktsn.stack.udp;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The neighbours of one interface, as the kernel tells of them. Mirror thread only.
 *
 * <p>The kernel keeps a failed neighbour as such for ever and tells nothing when it tries again. So
 * a failure is believed for one second; then the neighbour is unknown again, and the next frame for
 * it makes the kernel ask anew, as the kernel's own path does.
 */
final class NeighbourMap {
  /** How long a failure is believed, in nanoseconds. */
  static final long FAILURE_NS = 1_000_000_000L;

  /** More neighbours than this are not mirrored. */
  static final int MAX_NEIGHBOURS = 16_384;

  private static final int CONFIRMED =
      Rtnetlink.NUD_REACHABLE
          | Rtnetlink.NUD_DELAY
          | Rtnetlink.NUD_PROBE
          | Rtnetlink.NUD_NOARP
          | Rtnetlink.NUD_PERMANENT;

  private final Map<IpAddress, Long> entries = new HashMap<>();
  private final Map<IpAddress, Long> failedUntilNs = new HashMap<>();

  /** Takes a neighbour of a dump: an old failure says nothing. Returns whether anything changed. */
  boolean dumped(RouteMessage.Neighbour neighbour) {
    return neighbour.state() != Rtnetlink.NUD_FAILED && change(neighbour, 0);
  }

  /** Takes news of a neighbour. Returns whether anything changed. */
  boolean change(RouteMessage.Neighbour neighbour, long nowNs) {
    IpAddress address = neighbour.address();
    if ((neighbour.flags() & Rtnetlink.NTF_PROXY) != 0) {
      return false;
    }
    failedUntilNs.remove(address);
    long entry = neighbour.removed() ? 0 : entry(neighbour.state(), neighbour.mac());
    if (entry == 0) {
      return entries.remove(address) != null;
    }
    if (entries.size() >= MAX_NEIGHBOURS && !entries.containsKey(address)) {
      return false;
    }
    if (NeighbourTable.state(entry) == NeighbourTable.FAILED) {
      failedUntilNs.put(address, nowNs + FAILURE_NS);
    }
    Long before = entries.put(address, entry);
    return before == null || before != entry;
  }

  /**
   * Says that no route leads to an address, unless more is known of it: believed like a failure.
   */
  void refuse(IpAddress address, long nowNs) {
    if (entries.size() < MAX_NEIGHBOURS
        && entries.putIfAbsent(address, NeighbourTable.entry(NeighbourTable.REFUSED, 0)) == null) {
      failedUntilNs.put(address, nowNs + FAILURE_NS);
    }
  }

  /** Forgets failures that are no longer believed. Returns whether there were any. */
  boolean forgetFailures(long nowNs) {
    return failedUntilNs
        .entrySet()
        .removeIf(
            failure -> {
              boolean old = nowNs - failure.getValue() >= 0;
              if (old) {
                entries.remove(failure.getKey());
              }
              return old;
            });
  }

  /** Takes over the failures that another map believes in. */
  void keepFailuresOf(NeighbourMap other) {
    other.failedUntilNs.forEach(
        (address, untilNs) -> {
          if (!entries.containsKey(address)) {
            entries.put(address, other.entries.get(address));
            failedUntilNs.put(address, untilNs);
          }
        });
  }

  /** Returns when {@link #forgetFailures} has something to forget; the far future if never. */
  long nextForgottenNs() {
    long nextNs = Long.MAX_VALUE;
    for (long untilNs : failedUntilNs.values()) {
      nextNs = Math.min(nextNs, untilNs);
    }
    return nextNs;
  }

  /** Returns the neighbours for the planner. */
  NeighbourTable table() {
    return NeighbourTable.of(entries);
  }

  private static long entry(int state, OptionalLong mac) {
    if ((state & CONFIRMED) != 0) {
      return mac.isPresent() ? NeighbourTable.entry(NeighbourTable.REACHABLE, mac.getAsLong()) : 0;
    }
    return switch (state) {
      case Rtnetlink.NUD_STALE ->
          mac.isPresent() ? NeighbourTable.entry(NeighbourTable.STALE, mac.getAsLong()) : 0;
      case Rtnetlink.NUD_INCOMPLETE -> NeighbourTable.entry(NeighbourTable.INCOMPLETE, 0);
      case Rtnetlink.NUD_FAILED -> NeighbourTable.entry(NeighbourTable.FAILED, 0);
      default -> 0;
    };
  }
}
