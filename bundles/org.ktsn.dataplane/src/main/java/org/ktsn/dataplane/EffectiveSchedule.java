package org.ktsn.dataplane;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GuardBands;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.stats.ClockEffect.Gates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two schedules of the port, and which is which: the <em>declared</em> one is in force by the
 * books, as it was asked for; the <em>effective</em> one is what shapers plan by, and what the
 * clock's policies make of it. So the gates come back by themselves when the clock is good again.
 *
 * <p>Planner thread only, but for {@link #declared}, {@link #effective} and {@link #effect}, which
 * any thread may read.
 */
final class EffectiveSchedule {
  private static final Logger LOG = LoggerFactory.getLogger(EffectiveSchedule.class);

  private final ClockPolicies policies;
  private volatile GateSchedule declared;
  private volatile GateSchedule effective;
  private volatile ClockEffect effect = ClockEffect.NONE;

  /** Since when the policies are what they are: what was planned before was planned by others. */
  private long treatedSinceNs = Long.MIN_VALUE;

  private int closedClasses;

  EffectiveSchedule(GateSchedule declared, ClockPolicies policies) {
    this.policies = policies;
    this.declared = declared;
    effective = declared;
  }

  /** Returns what is in force and pending by the books. Any thread. */
  GateSchedule declared() {
    return declared;
  }

  /** Returns what shapers plan by. Any thread. */
  GateSchedule effective() {
    return effective;
  }

  /** Returns what the clock's policies come to at present. Any thread. */
  ClockEffect effect() {
    return effect;
  }

  /** Another schedule is declared. */
  void declare(GateSchedule next) {
    declared = next;
    apply();
  }

  /** The clock was set: nothing began later than now. */
  void clockSet(long beforeNs, long nowNs) {
    treatedSinceNs = Math.min(treatedSinceNs, nowNs);
    declare(declared.clockSet(beforeNs, nowNs));
  }

  /**
   * Looks at what the clock's monitor says.
   *
   * @param nanoTime the monotonic clock
   * @param nowNs the present instant
   * @return whether shapers must plan by another schedule from now on
   */
  boolean look(long nanoTime, long nowNs) {
    if (!policies.look(nanoTime)) {
      return false;
    }
    boolean same =
        effect.gates() == policies.gates() && effect.guardBandNs() == policies.guardBandNs();
    if (!same) {
      treatedSinceNs = nowNs;
    }
    apply();
    return !same;
  }

  private void apply() {
    GateSchedule treated =
        switch (policies.gates()) {
          case AS_SCHEDULED -> declared;
          case NARROWED -> GuardBands.widen(declared, policies.guardBandNs());
          case OPEN -> open(declared);
        };
    effective =
        new GateSchedule(
            treated.oper(),
            Math.max(treated.operSinceNs(), treatedSinceNs),
            treated.pending(),
            treated.configChangeErrors());
    int closed =
        policies.gates() == Gates.NARROWED ? GuardBands.closedClasses(declared, treated) : 0;
    if ((closed & ~closedClasses) != 0) {
      LOG.warn(
          "event=classes-closed classes={} guard-band-ns={} reason=\"none of their windows is longer"
              + " than two guard bands; their frames are dropped as never_fits\"",
          classes(closed),
          policies.guardBandNs());
    }
    closedClasses = closed;
    effect =
        new ClockEffect(
            policies.monitor(),
            policies.state(),
            policies.gates(),
            policies.guardBandNs(),
            classes(closed),
            policies.schedulesHeld());
  }

  private static List<Integer> classes(int bits) {
    return IntStream.range(0, 8).filter(c -> (bits >> c & 1) != 0).boxed().toList();
  }

  /** Every gate open, now and after what is pending; the limits on the size of frames stay. */
  private static GateSchedule open(GateSchedule schedule) {
    Optional<GateSchedule.Pending> pending =
        schedule
            .pending()
            .map(
                due ->
                    new GateSchedule.Pending(
                        open(due.parameters()),
                        due.configChangeTimeNs(),
                        due.acceptedNs(),
                        due.cycleStartNs(),
                        due.stretched()));
    return new GateSchedule(
        open(schedule.oper()), schedule.operSinceNs(), pending, schedule.configChangeErrors());
  }

  private static GateParameters open(GateParameters parameters) {
    return new GateParameters(
        false,
        GateParameters.ALL_OPEN,
        List.of(),
        parameters.cycleTime(),
        0,
        parameters.baseTimeNs(),
        parameters.queueMaxSdu());
  }
}
