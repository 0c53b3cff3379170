package org.ktsn.dataplane;

import java.util.function.BooleanSupplier;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.dataplane.PlannerPlace.Room;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The planner's duty cycle: reads the clock once, does at most one task of others, takes up stages,
 * collects what was launched, takes datagrams in, commits what is due; sleeps when there is nothing
 * to do. Planner thread only.
 */
final class DutyCycle {
  private static final Logger LOG = LoggerFactory.getLogger(DutyCycle.class);

  private static final long RETRY_NS = 200_000;
  private static final long COLLECT_NS = 1_000_000;

  /** The same where programs wait for what is launched. */
  private static final long COLLECT_AWAITED_NS = 50_000;

  private static final long HOUSEKEEPING_NS = 200_000_000;
  private static final long SETTLED_NS = 1_000_000_000;
  private static final long LAUNCH_BEFORE_NS = 60_000;
  private static final long LAUNCH_AFTER_NS = 10_000;

  /** The rooms that a turn passes through. */
  record Rooms(
      Mailbox mailbox,
      StageAdoption stages,
      FilterLine filters,
      IngressStage ingress,
      ShaperStage shaper,
      Completions completions,
      Intake intake,
      Commitment commitment,
      PlanBasis basis,
      OutcomeBook book,
      CommittedFrames committed,
      OverdueFrames overdue) {}

  private final PlannerHost host;
  private final PlannerSettings settings;
  private final Agenda agenda;
  private final Rooms rooms;
  private final BooleanSupplier stopping;
  private final ClockSteps steps = new ClockSteps();

  /** Which room the planner is in. */
  final PlannerPlace place = new PlannerPlace();

  /** How long after its planned wake-up the planner was at work. */
  final Distribution lateness = new Distribution();

  private volatile int[] queuedByClass = new int[8];
  private long housekeepingNs;

  DutyCycle(
      PlannerHost host,
      PlannerSettings settings,
      Agenda agenda,
      Rooms rooms,
      BooleanSupplier stopping) {
    this.host = host;
    this.settings = settings;
    this.agenda = agenda;
    this.rooms = rooms;
    this.stopping = stopping;
  }

  /** Returns how many frames wait in each class; a moment old. Any thread. */
  int[] queuedByClass() {
    return queuedByClass;
  }

  /** One turn; returns how much was done. */
  int turn(Life life) {
    place.enter(Room.TURN);
    rooms.filters.resume();
    rooms.commitment.resume();
    readClock();
    rooms.book.counters.turn();
    if (agenda.nowNs >= agenda.nextCommitNs && agenda.nextCommitNs > 0) {
      lateness.record(agenda.nowNs - agenda.nextCommitNs);
      agenda.nextCommitNs = 0;
    }
    int work = rooms.mailbox.runOne() ? 1 : 0;
    work += rooms.stages.begin();
    work += rooms.filters.begin();
    work += rooms.shaper.begin(agenda.nowNs);
    place.enter(Room.COMPLETIONS);
    work += rooms.completions.collect();
    place.enter(Room.INTAKE);
    if (rooms.stages.hadPort()) {
      // Before the first port is there, programs take the kernel's path, instead of having seconds
      // of their frames wait here and leave late.
      work += rooms.intake.poll();
    }
    work += rooms.intake.retry();
    if (work > 0) {
      agenda.nowNs = host.clock().nowNs();
    }
    place.enter(Room.COMMITMENT);
    work += rooms.commitment.commit(life);
    place.enter(Room.TURN);
    if (agenda.nowNs >= housekeepingNs || housekeepingNs - agenda.nowNs > HOUSEKEEPING_NS) {
      housekeeping();
    }
    return work;
  }

  /**
   * A life of the planner begins in place of one that was ended: what that one left in the middle
   * is brought in order here, and at the beginning of the next turn.
   */
  void recover(Life life) {
    agenda.nowNs = host.clock().nowNs();
    rooms.filters.recover();
    rooms.intake.recover(life);
    host.launcher().publish();
  }

  private void readClock() {
    long beforeNs = host.monotonic().getAsLong();
    agenda.nowNs = host.clock().nowNs();
    long stepNs = steps.look(beforeNs, agenda.nowNs, host.monotonic().getAsLong());
    if (stepNs != 0) {
      stepped(stepNs);
    }
  }

  /**
   * The clock was set. What is with the launcher comes back and is planned anew; a frame whose
   * launch time has passed by the step is dropped as missed when its turn comes, so that they don't
   * all leave at once.
   */
  private void stepped(long stepNs) {
    LOG.warn("event=clock-stepped step-ns={} action=replan", stepNs);
    rooms.book.counters.clockStep();
    agenda.clockSet();
    rooms.basis.clockSet(stepNs, agenda.nowNs);
    rooms.commitment.replan();
  }

  /** Sleeps until there is something to do. */
  void idle() {
    long nowNs = agenda.nowNs;
    long wakeNs =
        Math.min(
            Math.min(agenda.nextCommitNs, housekeepingNs),
            Math.min(rooms.overdue.wakeNs(), rooms.intake.nextTrialNs()));
    if (rooms.stages.isLeavingPort() || rooms.commitment.isReplanning()) {
      wakeNs = Math.min(wakeNs, nowNs + RETRY_NS);
    }
    if (rooms.committed.count() > 0) {
      wakeNs = Math.min(besideLaunches(wakeNs), collectNs(nowNs));
    }
    if (rooms.ingress.prepareSleep(wakeNs, settings.horizonNs() + settings.leadNs())) {
      long restNs = wakeNs - host.clock().nowNs();
      if (restNs > 0 && rooms.mailbox.isEmpty() && !stopping.getAsBoolean()) {
        place.enter(Room.ASLEEP);
        host.doorbells().sleep(restNs);
        place.enter(Room.TURN);
      }
    }
    rooms.ingress.awake();
  }

  /** When the planner looks what was launched, if nothing else wakes it. */
  private long collectNs(long nowNs) {
    if (rooms.commitment.isLaunchAwaited()) {
      return Math.max(rooms.committed.startNs(0) + COLLECT_AWAITED_NS, nowNs + RETRY_NS / 2);
    }
    return Math.max(rooms.committed.lastStartNs() + COLLECT_NS, nowNs + RETRY_NS);
  }

  /**
   * Moves a wake-up that would meet a launch to just before it: on a CPU that both threads share,
   * the planner's timer interrupt would hit the launcher in the moment that counts.
   */
  private long besideLaunches(long wakeNs) {
    int place = rooms.committed.firstAfter(wakeNs - LAUNCH_AFTER_NS - 1);
    if (place == rooms.committed.count()) {
      return wakeNs;
    }
    return Math.min(wakeNs, rooms.committed.startNs(place) - LAUNCH_BEFORE_NS);
  }

  private void housekeeping() {
    housekeepingNs = agenda.nowNs + HOUSEKEEPING_NS;
    lookAtClock();
    EffectiveSchedule schedules = rooms.basis.schedules;
    GateSchedule declared = schedules.declared();
    if (declared.pending().isPresent()
        && declared.pending().get().configChangeTimeNs() + SETTLED_NS < agenda.nowNs) {
      // the change is history: plan from the new list alone
      schedules.declare(declared.at(agenda.nowNs));
      rooms.basis.scheduleChanged();
    }
    rooms.shaper.audit();
    int[] before = queuedByClass;
    int[] queued = before;
    for (int c = 0; c < 8; c++) {
      int ofClass = rooms.shaper.queued(c);
      if (ofClass != queued[c]) {
        queued = queued == before ? before.clone() : queued;
        queued[c] = ofClass;
      }
    }
    queuedByClass = queued;
  }

  /** Frames that are committed leave as planned; all others are planned anew. */
  void lookAtClock() {
    if (rooms.basis.schedules.look(host.monotonic().getAsLong(), agenda.nowNs)) {
      rooms.basis.scheduleChanged();
    }
  }
}
