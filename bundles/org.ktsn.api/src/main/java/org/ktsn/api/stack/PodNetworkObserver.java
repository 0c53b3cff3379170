package org.ktsn.api.stack;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Learns what a pod's network namespace looks like now (whiteboard): register it as a service. On
 * registration it is told of every pod that the stack mirrors, then of each change. Calls come from
 * one thread at a time, never from the planner, and must not wait for another.
 *
 * <p>The stack of the family {@link AddressFamily#INET} tells, and stacks of other families don't:
 * an interface has one index, one MTU and one generation.
 */
@ConsumerType
@FunctionalInterface
public interface PodNetworkObserver {
  /**
   * Called once while a pod is being attached, perhaps before {@link
   * org.ktsn.api.pod.PodObserver#attached} reaches the same observer, and after each change of the
   * links, addresses, routes or rules of its namespace; not for changes of neighbours.
   *
   * @param pod the pod's number
   * @param interfaceIndex the index of its time-sensitive interface in its namespace; 0 if it is
   *     gone or down, so that nothing can be sent through it
   * @param mtu the MTU of that interface in octets; 0 if it is gone
   * @param generation grows with each change, also from one stack to its successor; compare it for
   *     equality only, because it wraps
   */
  void network(int pod, int interfaceIndex, int mtu, int generation);
}
