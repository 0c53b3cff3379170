package org.ktsn.filter.psfp.line;

import java.util.List;
import java.util.Optional;
import org.ktsn.api.frame.DropReason;
import org.ktsn.filter.psfp.model.StreamFilter;

/**
 * A stream filter with the gate and the meter that it leads to (IEEE 802.1Q-2022 8.6.5.3). Part of
 * one plan; what changes is in the states. Planner thread only.
 */
final class Entry {
  private static final int ANY = -1;

  final StreamFilter parameters;
  final FilterState state;
  final Gate gate;
  final Optional<Meter> meter;

  /** The priority that frames must have, or -1. */
  final int priority;

  Entry(StreamFilter parameters, FilterState state, Gate gate, Optional<Meter> meter) {
    this.parameters = parameters;
    this.state = state;
    this.gate = gate;
    this.meter = meter;
    priority = parameters.priority().orElse(ANY);
  }

  void count(int counter) {
    state.counts.count(counter);
  }

  /** Adds what sets and resets what was asked for. */
  void addResets(List<Runnable> resets) {
    parameters
        .blockedDueToOversizeFrame()
        .ifPresent(truth -> resets.add(() -> state.blockedDueToOversizeFrame = truth));
  }

  /**
   * Judges a frame by its size (8.6.5.3.1), and counts it.
   *
   * @return why it does not pass; null if it does
   */
  DropReason judgeSdu(int sduOctets) {
    boolean enabled = parameters.blockedDueToOversizeFrameEnabled();
    DropReason reason = null;
    if (enabled && state.blockedDueToOversizeFrame) {
      reason = Reasons.BLOCKED;
    } else if (parameters.maxSduOctets() != 0 && sduOctets > parameters.maxSduOctets()) {
      reason = Reasons.OVERSIZE;
      state.blockedDueToOversizeFrame |= enabled;
    }
    count(reason == null ? FilterState.PASSING_SDU : FilterState.NOT_PASSING_SDU);
    return reason;
  }

  /** Counts a frame that gate or meter drops, and draws the consequences. */
  void dropped(DropReason reason) {
    if (reason == Reasons.RED || reason == Reasons.YELLOW || reason == Reasons.ALL_RED) {
      count(FilterState.PASSING);
      count(FilterState.RED);
      if (meter.isPresent()) {
        meter.get().state.counts.count(MeterState.RED);
        meter.get().dropped();
      }
    } else {
      count(FilterState.NOT_PASSING);
      gate.dropped(reason);
    }
  }
}
