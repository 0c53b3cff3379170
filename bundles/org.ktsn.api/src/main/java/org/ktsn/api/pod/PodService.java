package org.ktsn.api.pod;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Attaches pods to the overlay and detaches them: by hand, and for container runtimes. Any thread;
 * calls are carried out one at a time. Attachments survive a restart of KTSNd.
 */
@ProviderType
public interface PodService {
  /**
   * Attaches a pod: namespace (if asked for), veth pair, address, switch port, forwarding entries,
   * channel. On failure nothing is left behind.
   *
   * @throws PodException if the request can't be met; the message names what is in the way and the
   *     remedy
   */
  Pod attach(PodRequest request);

  /**
   * Detaches a pod and removes all that {@link #attach} made.
   *
   * @return false if there was no such pod
   */
  boolean detach(String name);

  /** Returns the attached pods by name. */
  List<Pod> pods();

  /** Returns one pod. */
  Optional<Pod> pod(String name);

  /**
   * Compares a pod with what there is in the kernel.
   *
   * @return a sentence for each difference; empty if all is as {@link #attach} left it
   */
  default List<String> differences(String name) {
    return pod(name).isPresent() ? List.of() : List.of("there is no pod '" + name + "'");
  }
}
