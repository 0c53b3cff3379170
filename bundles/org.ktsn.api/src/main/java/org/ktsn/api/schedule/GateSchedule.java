package org.ktsn.api.schedule;

import java.util.Optional;

/**
 * What is in force at a port, and what comes next: the list config state machine (IEEE 802.1Q-2022
 * 8.6.9.3) as a value. Immutable; shapers plan from it through {@link GateTimeline}.
 *
 * @param oper the operational parameters
 * @param operSinceNs the instant at which they took effect, in TAI nanoseconds
 * @param pending the accepted parameters that take effect later
 * @param configChangeErrors changes asked for with a base time in the past while a schedule ran
 *     ({@code ConfigChangeError})
 */
public record GateSchedule(
    GateParameters oper, long operSinceNs, Optional<Pending> pending, long configChangeErrors) {

  /**
   * A change that is accepted and not in force yet.
   *
   * @param parameters what will be in force
   * @param configChangeTimeNs the instant at which it takes effect ({@code ConfigChangeTime}), in
   *     TAI nanoseconds
   * @param acceptedNs the instant from which the running cycles know of it; cycles that had started
   *     then can't be suppressed any more
   * @param cycleStartNs the start of the running schedule's cycle that was in progress then, or
   *     {@link Long#MIN_VALUE} for none
   * @param stretched the last cycle before that one which a change had stretched that was
   *     superseded meanwhile
   * @param guardBandNs for how long before and after the change a gate is open only if it is open
   *     on both sides, in nanoseconds; 0 in what a port was asked for, see {@link GuardBands}
   */
  public record Pending(
      GateParameters parameters,
      long configChangeTimeNs,
      long acceptedNs,
      long cycleStartNs,
      Optional<Stretched> stretched,
      long guardBandNs) {

    /** A change without guard bands. */
    public Pending(
        GateParameters parameters,
        long configChangeTimeNs,
        long acceptedNs,
        long cycleStartNs,
        Optional<Stretched> stretched) {
      this(parameters, configChangeTimeNs, acceptedNs, cycleStartNs, stretched, 0);
    }

    /** A change that was known before the running schedule began. */
    public Pending(GateParameters parameters, long configChangeTimeNs) {
      this(parameters, configChangeTimeNs, Long.MIN_VALUE, Span.NO_CYCLE, Optional.empty());
    }
  }

  /**
   * A cycle of the running schedule that is longer than the others, and over: its last gate states
   * were held until the first regular start after a change was taken back.
   *
   * @param fromNs its start in TAI nanoseconds
   * @param toNs the start of the next one
   */
  public record Stretched(long fromNs, long toNs) {}

  /** Every gate open, nothing pending. */
  public static GateSchedule open() {
    return new GateSchedule(GateParameters.open(), 0, Optional.empty(), 0);
  }

  /**
   * Asks for new parameters ({@code ConfigChange} and {@code SetConfigChangeTime}, 8.6.9.3.1). They
   * take effect at their base time or, if that has passed, at the first start of one of their
   * cycles from now on; what is pending already is superseded. If no list runs, the new admin gate
   * states are in force until then. Parameters whose gates are disabled take effect at once.
   *
   * <p>A change whose instant is {@code nowNs} itself is pending until {@link #at} is asked for it:
   * what is in force just before stays known, for there frames may still find their place.
   *
   * @param admin what is asked for
   * @param nowNs the instant from which on the port's plan can still be changed
   */
  public GateSchedule change(GateParameters admin, long nowNs) {
    GateSchedule now = at(nowNs);
    if (!admin.gateEnabled()) {
      return new GateSchedule(admin, nowNs, Optional.empty(), now.configChangeErrors);
    }
    long changeNs = new CyclePhase(admin.baseTimeNs(), admin.cycleTime()).startAtOrAfter(nowNs);
    if (!now.oper.gateEnabled()) {
      Pending next = new Pending(admin, changeNs, nowNs, Span.NO_CYCLE, Optional.empty());
      GateSchedule until = changeNs > nowNs ? now.idle(admin.adminGateStates(), nowNs) : now;
      return until.with(next, 0);
    }
    GateTimeline timeline = new GateTimeline(now);
    Pending next =
        new Pending(
            admin,
            changeNs,
            nowNs,
            timeline.cycleStartNs(nowNs),
            timeline.lastStretchedBefore(nowNs));
    return now.with(next, admin.baseTimeNs() < nowNs ? 1 : 0);
  }

  /** Returns what is in force at an instant: what was pending has taken effect if its time came. */
  public GateSchedule at(long nowNs) {
    if (pending.isEmpty() || pending.get().configChangeTimeNs() > nowNs) {
      return this;
    }
    Pending due = pending.get();
    return new GateSchedule(
        due.parameters(), due.configChangeTimeNs(), Optional.empty(), configChangeErrors);
  }

  /**
   * Returns the largest service data unit of a class in octets, 0 for the MAC's maximum, as in
   * force at an instant ({@code queueMaxSDU}). A frame is judged once, when it is queued, and by
   * its launch time: a shaper gets it earlier than a bridge would.
   */
  public int queueMaxSdu(int trafficClass, long atNs) {
    boolean changed = pending.isPresent() && atNs >= pending.get().configChangeTimeNs();
    return (changed ? pending.get().parameters() : oper).queueMaxSdu().get(trafficClass);
  }

  /**
   * The clock was set: what was in force stays in force, from the new time on, and what was pending
   * takes effect when its instant comes by the new time.
   *
   * @param beforeNs the present instant by the time before
   * @param nowNs the present instant by the new time
   */
  public GateSchedule clockSet(long beforeNs, long nowNs) {
    GateSchedule inForce = at(beforeNs);
    return new GateSchedule(
            inForce.oper,
            Math.min(inForce.operSinceNs, nowNs),
            inForce.pending,
            inForce.configChangeErrors)
        .at(nowNs);
  }

  private GateSchedule with(Pending next, int errors) {
    return new GateSchedule(oper, operSinceNs, Optional.of(next), configChangeErrors + errors);
  }

  /** The gates stand still; the limits on the size of frames stay. */
  private GateSchedule idle(int gateStates, long nowNs) {
    if (oper.adminGateStates() == gateStates) {
      return this;
    }
    GateParameters idle =
        new GateParameters(
            false,
            gateStates,
            oper.controlList(),
            oper.cycleTime(),
            oper.cycleTimeExtensionNs(),
            oper.baseTimeNs(),
            oper.queueMaxSdu());
    return new GateSchedule(idle, nowNs, pending, configChangeErrors);
  }
}
