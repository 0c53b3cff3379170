package org.ktsn.pod;

import org.ktsn.api.pod.Pod;

/**
 * What is known of a pod across restarts.
 *
 * @param pod the pod as others see it
 * @param attached false while the attachment is being made: what there is of it is to be removed
 * @param ownsNamespace whether the namespace was made for the pod, and goes with it
 * @param namespaceId the namespace's identity (its inode number), 0 if it is not known yet; so that
 *     another one under the same name is told from it
 */
record PodRecord(Pod pod, boolean attached, boolean ownsNamespace, long namespaceId) {
  PodRecord complete(long id) {
    return new PodRecord(pod, true, ownsNamespace, id);
  }
}
