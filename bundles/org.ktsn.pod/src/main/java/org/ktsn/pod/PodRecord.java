package org.ktsn.pod;

import java.util.List;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;

/**
 * What is known of a pod across restarts.
 *
 * @param pod the pod as others see it
 * @param attached false while the attachment is being made: what there is of it is to be removed
 * @param ownsNamespace whether the namespace was made for the pod, and goes with it
 * @param namespaceId the namespace's identity (its inode number), 0 if it is not known yet; so that
 *     another one under the same name is told from it
 * @param routes the routes that were made for it
 */
record PodRecord(
    Pod pod,
    boolean attached,
    boolean ownsNamespace,
    long namespaceId,
    List<PodAssignment.Route> routes) {
  PodRecord complete(long id, List<PodAssignment.Route> made) {
    return new PodRecord(pod, true, ownsNamespace, id, made);
  }
}
