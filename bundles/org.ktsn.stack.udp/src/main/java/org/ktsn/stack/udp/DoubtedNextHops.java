package org.ktsn.stack.udp;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Next hops to which no route led when a datagram named them: the routes are read again, and then
 * it is known. Mirror thread only.
 */
final class DoubtedNextHops {
  /** A pod that names more doubtful next hops at once waits with the rest. */
  private static final int MAX_DOUBTS = 64;

  /** Named before the reading that is under way. */
  private final Set<IpAddress> beingRead = new HashSet<>();

  /** Named since. */
  private final Set<IpAddress> waiting = new HashSet<>();

  /** Adds one; false if there are too many. */
  boolean add(IpAddress nextHop) {
    if (waiting.size() == MAX_DOUBTS) {
      return false;
    }
    waiting.add(nextHop);
    return true;
  }

  /** A reading begins: it will tell of all that were added so far. */
  void beginReading() {
    beingRead.addAll(waiting);
    waiting.clear();
  }

  /** The reading is over; each of those that it tells of is passed on, once. */
  void endReading(Consumer<IpAddress> known) {
    for (IpAddress nextHop : beingRead) {
      known.accept(nextHop);
    }
    beingRead.clear();
  }
}
