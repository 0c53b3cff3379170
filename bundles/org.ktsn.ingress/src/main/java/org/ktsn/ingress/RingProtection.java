package org.ktsn.ingress;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.ktsn.api.health.Trouble;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.SharedMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that no pod can take pages out of its ring, for which the planner would wait in a page
 * fault, and knows of the pods where that was not possible. KTSNd goes on with those, and says so
 * for as long as they are there. Any thread.
 */
final class RingProtection {
  private static final Logger LOG = LoggerFactory.getLogger(RingProtection.class);

  private final Consumer<SharedMemory> keeper;

  /** Why, by pod. */
  private final Map<String, String> unprotected = new ConcurrentSkipListMap<>();

  /**
   * Makes it.
   *
   * @param keeper keeps the pages of a memory where they are, or throws {@link ForeignException}
   *     with the remedy
   */
  RingProtection(Consumer<SharedMemory> keeper) {
    this.keeper = keeper;
  }

  /** Protects the ring of a pod, if that is possible here. */
  void protect(String pod, SharedMemory ring) {
    try {
      keeper.accept(ring);
      unprotected.remove(pod);
    } catch (ForeignException e) {
      LOG.warn("event=ring-unprotected pod={} reason=\"{}\"", pod, e.getMessage());
      unprotected.put(pod, e.getMessage());
    }
  }

  /** A pod has gone. */
  void forget(String pod) {
    unprotected.remove(pod);
  }

  /** Returns what {@code ktsn:health} shows: one for all such pods, for the cause is the node's. */
  List<Trouble> troubles() {
    Map<String, String> now = Map.copyOf(unprotected);
    return now.values().stream()
        .sorted()
        .findFirst()
        .map(
            reason ->
                new Trouble(
                    "the pods' rings",
                    "pods can take pages out of the rings of "
                        + String.join(", ", now.keySet().stream().sorted().toList())
                        + ", and so delay the frames of all: "
                        + reason
                        + " for KTSNd, and start it again"))
        .stream()
        .toList();
  }
}
