package org.ktsn.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stats.FlowStatus;

/**
 * Counts flow by flow what becomes of the frames: who sends what, and why a frame was late. The
 * planner counts, without lock or allocation; any thread reads ({@link FlowRows} says how).
 *
 * <p>A frame carries its flow's handle ({@link FrameTable#flow}): a number that no other flow ever
 * has, with the row in its last bits. A flow may be pushed out while frames of it wait; what
 * becomes of them is counted with the pod's others then. What becomes of a detached pod's frames is
 * not counted here.
 */
final class FlowTable {
  private static final VarHandle POD = MethodHandles.arrayElementVarHandle(PodFlows[].class);
  private static final VarHandle BEGIN = MethodHandles.arrayElementVarHandle(long[].class);

  private final FrameTable frames;
  private final FlowKey key = new FlowKey();
  private final AtomicLong sequence = new AtomicLong();
  private final PodFlows[] pods = new PodFlows[Pod.MAX_PODS];

  /** Handles below are of a pod that had the number before. */
  private final long[] beginOfPod = new long[Pod.MAX_PODS];

  FlowTable(FrameTable frames) {
    this.frames = frames;
  }

  /** Makes room for a pod's flows, unless there is. Any thread but one at a time for a pod. */
  void open(int pod) {
    if (POD.getAcquire(pods, pod) == null) {
      BEGIN.setOpaque(beginOfPod, pod, sequence.incrementAndGet() * FlowRows.FLOWS);
      POD.setRelease(pods, pod, new PodFlows(ThreadLocalRandom.current().nextLong()));
    }
  }

  /** Forgets a pod's flows. Planner thread only, as all that counts. */
  void forget(int pod) {
    POD.setRelease(pods, pod, (PodFlows) null);
  }

  private PodFlows of(int pod) {
    return (PodFlows) POD.getAcquire(pods, pod);
  }

  /** Finds a frame's flow, or takes it up. */
  void identify(int frame, Datagram datagram, long nowNs) {
    PodFlows flows = of(frames.pod[frame]);
    if (flows == null) {
      frames.flow[frame] = 0;
      return;
    }
    key.of(frames.family[frame], datagram);
    int row = flows.find(key);
    if (row < 0) {
      row = flows.takeUp(key, sequence.incrementAndGet(), datagram.launchTimeNs(), nowNs);
    }
    frames.flow[frame] = flows.handle(row);
  }

  /** Counts a frame that has come; {@link FrameTable#shape} has been called. */
  void received(int frame, long launchTimeNs, long sentNs, long nowNs) {
    PodFlows flows = present(frame);
    if (flows != null) {
      flows.rows.received(flows.rowOf(frames.flow[frame]), launchTimeNs, sentNs, nowNs);
      classed(frame);
    }
  }

  /** A frame queues in another class than it did. */
  void classed(int frame) {
    PodFlows flows = present(frame);
    if (flows != null && frames.lengthOctets(frame) > 0) {
      flows.rows.classed(flows.rowOf(frames.flow[frame]), frames.trafficClass(frame));
    }
  }

  /** Returns the flows of a frame's pod; null if the pod is not the one that the frame is of. */
  private PodFlows present(int frame) {
    int pod = frames.pod[frame];
    PodFlows flows = of(pod);
    return flows != null && frames.flow[frame] >= (long) BEGIN.getOpaque(beginOfPod, pod)
        ? flows
        : null;
  }

  /** A frame was handed to the port. */
  void sent(int frame, long actualNs) {
    PodFlows flows = present(frame);
    if (flows != null) {
      int row = flows.rowOf(frames.flow[frame]);
      long plannedNs = frames.plannedNs[frame];
      flows.rows.sent(row, frames.lengthOctets(frame), Math.max(0, actualNs - plannedNs));
      if (frames.askedNs[frame] != FrameTable.NO_LAUNCH_TIME) {
        flows.rows.waited(row, Math.max(0, plannedNs - frames.askedNs[frame]));
      }
    }
  }

  /** A frame missed its window and is dated anew. */
  void late(int frame) {
    PodFlows flows = present(frame);
    if (flows != null) {
      flows.rows.late(flows.rowOf(frames.flow[frame]));
    }
  }

  /** A frame was dropped. */
  void dropped(int frame, DropReason reason) {
    PodFlows flows = present(frame);
    if (flows != null) {
      flows.rows.dropped(flows.rowOf(frames.flow[frame]), reason);
    }
  }

  /** Returns a snapshot, as {@link org.ktsn.api.stats.DataplaneMonitor#flows} says. Any thread. */
  List<FlowStatus> status(long nowNs) {
    FlowReader reader = new FlowReader(nowNs);
    List<FlowStatus> all = new ArrayList<>();
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      PodFlows flows = of(pod);
      if (flows != null) {
        all.addAll(reader.read(pod, flows.rows));
      }
    }
    return all;
  }
}
