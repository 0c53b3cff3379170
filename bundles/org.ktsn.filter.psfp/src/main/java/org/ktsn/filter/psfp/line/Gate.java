package org.ktsn.filter.psfp.line;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.StreamGate;

/**
 * A stream gate's states along time (IEEE 802.1Q-2022 8.6.5.4, 8.6.10): its list runs by the same
 * state machines as a port's, so that it is one on the port's timeline, whose "gate states" are the
 * numbers of its entries. Made on a control thread; afterwards the planner's alone, but for {@link
 * #parameters} and {@link #schedule}, which do not change.
 *
 * <p>The gate is a function of time: after the clock was set back to before a change, the list from
 * before runs until then again.
 */
final class Gate {
  /** The state while no list runs. */
  private static final int IDLE = 255;

  private static final List<Integer> NO_MAX_SDU = List.of(0, 0, 0, 0, 0, 0, 0, 0);

  final StreamGate parameters;
  final GateState state;
  final GateSchedule schedule;
  private final GateTimeline timeline;
  private final long changeNs;
  private final GateControl oper;
  private final long[] operOffsetsNs;
  private final GateControl next;
  private final long[] nextOffsetsNs;

  /** What {@link #seek} found. */
  private boolean open;

  private int ipv;
  private long octetMax;
  private long intervalStartNs;

  private Gate(StreamGate parameters, GateState state, GateSchedule schedule, GateControl oper) {
    this.parameters = parameters;
    this.state = state;
    this.schedule = schedule;
    this.oper = oper;
    next = parameters.control();
    timeline = new GateTimeline(schedule);
    changeNs =
        schedule.pending().map(GateSchedule.Pending::configChangeTimeNs).orElse(Long.MIN_VALUE);
    operOffsetsNs = offsetsNs(oper);
    nextOffsetsNs = offsetsNs(next);
  }

  /** Makes a gate that was not there before. */
  static Gate first(StreamGate parameters, long nowNs) {
    GateSchedule schedule = GateSchedule.open().change(encoded(parameters.control()), nowNs);
    return new Gate(parameters, new GateState(), schedule, idle(parameters.control()));
  }

  /**
   * Makes the gate that this one is after a change: what it remembers stays, and its list goes on
   * until the new one begins ({@code ConfigChange}, 8.6.9.3).
   */
  Gate changed(StreamGate wanted, long nowNs) {
    if (wanted.control().equals(parameters.control())) {
      return wanted.equals(parameters) ? this : new Gate(wanted, state, schedule, oper);
    }
    GateSchedule now = schedule.at(nowNs);
    GateControl running = nowNs >= changeNs ? next : oper;
    GateSchedule changed = now.change(encoded(wanted.control()), nowNs);
    return new Gate(
        wanted, state, changed, now.oper().gateEnabled() ? running : idle(wanted.control()));
  }

  /**
   * Judges a frame (8.6.5.4).
   *
   * @param atNs when it passes the gate
   * @param sduOctets its service data unit
   * @return why it does not pass; null if it does
   */
  DropReason judge(long atNs, int sduOctets) {
    DropReason latched = latched();
    if (latched != null) {
      return latched;
    }
    seek(atNs);
    if (!open) {
      return Reasons.GATE_CLOSED;
    }
    return octetMax != GateControl.NO_OCTET_MAX
            && state.octets.in(intervalStartNs) > octetMax - sduOctets
        ? Reasons.INTERVAL_OCTETS
        : null;
  }

  /** Returns why no frame passes until somebody resets that; null if it is not so. */
  DropReason latched() {
    if (parameters.closedDueToInvalidRxEnable() && state.closedDueToInvalidRx) {
      return Reasons.INVALID_RX;
    }
    return parameters.closedDueToOctetsExceededEnable() && state.closedDueToOctetsExceeded
        ? Reasons.OCTETS_EXCEEDED
        : null;
  }

  /** A frame was dropped at this gate for a reason: that may close it for good. */
  void dropped(DropReason reason) {
    if (reason == Reasons.GATE_CLOSED && parameters.closedDueToInvalidRxEnable()) {
      state.closedDueToInvalidRx = true;
    } else if (reason == Reasons.INTERVAL_OCTETS && parameters.closedDueToOctetsExceededEnable()) {
      state.closedDueToOctetsExceeded = true;
    }
  }

  /** Adds what sets and resets what was asked for. */
  void addResets(List<Runnable> resets) {
    parameters
        .closedDueToInvalidRx()
        .ifPresent(truth -> resets.add(() -> state.closedDueToInvalidRx = truth));
    parameters
        .closedDueToOctetsExceeded()
        .ifPresent(truth -> resets.add(() -> state.closedDueToOctetsExceeded = truth));
  }

  /** Returns the internal priority value at an instant, or {@link GateControl#NO_IPV}. */
  int ipv(long atNs) {
    seek(atNs);
    return ipv;
  }

  /** Tells whether the gate is open at an instant, whatever was latched. */
  boolean open(long atNs) {
    seek(atNs);
    return open;
  }

  /** Returns the limit of the interval that holds an instant. */
  long octetMax(long atNs) {
    seek(atNs);
    return octetMax;
  }

  /** Counts what passed at an instant, or takes back what has not in the end. */
  void charge(long atNs, int sduOctets) {
    seek(atNs);
    if (octetMax != GateControl.NO_OCTET_MAX) {
      state.octets.add(intervalStartNs, sduOctets);
    }
  }

  private void seek(long atNs) {
    boolean changed = atNs >= changeNs;
    GateControl control = changed ? next : oper;
    int entry = timeline.gateStates(atNs);
    if (entry == IDLE) {
      open = control.adminOpen();
      ipv = control.adminIpv();
      octetMax = GateControl.NO_OCTET_MAX;
      intervalStartNs = 0;
      return;
    }
    GateControl.Entry operation = control.controlList().get(entry);
    open = operation.open();
    ipv = operation.ipv();
    octetMax = operation.octetMax();
    intervalStartNs =
        timeline.cycleStartNs(atNs) + (changed ? nextOffsetsNs : operOffsetsNs)[entry];
  }

  /** The same gate while its list does not run yet. */
  private static GateControl idle(GateControl control) {
    return GateControl.constant(control.adminOpen(), control.adminIpv());
  }

  /** An interval of 0 counts as 1 ns (8.6.9.2.1). */
  private static long[] offsetsNs(GateControl control) {
    long[] offsetsNs = new long[control.controlList().size()];
    for (int i = 1; i < offsetsNs.length; i++) {
      offsetsNs[i] =
          offsetsNs[i - 1] + Math.max(1, control.controlList().get(i - 1).timeIntervalNs());
    }
    return offsetsNs;
  }

  /** The gate as a port's, whose gate states are the numbers of entries. */
  private static GateParameters encoded(GateControl control) {
    List<GateControlEntry> entries = new ArrayList<>();
    for (GateControl.Entry entry : control.controlList()) {
      entries.add(
          new GateControlEntry(
              GateOperation.SET_GATE_STATES, entries.size(), entry.timeIntervalNs()));
    }
    return new GateParameters(
        control.gateEnable(),
        IDLE,
        entries,
        control.cycleTime(),
        control.cycleTimeExtensionNs(),
        control.baseTimeNs(),
        NO_MAX_SDU);
  }

  /** Returns the instant at which the list takes effect that was asked for, if it has not yet. */
  Optional<Long> pendingNs(long nowNs) {
    return schedule
        .pending()
        .map(GateSchedule.Pending::configChangeTimeNs)
        .filter(at -> at > nowNs);
  }

  /** Returns this gate for another thread than the planner. */
  Gate copy() {
    return new Gate(parameters, state, schedule, oper);
  }
}
