package org.ktsn.dataplane;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ktsn.api.pod.AdmissionException;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.port.PortModel;

/**
 * Admits the pods' idle slopes to the port: together they may not claim more than its rate (IEEE
 * 802.1Q-2022 34.3). Any thread.
 */
final class PodAdmission {
  private static final int NAMED = 5;

  /** Those that have an idle slope, by name. */
  private final Map<String, Pod> granted = new TreeMap<>();

  /**
   * Refuses a pod with an idle slope as long as nobody knows the link that is to carry it.
   *
   * @throws PodException if it is refused
   */
  void requireLink(Pod pod, boolean known) {
    if (pod.bandwidth().isPresent() && !known) {
      throw new PodException(
          "pod '"
              + pod.title()
              + "' asks for an idle slope, and the port is not there yet that is to carry it;"
              + " attach it again in a moment");
    }
  }

  /**
   * Judges a pod that is to be attached.
   *
   * @throws AdmissionException if the port can't carry what it asks for, with the numbers
   */
  synchronized void admit(Pod pod, PortModel link) {
    long asked = slope(pod);
    long left = link.rateBitsPerSecond() - sum();
    if (asked == 0 || asked <= left) {
      return;
    }
    throw new AdmissionException(
        "pod '"
            + pod.title()
            + "' asks for an idle slope of "
            + asked
            + " bit/s, and the port's "
            + link.rateBitsPerSecond()
            + " bit/s leave "
            + Math.max(0, left)
            + holders()
            + "; ask for less"
            + (granted.isEmpty() ? "" : ", detach others")
            + ", or correct the port's rate");
  }

  synchronized void attached(Pod pod) {
    if (slope(pod) > 0) {
      granted.put(pod.name(), pod);
    }
  }

  synchronized void detached(Pod pod) {
    granted.remove(pod.name());
  }

  /** Returns what is granted in all, in bit/s. */
  synchronized long sum() {
    return granted.values().stream().mapToLong(PodAdmission::slope).sum();
  }

  private String holders() {
    if (granted.isEmpty()) {
      return "";
    }
    String named =
        granted.values().stream()
            .sorted(Comparator.comparingLong(PodAdmission::slope).reversed())
            .limit(NAMED)
            .map(holder -> holder.title() + ": " + slope(holder))
            .collect(Collectors.joining(", "));
    int others = granted.size() - NAMED;
    return " beside those of others (" + named + (others > 0 ? ", " + others + " more)" : ")");
  }

  private static long slope(Pod pod) {
    return pod.bandwidth().map(Bandwidth::idleSlopeBitsPerSecond).orElse(0L);
  }
}
