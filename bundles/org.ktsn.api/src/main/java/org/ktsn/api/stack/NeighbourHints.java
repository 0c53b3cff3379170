package org.ktsn.api.stack;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Takes hints about the neighbours to which a pod will soon send, so that they are resolved before
 * the first datagram comes (whiteboard): register it as a service. A hint promises nothing and may
 * be ignored; whoever serves other families ignores it. Any thread; never blocks.
 */
@ConsumerType
public interface NeighbourHints {
  /**
   * Asks for a neighbour to be resolved.
   *
   * @param pod the pod's number; an unknown one is ignored
   * @param family the family of the neighbour's address
   * @param nextHopHigh the first half of the address, as {@link AddressFamily} lays it out
   * @param nextHopLow the second half
   */
  void resolve(int pod, AddressFamily family, long nextHopHigh, long nextHopLow);
}
