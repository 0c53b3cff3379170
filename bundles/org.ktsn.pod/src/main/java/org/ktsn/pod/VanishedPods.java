package org.ktsn.pod;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detaches pods whose containers have ended though nobody said so: their namespace is no more, and
 * the kernel took the interface's other end, on the node, with it. As long as one of the two is
 * there, the pod stays: a namespace may live on without the name that it was given by, and an
 * interface that somebody removed can be put back. A thread of its own, {@code ktsn-pod-vanished}.
 */
final class VanishedPods {
  private static final Logger LOG = LoggerFactory.getLogger(VanishedPods.class);
  private static final long EVERY_MS = 2_000;

  private final NetworkCommands network;
  private final AttachedPods pods;
  private final Consumer<String> detach;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("ktsn-pod-vanished").factory());
  private final ScheduledFuture<?> looks;
  private volatile boolean closed;

  /** What went wrong the last time, by pod; of the thread alone. */
  private final Set<String> troubled = new HashSet<>();

  /**
   * Begins to look.
   *
   * @param detach detaches the pod of a name
   */
  VanishedPods(NetworkCommands network, AttachedPods pods, Consumer<String> detach) {
    this.network = network;
    this.pods = pods;
    this.detach = detach;
    looks =
        thread.scheduleWithFixedDelay(this::tryToLook, EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /** Ends it: who takes the pods' monitor after this finds none detached any more. */
  void close() {
    closed = true;
    looks.cancel(true);
    thread.shutdownNow();
  }

  private void tryToLook() {
    try {
      look();
    } catch (RuntimeException | Error e) { // whatever it is: it is looked again
      LOG.warn("event=vanished-pods-not-looked-for reason=\"{}\"", e.getMessage());
    }
  }

  /** Looks once. */
  synchronized void look() {
    List<PodRecord> suspects = pods.records().stream().filter(VanishedPods::isNameless).toList();
    if (suspects.isEmpty()) {
      return;
    }
    Set<String> links = network.vethNames();
    for (PodRecord suspect : suspects) {
      if (!links.contains(suspect.pod().switchPort())) {
        forget(suspect);
      }
    }
  }

  /**
   * Whether another namespace, or none, has the name of the pod's. One that KTSNd made is its own.
   */
  private static boolean isNameless(PodRecord suspect) {
    return !suspect.ownsNamespace()
        && suspect.namespaceId() != 0
        && !NetworkCommands.namespaceId(suspect.pod().networkNamespace())
            .equals(Optional.of(suspect.namespaceId()));
  }

  private void forget(PodRecord suspect) {
    Pod pod = suspect.pod();
    // Not one that is a successor's by now, or was detached and attached anew meanwhile, nor one
    // whose namespace has its name again.
    synchronized (pods) {
      if (closed || !pods.find(pod.name()).equals(Optional.of(suspect)) || !isNameless(suspect)) {
        return;
      }
      try {
        LOG.info(
            "event=pod-vanished pod={} reason=\"its namespace {} and its interface are gone\"",
            pod.name(),
            pod.networkNamespace());
        detach.accept(pod.name());
        troubled.remove(pod.name());
      } catch (PodException e) {
        if (troubled.add(pod.name())) {
          LOG.warn("event=pod-not-forgotten pod={} reason=\"{}\"", pod.name(), e.getMessage());
        }
      }
    }
  }
}
