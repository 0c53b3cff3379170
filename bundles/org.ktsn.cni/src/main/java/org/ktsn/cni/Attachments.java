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
  private final DeviceSpecs devices;
  private final Path channels;
  private final List<ReentrantLock> locks =
      IntStream.range(0, 64).mapToObj(i -> new ReentrantLock()).toList();

  /**
   * Makes it.
   *
   * @param channels the folder that holds the pods' channels
   */
  Attachments(
      PodService pods,
      AddressManager addressManager,
      AttachmentStore store,
      DeviceSpecs devices,
      Path channels) {
    this.pods = pods;
    this.addressManager = addressManager;
    this.store = store;
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
    ReentrantLock lock = locks.get(Math.floorMod(podName.hashCode(), locks.size()));
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
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
    try {
      Optional<Pod> pod = pod(podName, environment.containerId());
      if (pod.isPresent()) {
        pods.detach(podName);
        devices.remove(pod.get());
      } else {
        devices.remove(
            store
                .get(podName)
                .orElseGet(
                    () -> new Attachment(podName, config.name(), false, environment, config)),
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
    addressManager.tell("DEL", environment, config);
    store.remove(podName);
  }

  /** Removes what a KTSNd that was killed left unfinished, and restores what is missing. */
  void recover() {
    for (Attachment attachment : store.all()) {
      exclusively(
          attachment.podName(),
          () -> {
            store.get(attachment.podName()).ifPresent(this::recover);
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
      if (!attachment.complete()) {
        takeDown(attachment.podName(), attachment.environment(), attachment.config());
        LOG.info("event=attachment-taken-down attachment={}", attachment.podName());
      } else if (pod.isPresent() && !devices.has(pod.get())) {
        devices.write(pod.get());
      } else if (pod.isEmpty()) {
        LOG.warn(
            "event=attachment-without-pod attachment={} reason=\"its addresses wait for DEL or GC\"",
            attachment.podName());
      }
    } catch (CniException | IOException e) {
      LOG.warn(
          "event=attachment-not-recovered attachment={} reason=\"{}\"",
          attachment.podName(),
          e.getMessage());
    }
  }
}
