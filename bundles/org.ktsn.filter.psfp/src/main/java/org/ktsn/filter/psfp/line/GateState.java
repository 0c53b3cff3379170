package org.ktsn.filter.psfp.line;

/**
 * What a stream gate remembers, over changes of its parameters too. The planner writes; others may
 * read the two flags.
 */
final class GateState {
  final IntervalOctets octets = new IntervalOctets();
  volatile boolean closedDueToInvalidRx;
  volatile boolean closedDueToOctetsExceeded;
}
