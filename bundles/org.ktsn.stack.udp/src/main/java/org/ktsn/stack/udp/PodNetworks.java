package org.ktsn.stack.udp;

/**
 * What the stack sees of the mirror: a service within this bundle, so that the stack is offered
 * only once the mirror has been told of the pods.
 */
interface PodNetworks {
  /**
   * Returns the newest snapshot of a pod's network, {@link PodNetwork#GONE} if the pod is not
   * attached. Any thread; allocates nothing.
   *
   * @param pod 0 to {@link org.ktsn.api.pod.Pod#MAX_PODS} - 1
   */
  PodNetwork network(int pod);

  /**
   * Asks for a next hop to be resolved or confirmed. Planner thread only; never waits, allocates
   * nothing.
   *
   * @param high the first half of the next hop's {@link IpAddress}
   * @param low the second half
   * @return false if there is no room for the request; ask again later
   */
  boolean request(int pod, long high, long low);

  /**
   * Says that a pod names a next hop to which no route leads: the routes are read again, and if
   * none leads there the neighbour becomes {@link NeighbourTable#REFUSED}. As {@link #request}
   * otherwise.
   */
  boolean doubt(int pod, long high, long low);
}
