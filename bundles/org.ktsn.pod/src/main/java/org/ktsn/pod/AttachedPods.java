package org.ktsn.pod;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.ktsn.api.pod.Pod;

/**
 * The pods that are attached, by name. Whoever changes anything of pods, here, in the kernel or on
 * the switch, holds this object's monitor; reading takes no lock, and sees each pod whole.
 */
final class AttachedPods {
  private final Map<String, PodRecord> records = new ConcurrentSkipListMap<>();

  /** Returns the pods in the order of their names. Any thread. */
  List<Pod> pods() {
    return records().stream().map(PodRecord::pod).toList();
  }

  /** Returns what is known of each pod. Any thread. */
  List<PodRecord> records() {
    return List.copyOf(records.values());
  }

  /** Returns what is known of a pod. Any thread. */
  Optional<PodRecord> find(String name) {
    return Optional.ofNullable(records.get(name));
  }

  /** Adds a pod. Under the monitor. */
  void add(PodRecord podRecord) {
    assert Thread.holdsLock(this);
    records.put(podRecord.pod().name(), podRecord);
  }

  /** Removes a pod. Under the monitor. */
  void remove(String name) {
    assert Thread.holdsLock(this);
    records.remove(name);
  }
}
