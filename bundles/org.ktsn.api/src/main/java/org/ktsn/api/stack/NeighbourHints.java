package org.ktsn.api.stack;

/**
 * Takes hints about the neighbours to which a pod will soon send, so that they are resolved before
 * the first datagram comes. A hint promises nothing and may be ignored. Any thread; never blocks.
 */
public interface NeighbourHints {
  /**
   * Asks for a neighbour to be resolved.
   *
   * @param pod the pod's number; an unknown one is ignored
   * @param nextHop the neighbour's IPv4 address; the first octet is the most significant one
   */
  void resolve(int pod, int nextHop);
}
