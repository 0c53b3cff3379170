package org.ktsn.dataplane;

import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stats.FlowStatus.Flow;

/**
 * What tells a pod's flows apart: the addresses, of any family, and in one number the family, the
 * priority and the ports. One object that is filled anew for each datagram. One thread at a time.
 *
 * <pre>
 *  ports   63       40 39       32 31        16 15             0
 *         |  family   |  priority |   source   |  destination   |
 * </pre>
 */
final class FlowKey {
  private static final int PORT_MASK = 0xffff;

  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;
  long ports;

  /** Takes what a datagram of a family says. */
  void of(AddressFamily family, Datagram datagram) {
    sourceHigh = datagram.sourceHigh();
    sourceLow = datagram.sourceLow();
    destinationHigh = datagram.destinationHigh();
    destinationLow = datagram.destinationLow();
    ports =
        (long) family.number() << 40
            | (long) (datagram.priority() & 0xff) << 32
            | (long) (datagram.sourcePort() & PORT_MASK) << 16
            | (datagram.destinationPort() & PORT_MASK);
  }

  /** Takes what a row says that was in use once. */
  void of(long[] cells) {
    sourceHigh = cells[FlowRows.SOURCE_HIGH];
    sourceLow = cells[FlowRows.SOURCE_LOW];
    destinationHigh = cells[FlowRows.DESTINATION_HIGH];
    destinationLow = cells[FlowRows.DESTINATION_LOW];
    ports = cells[FlowRows.PORTS];
  }

  /** Takes what another one says. */
  void of(FlowKey other) {
    sourceHigh = other.sourceHigh;
    sourceLow = other.sourceLow;
    destinationHigh = other.destinationHigh;
    destinationLow = other.destinationLow;
    ports = other.ports;
  }

  /** Tells whether another one is of the same flow. */
  boolean isSame(FlowKey other) {
    return ports == other.ports
        && sourceHigh == other.sourceHigh
        && destinationHigh == other.destinationHigh
        && sourceLow == other.sourceLow
        && destinationLow == other.destinationLow;
  }

  /** Returns a number of 64 bits that pods can't foresee if they don't know the seed. */
  long mixed(long seed) {
    long mixed = mix(sourceHigh ^ seed, destinationHigh);
    if ((sourceLow | destinationLow) != 0) {
      mixed = mix(mix(mixed, sourceLow), destinationLow);
    }
    return mix(mixed, ports);
  }

  private static long mix(long before, long next) {
    long mixed = before * 0x9e3779b97f4a7c15L;
    return (mixed ^ mixed >>> 32 ^ next) * 0xd6e8feb86659fd93L;
  }

  /** Returns it as others understand it. May allocate. */
  Flow toFlow() {
    AddressFamily family = AddressFamily.of((int) (ports >>> 40));
    return new Flow(
        family,
        family.text(sourceHigh, sourceLow),
        (int) (ports >>> 16) & PORT_MASK,
        family.text(destinationHigh, destinationLow),
        (int) ports & PORT_MASK,
        (int) (ports >>> 32) & 0xff);
  }
}
