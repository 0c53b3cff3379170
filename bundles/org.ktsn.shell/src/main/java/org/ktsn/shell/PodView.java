package org.ktsn.shell;

import java.util.List;
import java.util.Optional;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.FlowStatus;

/**
 * A pod with what others say of it.
 *
 * @param pod the pod
 * @param channel its channel; empty if there is no ingress
 * @param counters its counters; empty if there is no data plane
 * @param flows its flows; none where they were not asked for
 * @param differences what is not as it was attached, a sentence each; none where that was not asked
 *     for
 * @param others the processes in it that LibKTSN does not serve; none where that was not asked for
 */
record PodView(
    Pod pod,
    Optional<ChannelStatus> channel,
    Optional<PodStatus> counters,
    List<FlowStatus> flows,
    List<String> differences,
    List<OtherPrograms.OtherProgram> others) {
  /** Copies the lists. */
  PodView {
    flows = List.copyOf(flows);
    differences = List.copyOf(differences);
    others = List.copyOf(others);
  }
}
