package org.ktsn.dataplane;

import java.util.Optional;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.Datagram;

/**
 * Writes down what becomes of each frame, in one call wherever it is counted: for the node and the
 * pod ({@link Counters}), for the flow ({@link FlowTable}), and in the trace, if one runs. Planner
 * thread only; nothing allocates.
 */
final class OutcomeBook {
  /** Nobody who says that a datagram was sent still longer ago is believed. */
  private static final long MOST_ON_THE_WAY_NS = 1_000_000_000;

  private final FrameTable frames;
  private final Agenda agenda;

  final Counters counters = new Counters();
  final FlowTable flows;

  /** Actual minus planned launch instants. */
  final Distribution txErrors = new Distribution();

  private FrameTrace trace;

  OutcomeBook(FrameTable frames, Agenda agenda) {
    this.frames = frames;
    this.agenda = agenda;
    flows = new FlowTable(frames);
  }

  /** Records into another trace, or none; returns the one before, for its owner to close. */
  Optional<FrameTrace> trace(Optional<FrameTrace> next) {
    Optional<FrameTrace> before = Optional.ofNullable(trace);
    trace = next.orElse(null);
    return before;
  }

  /** A pod is attached: what is counted from now on is its own. */
  void open(int pod) {
    counters.forget(pod); // frames of the one before were counted until now
    flows.open(pod);
  }

  /** A pod is detached. */
  void forget(int pod) {
    counters.forget(pod);
    flows.forget(pod);
  }

  /** A datagram is being taken: its frame has its flow from now on. */
  void identify(int frame, Datagram datagram, long nowNs) {
    flows.identify(frame, datagram, nowNs);
  }

  /** A datagram was taken; its frame has its shape. */
  void received(int frame, Datagram datagram, long nowNs) {
    counters.received(frames.pod[frame]);
    long sentNs = Math.clamp(datagram.sentNs(), nowNs - MOST_ON_THE_WAY_NS, nowNs);
    flows.received(frame, datagram.launchTimeNs(), sentNs, nowNs);
  }

  /** A frame that is complete queues in another class. */
  void reclassed(int frame) {
    flows.classed(frame);
  }

  /** A pod handed over something that is no datagram. */
  void malformed(int pod) {
    counters.received(pod);
    counters.dropped(pod, Verdict.MALFORMED);
  }

  /** A frame was handed to the device; its instant was met by spinning, or not. */
  void sent(int frame, long actualNs, boolean spun) {
    txErrors.record(actualNs - frames.plannedNs[frame]);
    counters.sent(frames.pod[frame], frames.trafficClass(frame), spun);
    flows.sent(frame, actualNs);
    record(frame, actualNs, FrameTrace.SENT);
  }

  /** A frame was on the link when its gate closed. */
  void overran(int frame) {
    counters.overrun(frames.trafficClass(frame));
  }

  /** A frame missed its last instant; whether it is dropped is not known yet. */
  void missed(int frame, long actualNs) {
    record(frame, actualNs, FrameTrace.MISSED);
  }

  /** A frame that missed its last instant is dated anew. */
  void late(int frame) {
    counters.late(frames.pod[frame]);
    flows.late(frame);
  }

  /** A frame that missed its last instant is dropped. */
  void droppedAfterMiss(int frame, DropReason reason) {
    count(frame, reason);
  }

  /** The device took nothing of a frame until its last instant. */
  void refused(int frame, long actualNs) {
    record(frame, actualNs, FrameTrace.REFUSED);
    count(frame, Verdict.PORT_DOWN);
  }

  /** A frame was called back; it waits again, or is dropped. */
  void returned(int frame, long instantNs) {
    record(frame, instantNs, FrameTrace.RETURNED);
  }

  /** A frame is dropped. */
  void dropped(int frame, DropReason reason, long nowNs) {
    count(frame, reason);
    record(frame, nowNs, FrameTrace.DROPPED);
  }

  private void count(int frame, DropReason reason) {
    counters.dropped(frames.pod[frame], reason);
    flows.dropped(frame, reason);
  }

  private void record(int frame, long instantNs, byte outcome) {
    if (trace != null) {
      trace.record(frames, frame, instantNs, outcome, agenda.nowNs);
    }
  }
}
