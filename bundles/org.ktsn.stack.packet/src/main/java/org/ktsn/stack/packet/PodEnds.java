package org.ktsn.stack.packet;

/**
 * The pods' ends of their links: a service within this bundle, so that the stack is offered only
 * once it has been told of the pods.
 */
@FunctionalInterface
interface PodEnds {
  /**
   * Returns a pod's end, {@link PodEnd#GONE} if the pod is not attached. Any thread; allocates
   * nothing.
   *
   * @param pod 0 to {@link org.ktsn.api.pod.Pod#MAX_PODS} - 1
   */
  PodEnd of(int pod);
}
