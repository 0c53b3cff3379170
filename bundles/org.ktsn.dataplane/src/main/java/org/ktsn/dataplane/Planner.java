package org.ktsn.dataplane;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.time.ClockReport;
import org.ktsn.foreign.NativeThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The planner: makes the rooms that a frame passes through, runs the {@link DutyCycle} in one
 * thread at a time, and takes others' wishes.
 *
 * <pre>
 *   Intake ─▶ Line (filters, shaper) ─▶ Commitment ─▶ launcher ─▶ Completions
 * </pre>
 *
 * <p>All state in the rooms is the planner thread's own. Nothing on a frame's way allocates, blocks
 * or logs.
 */
final class Planner implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

  private static final long STOP_LOOK_NS = 50_000_000;
  private static final long FAILURE_PAUSE_NS = 1_000_000;

  private final PlannerHost host;
  private final PlannerSettings settings;
  private final FrameTable frames;
  private final Agenda agenda;
  private final AttachedPods pods;
  private final OutcomeBook book;
  private final ClockPolicies clockPolicies;
  private final EffectiveSchedule schedules;
  private final PlanBasis basis;
  private final Line line;
  private final Intake intake;
  private final Commitment commitment;
  private final Completions completions;
  private final DutyCycle cycle;

  final Lives lives = new Lives();
  final Mailbox mailbox;
  final StageSlot<Ingress> ingress;
  final StackStages stacks;
  final ShaperStage shaper;
  final FilterLine filters;
  final StageSlot<Port> port;
  final PodPriorities priorities;
  final FlowTable flows;
  final Counters counters;
  final Distribution txErrors;
  final Distribution lateness;
  final PlannerPlace place;

  private volatile boolean stopping;

  Planner(
      PlannerSettings settings,
      PlannerHost host,
      PortModel link,
      TrafficClasses classes,
      GateSchedule schedule) {
    this.host = host;
    this.settings = settings;
    Runnable wake = host.doorbells()::wake;
    frames = new FrameTable(settings.maxFrames());
    agenda = new Agenda(frames);
    pods = new AttachedPods(frames);
    book = new OutcomeBook(frames, agenda);
    flows = book.flows;
    counters = book.counters;
    priorities = new PodPriorities(counters);
    txErrors = book.txErrors;
    filters = new FilterLine(lives, frames, agenda, wake, this::isRunning);
    clockPolicies = new ClockPolicies(settings.clockReportLimitNs());
    schedules = new EffectiveSchedule(schedule, clockPolicies);
    mailbox = new Mailbox(wake);
    IngressStage ingressStage = new IngressStage(lives, host.doorbells(), this::isRunning);
    ingress = ingressStage.slot();
    stacks = new StackStages(lives, host.monotonic(), host.bufferOctets(), wake, this::isRunning);
    port = new StageSlot<>(NoStages.PORT, wake, this::isRunning);
    shaper =
        new ShaperStage(
            lives,
            frames,
            settings.horizonNs(),
            schedule,
            from -> fallback(from, link),
            this::refused,
            wake,
            this::isRunning);
    basis = new PlanBasis(schedules, link, shaper, filters);
    Lifetimes lifetimes = new Lifetimes(frames, settings.maxWaitNs());
    OverdueFrames overdue = new OverdueFrames(shaper, lifetimes);
    line = new Line(frames, agenda, pods, book, filters, lifetimes, shaper, ingressStage, settings);
    CommittedFrames committed = new CommittedFrames(Math.max(settings.maxFrames(), 1));
    intake =
        new Intake(
            settings,
            frames,
            agenda,
            pods,
            host.buffers(),
            ingressStage,
            stacks,
            line,
            lifetimes,
            overdue,
            book,
            priorities,
            host.stations(),
            classes);
    commitment =
        new Commitment(
            settings,
            host.clock(),
            frames,
            agenda,
            shaper,
            line,
            lifetimes,
            overdue,
            port,
            host.launcher(),
            committed);
    completions =
        new Completions(
            frames, agenda, pods, shaper, line, lifetimes, basis, book, host.launcher(), committed);
    StageAdoption stages =
        new StageAdoption(ingressStage, stacks, port, basis, host.launcher(), completions);
    cycle =
        new DutyCycle(
            host,
            settings,
            agenda,
            new DutyCycle.Rooms(
                mailbox,
                stages,
                filters,
                ingressStage,
                shaper,
                completions,
                intake,
                commitment,
                basis,
                book,
                committed,
                overdue),
            () -> stopping);
    lateness = cycle.lateness;
    place = cycle.place;
  }

  private ActiveShaper fallback(GateSchedule from, PortModel first) {
    PortModel link = basis == null ? first : basis.link();
    return new ActiveShaper("fallback", new FallbackShaper(frames, link, from), link);
  }

  private void refused(int frame, DropReason reason) {
    line.drop(frame, reason);
  }

  // ---- for other threads ----

  boolean isRunning() {
    return lives.isRunning();
  }

  /** Ends the duty cycle and waits until it has ended. */
  void stop() {
    stopping = true;
    host.doorbells().wake();
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    try {
      for (Life life = lives.present(); life != null; life = lives.present()) {
        long restNs = endNs - System.nanoTime();
        if (restNs <= 0) {
          return;
        }
        life.thread().join(Duration.ofNanos(Math.min(restNs, STOP_LOOK_NS)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  FrameTable frames() {
    return frames;
  }

  /** Returns what is in force and pending by the books. */
  GateSchedule schedule() {
    return schedules.declared();
  }

  /** Returns what shapers plan by: the schedule, or what the clock's policies make of it. */
  GateSchedule effectiveSchedule() {
    return schedules.effective();
  }

  /** Returns what is done about the quality of the clock. */
  ClockEffect clockEffect() {
    return schedules.effect();
  }

  /** Takes a report on the clock; what it asks for is done soon. Does not wait. */
  void clockHeard(ClockReport report) {
    if (clockPolicies.heard(report)) {
      mailbox.post(cycle::lookAtClock);
    }
  }

  /** There is no monitor of the clock any more. Does not wait. */
  void clockUnwatched() {
    clockPolicies.away();
    mailbox.post(cycle::lookAtClock);
  }

  int[] queuedByClass() {
    return cycle.queuedByClass();
  }

  /** Returns how many packet buffers wait here for frames to come; a moment old. */
  int idleBuffers() {
    return host.buffers().idle() + frames.idleBuffers();
  }

  int committedCount() {
    return host.launcher().outstanding();
  }

  // ---- tasks: run on the planner's thread through the mailbox ----

  /**
   * Asks for new gate parameters. The plan is fixed up to the launch horizon; a change counts from
   * there.
   *
   * @throws org.ktsn.api.schedule.ScheduleException if no new ones are taken because of the clock
   */
  GateSchedule changeSchedule(GateParameters parameters) {
    clockPolicies.refuseIfHeld();
    return restoreSchedule(parameters);
  }

  /** As {@link #changeSchedule}, for parameters that are not new. */
  GateSchedule restoreSchedule(GateParameters parameters) {
    long frontier = Math.max(agenda.nowNs + settings.horizonNs(), commitment.linkFreeNs());
    schedules.declare(schedules.declared().change(parameters, frontier));
    basis.scheduleChanged();
    return schedules.declared();
  }

  /** Maps priorities to classes in another way from now on; frames that wait keep theirs. */
  Boolean classes(TrafficClasses next) {
    intake.classes(next);
    return true;
  }

  /** Returns what the shaper says of its classes. */
  List<ClassStatus> classStatus() {
    return ClassReport.of(shaper, counters, agenda.nowNs);
  }

  /** Records into another trace, or none; returns the one before, for its owner to close. */
  Optional<FrameTrace> trace(Optional<FrameTrace> next) {
    return book.trace(next);
  }

  /** Takes a pod's datagrams from now on. */
  Boolean attach(Pod pod) {
    if (pods.attach(pod.number())) {
      book.open(pod.number());
    }
    filters.opened(pod);
    return true;
  }

  /** Takes nothing of a pod any more; what it has waiting is dropped when its turn comes. */
  Boolean detach(int pod) {
    pods.detach(pod);
    filters.closed(pod);
    book.forget(pod);
    return true;
  }

  /**
   * Leaves every buffer to the next planner. Only when planner and launcher have both ended.
   *
   * @return how many
   */
  int leaveBuffers() {
    Life life = beginLife(0); // a shaper is told of what the launcher gives back
    agenda.nowNs = host.clock().nowNs();
    completions.collect();
    lives.close(life);
    return frames.leaveBuffers(host.buffers());
  }

  // ---- lives ----

  /**
   * Plans until {@link #stop}.
   *
   * @throws IllegalStateException if the planner runs already
   */
  @Override
  public void run() {
    plan(beginLife(NativeThread.id()));
  }

  /** Begins a life of the calling thread, the first one; see {@link #turn}. */
  Life beginLife(int nativeId) {
    Life life = new Life(nativeId, frames);
    lives.begin(life);
    intake.begin(life);
    return life;
  }

  private void plan(Life life) {
    settings.placeThread();
    host.launcher().plannedBy(life.nativeId());
    while (!stopping && !life.isOver()) {
      oneTurn(life);
    }
    if (!life.isOver()) {
      lives.close(life);
      mailbox.close();
    }
  }

  /** Whatever goes wrong in a turn, the next one comes: frames keep flowing. */
  private void oneTurn(Life life) {
    try {
      if (turn(life) == 0) {
        cycle.idle();
      }
    } catch (Throwable e) {
      if (!life.isOver()) {
        LOG.error("event=turn-failed", e);
        LockSupport.parkNanos(FAILURE_PAUSE_NS);
      }
    }
  }

  /** One turn; returns how much was done. */
  int turn(Life life) {
    return cycle.turn(life);
  }

  /**
   * Has another thread plan, if the present one is still on this way into a step: it does not come
   * back. The watch's thread.
   */
  boolean takeOver(Life ended, long ticket, Guard<?> culprit) {
    if (!ended.end(ticket)) {
      return false;
    }
    NativeThread.demote(ended.nativeId()); // it may be in an endless loop
    ended.thread().interrupt();
    Thread.ofPlatform()
        .name("ktsn-planner")
        .daemon()
        .start(
            () -> {
              Life life = new Life(NativeThread.id(), frames);
              lives.follow(ended, life);
              recover(life, culprit);
              plan(life);
            });
    return true;
  }

  /** Brings in order what the thread before left in the middle of something. */
  private void recover(Life life, Guard<?> culprit) {
    IllegalStateException why =
        new IllegalStateException(culprit.title() + " did not come back; another thread plans now");
    cycle.recover(life);
    culprit.failed(why);
    mailbox.abandon(why);
  }
}
