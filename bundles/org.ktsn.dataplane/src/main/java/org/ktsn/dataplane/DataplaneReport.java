package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PacketMemory;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.foreign.Launcher;

/** What the data plane counts, as others see it. Any thread; reading disturbs nothing. */
record DataplaneReport(Planner planner, Launcher launcher, PacketMemory memory) {
  DataplaneStatus status() {
    Counters counters = planner.counters;
    List<Long> sentByClass = new ArrayList<>();
    for (int c = 0; c < 8; c++) {
      sentByClass.add(counters.get(Counters.SENT_BY_CLASS + c));
    }
    int[] queued = planner.queuedByClass();
    return new DataplaneStatus(
        planner.shaper.name(),
        planner.shaper.swaps(),
        planner.shaper.failures(),
        planner.port.inUse().name(),
        counters.get(Counters.RECEIVED),
        counters.get(Counters.SENT),
        counters.get(Counters.LATE),
        Arrays.stream(queued).sum(),
        planner.committedCount(),
        Arrays.stream(queued).boxed().toList(),
        sentByClass,
        counters.drops(),
        planner.txErrors.quantiles(),
        planner.lateness.quantiles(),
        counters.get(Counters.SPUN),
        launcher.marginNs(),
        memory.freeFrames() + planner.idleBuffers(),
        planner.clockEffect());
  }

  List<PodStatus> pods() {
    List<PodStatus> pods = new ArrayList<>();
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      long received = planner.counters.podReceived(pod);
      if (received > 0) {
        long sent = planner.counters.podSent(pod);
        Map<String, Long> drops = planner.counters.podDrops(pod);
        long dropped = drops.values().stream().mapToLong(Long::longValue).sum();
        pods.add(
            new PodStatus(
                pod,
                received,
                sent,
                dropped,
                (int) Math.max(0, received - sent - dropped),
                planner.counters.podLate(pod),
                drops,
                planner.counters.podRegenerated(pod)));
      }
    }
    return pods;
  }
}
