package org.ktsn.api.pod;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Learns of pods (whiteboard): register it as a service. On registration it is told of every
 * attached pod, then of each change. Calls come from one control thread at a time, never from the
 * planner; an exception in {@link #attached} fails the attachment.
 */
@ConsumerType
public interface PodObserver {
  /**
   * Called before anything of a new attachment is made; not for pods that an earlier run attached.
   *
   * @throws AdmissionException if the pod asks for what is not there; nothing is made then
   */
  default void admit(Pod pod) {}

  /**
   * Called before the attachment is reported as done; for the same pod at most once between two
   * detachments.
   */
  void attached(Pod pod);

  /** Called when a pod is being detached, before its interfaces are removed. */
  void detached(Pod pod);
}
