package org.ktsn.pod;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods' ports on the switch: asks whichever binder is there for every pod's, and for the
 * removal of those that nobody has any more. What the switch lacks at the moment, the binder brings
 * about when it can.
 *
 * <p>All fields are guarded by the monitor of {@link AttachedPods}. One thread, {@code ktsn-pods},
 * gives a new binder every pod, and lets go of the monitor between two of them.
 */
final class SwitchPorts {
  private static final Logger LOG = LoggerFactory.getLogger(SwitchPorts.class);
  private static final long SWITCH_POLL_MS = 200;

  private final PodSettings settings;
  private final AttachedPods pods;
  private final ExecutorService restorer =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("ktsn-pods").factory());

  /** What a KTSNd that was killed left on the switch; removed as soon as there is a switch. */
  private final List<Pod> left = new ArrayList<>();

  private Optional<SwitchBinder> current = Optional.empty();
  private boolean swept;

  SwitchPorts(PodSettings settings, AttachedPods pods) {
    this.settings = settings;
    this.pods = pods;
  }

  /** Ends the thread; the ports stay. */
  void close() {
    restorer.shutdownNow();
  }

  /** Takes a binder and has every pod given to it. */
  void use(SwitchBinder binder) {
    synchronized (pods) {
      current = Optional.of(binder);
      swept = false;
      restorer.execute(
          () -> {
            try {
              restore(binder);
              sweepOnceConnected(binder);
            } catch (InterruptedException e) {
              LOG.debug("event=switch-not-swept");
            } catch (RuntimeException e) {
              LOG.error("event=pods-not-restored reason=\"{}\"", e.getMessage(), e);
            }
          });
    }
  }

  /** Does without a binder, if it is the one in use. */
  void leave(SwitchBinder binder) {
    synchronized (pods) {
      if (current.equals(Optional.of(binder))) {
        current = Optional.empty();
      }
    }
  }

  /**
   * Returns the binder with which a pod is attached; no port of a former pod is left on its switch.
   *
   * @throws PodException if there is none
   */
  SwitchBinder binderFor(Pod pod) {
    SwitchBinder binder =
        current.orElseThrow(
            () ->
                new PodException(
                    "pod '"
                        + pod.name()
                        + "' can't be attached: no switch binder is active; see scr:list and the log"));
    sweep(binder);
    return binder;
  }

  /** Removes a pod from the switch, now or as soon as there is one. */
  void remove(Pod pod) {
    if (current.isPresent()) {
      remove(current.get(), pod);
    } else {
      left.add(pod);
    }
  }

  /** Has what is on the switch of a pod that is gone removed as soon as there is a switch. */
  void leftBehind(Pod pod) {
    left.add(pod);
  }

  /** Removes a pod from a switch; says so in the log if that fails. */
  static void remove(SwitchBinder binder, Pod pod) {
    try {
      binder.unpin(pod.mac());
      binder.removePodPort(pod.switchPort());
    } catch (SwitchException e) {
      LOG.warn("event=switch-cleanup-failed pod={} reason=\"{}\"", pod.name(), e.getMessage());
    }
  }

  private void restore(SwitchBinder binder) {
    synchronized (pods) {
      for (Pod gone : left) {
        // Its port or its address may be another pod's by now.
        if (pods.pods().stream().noneMatch(pod -> pod.mac().equals(gone.mac()))) {
          binder.unpin(gone.mac());
        }
        if (pods.pods().stream().noneMatch(pod -> pod.switchPort().equals(gone.switchPort()))) {
          binder.removePodPort(gone.switchPort());
        }
      }
      left.clear();
    }
    for (Pod pod : pods.pods()) {
      synchronized (pods) {
        if (!current.equals(Optional.of(binder)) || pods.find(pod.name()).isEmpty()) {
          continue;
        }
        restore(pod, () -> binder.addPodPort(pod.switchPort(), pod.mac(), pod.addresses()));
        restore(pod, () -> binder.pin(pod.mac(), pod.switchPort()));
      }
    }
  }

  /** Asks the switch for something; if it is away, the binder keeps that in mind. */
  private static void restore(Pod pod, Runnable step) {
    try {
      step.run();
    } catch (SwitchException e) {
      LOG.warn("event=pod-off-switch pod={} reason=\"{}\"", pod.name(), e.getMessage());
    }
  }

  private void sweepOnceConnected(SwitchBinder binder) throws InterruptedException {
    while (!binder.status().connected()) {
      synchronized (pods) {
        if (!current.equals(Optional.of(binder))) {
          return;
        }
      }
      TimeUnit.MILLISECONDS.sleep(SWITCH_POLL_MS);
    }
    synchronized (pods) {
      sweep(binder);
    }
  }

  /**
   * Removes ports by our name from the switch that belong to no pod: those of pods that were
   * detached while the switch was away, by a KTSNd that ended before it came back. Once for each
   * binder, and before the first new port: it could have the name of an old one.
   */
  private void sweep(SwitchBinder binder) {
    SwitchStatus status = binder.status();
    if (swept || !status.connected() || !current.equals(Optional.of(binder))) {
      return;
    }
    swept = true;
    Set<String> known = new HashSet<>();
    pods.pods().forEach(pod -> known.add(pod.switchPort()));
    for (SwitchStatus.SwitchPort port : status.ports()) {
      if (settings.isSwitchPort(port.name()) && !known.contains(port.name())) {
        LOG.warn("event=switch-port-swept port={}", port.name());
        binder.removePodPort(port.name());
      }
    }
  }
}
