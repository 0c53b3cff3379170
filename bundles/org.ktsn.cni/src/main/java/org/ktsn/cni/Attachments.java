package org.ktsn.cni;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attachments with all that belongs to them: record, addresses, pod, CDI specification. They
 * are taken down in an order in which each step can be repeated, and the record goes last. Any
 * thread; one at a time for the same attachment.
 */
final class Attachments {
  private static final Logger LOG = LoggerFactory.getLogger(Attachments.class);

  private final PodService pods;
  private final AddressManager addressManager;
  private final AttachmentStore store;
  private final PendingDeletions pending;
  private final DeviceSpecs devices;
  private final Path channels;
  private final List<ReentrantLock> locks =
      IntStream.range(0, 64).mapToObj(i -> new ReentrantLock()).toList();
  private volatile boolean closed;

  /**
   * Makes it.
   *
   * @param channels the folder that holds the pods' channels
   */
  Attachments(
      PodService pods,
      AddressManager addressManager,
      AttachmentStore store,
      PendingDeletions pending,
      DeviceSpecs devices,
      Path channels) {
    this.pods = pods;
    this.addressManager = addressManager;
    this.store = store;
    this.pending = pending;
    this.devices = devices;
    this.channels = channels;
    try {
      devices.removeDrafts(channels);
    } catch (IOException e) {
      LOG.warn("event=cdi-not-swept reason=\"{}\"", e.getMessage());
    }
  }

  PodService pods() {
    return pods;
  }

  AddressManager addressManager() {
    return addressManager;
  }

  AttachmentStore store() {
    return store;
  }

  DeviceSpecs devices() {
    return devices;
  }

  /** Does something with one attachment while nobody else does. */
  <T> T exclusively(String podName, Supplier<T> work) {
    ReentrantLock lock = lock(podName);
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Has nothing begun with any more that no runtime asks for: from here on, the attachments are a
   * successor's, and its pods have the same names.
   */
  void close() {
    closed = true;
  }

  /** Does something with one attachment, unless somebody else is at it, or this is closed. */
  void ifIdle(String podName, Runnable work) {
    ReentrantLock lock = lock(podName);
    if (lock.tryLock()) {
      try {
        if (!closed) {
          work.run();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private ReentrantLock lock(String podName) {
    return locks.get(Math.floorMod(podName.hashCode(), locks.size()));
  }

  /** Takes up all that plugins wrote down while nobody answered them, until this is closed. */
  void absorb() {
    pending.removeDrafts();
    for (PendingDeletions.Deletion deletion : pending.all()) {
      exclusively(
          deletion.podName(),
          () -> {
            if (!closed) {
              absorb(deletion);
            }
            return null;
          });
    }
  }

  /**
   * Takes up what plugins wrote down of one attachment: from here on it is one that is to be
   * removed. Before anything else is done with it, so that a DEL never comes behind the ADD that
   * followed it.
   */
  void absorb(String podName) {
    pending.all().stream()
        .filter(deletion -> deletion.podName().equals(podName))
        .forEach(this::absorb);
  }

  private void absorb(PendingDeletions.Deletion deletion) {
    if (pending.has(deletion)) {
      owe(deletion.podName(), deletion.environment(), deletion.config());
      pending.remove(deletion);
    }
  }

  /** Writes down that an attachment is to be removed. */
  void owe(String podName, Environment environment, NetworkConfig config) {
    store.save(
        store
            .get(podName)
            .map(former -> former.unfinished(former.addressed()))
            .orElseGet(() -> Attachment.begun(podName, environment, config)));
  }

  /** Returns an attachment's pod; a pod by hand that has its name is not it. */
  Optional<Pod> pod(String podName, String containerId) {
    return pods.pod(podName).filter(pod -> containerId.equals(pod.labels().get("container")));
  }

  /**
   * Removes all there is of an attachment; what is gone already is fine.
   *
   * @param environment what the address manager is told
   * @param config the configuration for the address manager
   */
  void takeDown(String podName, Environment environment, NetworkConfig config) {
    detach(podName, environment, config);
    giveBack(podName, environment, config);
  }

  /** The first half of {@link #takeDown}: the pod and its CDI specification. */
  void detach(String podName, Environment environment, NetworkConfig config) {
    try {
      Optional<Pod> pod = pod(podName, environment.containerId());
      if (pod.isPresent()) {
        pods.detach(podName);
        devices.remove(pod.get());
      } else {
        devices.remove(
            store.get(podName).orElseGet(() -> Attachment.begun(podName, environment, config)),
            channels);
      }
    } catch (PodException e) {
      throw new CniException(CniCode.ATTACHMENT, e.getMessage(), e);
    } catch (IOException e) {
      throw new CniException(
          CniCode.IO_FAILURE,
          "the CDI specification of '" + podName + "' can't be removed: " + e.getMessage(),
          e);
    }
  }

  /** The second half: the addresses and the record. */
  void giveBack(String podName, Environment environment, NetworkConfig config) {
    addressManager.tell("DEL", environment, config);
    store.remove(podName);
  }

  /**
   * Restores what is missing after another KTSNd, or a reboot. What was left unfinished is for
   * {@link Leftovers}.
   */
  void recover() {
    absorb();
    for (Attachment attachment : store.all()) {
      exclusively(
          attachment.podName(),
          () -> {
            if (!closed) {
              store.get(attachment.podName()).filter(Attachment::complete).ifPresent(this::recover);
            }
            return null;
          });
    }
    try {
      devices.sweep(channels, pods::pods);
    } catch (IOException e) {
      LOG.warn("event=cdi-not-swept reason=\"{}\"", e.getMessage());
    }
  }

  private void recover(Attachment attachment) {
    Optional<Pod> pod = pod(attachment.podName(), attachment.id().containerId());
    try {
      if (pod.isPresent() && !devices.has(pod.get())) {
        devices.write(pod.get());
      }
    } catch (IOException e) {
      LOG.warn(
          "event=attachment-not-recovered attachment={} reason=\"{}\"",
          attachment.podName(),
          e.getMessage());
    }
  }
}
