package org.ktsn.pod;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up the pods of an earlier run, from what {@link PodStore} has, and removes from the node
 * what that run left unfinished. Once, before anything else, under the monitor of {@link
 * AttachedPods}.
 */
final class PodRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(PodRecovery.class);

  private final PodSettings settings;
  private final PodStore store;
  private final NetworkCommands network;
  private final AttachedPods pods;
  private final SwitchPorts switchPorts;
  private final List<Pod> forgotten = new ArrayList<>();

  PodRecovery(
      PodSettings settings,
      PodStore store,
      NetworkCommands network,
      AttachedPods pods,
      SwitchPorts switchPorts) {
    this.settings = settings;
    this.store = store;
    this.network = network;
    this.pods = pods;
    this.switchPorts = switchPorts;
  }

  /** Reads the records of an earlier run, keeps the pods that live, and removes the rest. */
  void takeUp() {
    try {
      List<PodRecord> records = store.load();
      Set<String> links = network.vethNames();
      List<PodRecord> vanished = new ArrayList<>();
      for (PodRecord podRecord : records) {
        Pod pod = podRecord.pod();
        Optional<Long> id = NetworkCommands.namespaceId(pod.networkNamespace());
        if (podRecord.attached()
            && links.contains(pod.switchPort())
            && id.equals(Optional.of(podRecord.namespaceId()))) {
          ChannelFolder.create(pod);
          pods.add(podRecord);
          LOG.info("event=pod-taken-up pod={} number={}", pod.name(), pod.number());
        } else {
          LOG.warn(
              "event=pod-vanished pod={} reason=\"{}\"",
              pod.name(),
              podRecord.attached() ? "its namespace or interface is gone" : "never completed");
          vanished.add(podRecord);
        }
      }
      // Last, for what they had may be another's by now.
      for (PodRecord podRecord : vanished) {
        forget(podRecord, NetworkCommands.namespaceId(podRecord.pod().networkNamespace()));
      }
      sweep(links);
    } catch (IOException | PodException e) {
      LOG.error("event=pods-not-taken-up reason=\"{}\"", e.getMessage());
    }
  }

  private void forget(PodRecord podRecord, Optional<Long> id) throws IOException {
    Pod pod = podRecord.pod();
    // A namespace that took the place of the pod's is not ours to remove.
    boolean namespace =
        podRecord.ownsNamespace()
            && (podRecord.namespaceId() == 0 || id.equals(Optional.of(podRecord.namespaceId())));
    network.remove(pod, namespace);
    ChannelFolder.remove(pod, pods.pods());
    store.remove(pod.name());
    switchPorts.leftBehind(pod);
    forgotten.add(pod);
  }

  /** Removes switch ports by our name that belong to no pod, as when the run directory was lost. */
  private void sweep(Set<String> links) {
    Set<String> known = new HashSet<>();
    pods.pods().forEach(pod -> known.add(pod.switchPort()));
    forgotten.forEach(pod -> known.add(pod.switchPort()));
    for (String link : links) {
      if (settings.isSwitchPort(link) && !known.contains(link)) {
        LOG.warn("event=interface-swept interface={}", link);
        network.removeLink(link);
      }
    }
  }
}
