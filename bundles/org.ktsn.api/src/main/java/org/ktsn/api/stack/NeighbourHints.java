package org.ktsn.api.stack;

/**
 * Takes hints about where a pod will soon send to, so that the next hop is resolved before the
 * first datagram comes. A hint promises nothing and may be ignored. Any thread; never blocks.
 */
public interface NeighbourHints {
  /**
   * Asks for the next hop towards a destination to be resolved.
   *
   * @param pod the pod's number; an unknown one is ignored
   * @param destinationAddress an IPv4 address; the first octet is the most significant one
   */
  void resolve(int pod, int destinationAddress);
}
