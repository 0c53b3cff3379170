package org.ktsn.dataplane;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.TaiClock;
import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.Launcher;
import org.ktsn.foreign.NativeThread;
import org.ktsn.foreign.Poller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The planner's duty cycle: reads the clock once, does at most one task of others, collects what
 * was launched, takes datagrams in, commits what is due; sleeps when there is nothing to do.
 *
 * <p>All state here is the planner thread's own. Nothing on a frame's way allocates, blocks or
 * logs.
 */
final class Planner implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

  private static final int NONE = -1;
  private static final int INGRESS_BUDGET = 256;
  private static final int COMMIT_BUDGET = 256;
  private static final int MAX_REDATED = 1000;
  private static final long RETRY_NS = 200_000;
  private static final long COLLECT_NS = 1_000_000;
  private static final long HOUSEKEEPING_NS = 200_000_000;
  private static final long SETTLED_NS = 1_000_000_000;
  private static final long STOP_LOOK_NS = 50_000_000;
  private static final long FAILURE_PAUSE_NS = 1_000_000;
  private static final long LAUNCH_BEFORE_NS = 60_000;
  private static final long LAUNCH_AFTER_NS = 10_000;

  /** As the launcher's: who believes that the link is taken for longer has a clock that was set. */
  private static final long LONGEST_FRAME_NS = 600_000_000;

  private final PlannerSettings settings;
  private final TaiClock clock;
  private final Launcher launcher;
  private final Poller poller;
  private final FrameTable frames;
  final FlowTable flows;
  private final BufferReserve buffers;
  private final CommittedFrames committed;
  private TrafficClasses classes;
  private final int frameRoom;

  final Mailbox mailbox;
  final StageSlot<Ingress> ingress;
  final StageSlot<NetworkStack> stack;
  final Lives lives = new Lives();
  private final IngressStage ingressStage;
  private final StackStage stackStage;
  final ShaperStage shaper;
  final StageSlot<Port> port;
  final Counters counters = new Counters();
  final Distribution txErrors = new Distribution();
  final Distribution lateness = new Distribution();

  private final int[] ready = new int[4];
  private final HeldFrames held;
  private final PodCredits credits;
  private final Lifetimes lifetimes;
  private final OverdueFrames overdue;
  final PodPriorities priorities;
  private FrameTrace trace;
  private final ClockPolicies clockPolicies;
  private final EffectiveSchedule schedules;
  private GateTimeline timeline;
  private volatile int[] queuedByClass = new int[8];
  private DatagramSink sink;
  private int accepting = NONE;
  private PortModel model;
  private long nowNs;
  private long nextCommitNs;
  private long housekeepingNs;
  private long earliestNewNs = Long.MAX_VALUE;
  private long sentEndNs = Long.MIN_VALUE;
  private boolean returning;
  private boolean hadPort;
  private final ClockSteps steps = new ClockSteps();
  private boolean replanning;
  private long steppedArrival;
  private long steppedNs;
  private final boolean[] attached = new boolean[Pod.MAX_PODS];
  private final long[] goneBefore = new long[Pod.MAX_PODS];
  private volatile boolean stopping;

  Planner(
      PlannerSettings settings,
      TaiClock clock,
      Launcher launcher,
      Poller poller,
      BufferReserve buffers,
      int frameRoom,
      PortModel model,
      TrafficClasses classes,
      GateSchedule schedule) {
    this.settings = settings;
    this.clock = clock;
    this.launcher = launcher;
    this.poller = poller;
    this.buffers = buffers;
    this.frameRoom = frameRoom;
    this.model = model;
    clockPolicies = new ClockPolicies(settings.clockReportLimitNs());
    schedules = new EffectiveSchedule(schedule, clockPolicies);
    timeline = new GateTimeline(schedule);
    frames = new FrameTable(settings.maxFrames());
    flows = new FlowTable(frames);
    committed = new CommittedFrames(Math.max(settings.maxFrames(), 1));
    held = new HeldFrames(frames, this::tryAgain);
    credits = new PodCredits(frames);
    lifetimes = new Lifetimes(frames, settings.maxWaitNs());
    priorities = new PodPriorities(counters);
    credits.plan(schedules.effective(), model, frameRoom);
    this.classes = classes;
    launcher.ringWhenMissed(poller.wakeDescriptor());
    mailbox = new Mailbox(poller::wake);
    ingressStage = new IngressStage(lives, poller, this::isRunning);
    ingress = ingressStage.slot();
    stackStage = new StackStage(lives, frameRoom, poller::wake, this::isRunning);
    stack = stackStage.slot();
    port = new StageSlot<>(NoStages.PORT, poller::wake, this::isRunning);
    shaper =
        new ShaperStage(
            lives,
            frames,
            settings.horizonNs(),
            schedule,
            this::fallback,
            this::drop,
            poller::wake,
            this::isRunning);
    overdue = new OverdueFrames(shaper, lifetimes);
  }

  // ---- for other threads ----

  boolean isRunning() {
    return lives.isRunning();
  }

  /** Returns the planner thread's number, 0 while none runs. */
  long threadId() {
    Life life = lives.present();
    return life == null ? 0 : life.thread().threadId();
  }

  /** Ends the duty cycle and waits until it has ended. */
  void stop() {
    stopping = true;
    poller.wake();
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
      mailbox.post(this::lookAtClock);
    }
  }

  /** There is no monitor of the clock any more. Does not wait. */
  void clockUnwatched() {
    clockPolicies.away();
    mailbox.post(this::lookAtClock);
  }

  int[] queuedByClass() {
    return queuedByClass;
  }

  /** Returns how many packet buffers wait here for frames to come; a moment old. */
  int idleBuffers() {
    return buffers.idle() + frames.idleBuffers();
  }

  int committedCount() {
    return launcher.outstanding();
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
    long frontier = Math.max(nowNs + settings.horizonNs(), linkFreeNs());
    schedules.declare(schedules.declared().change(parameters, frontier));
    planByAnother();
    return schedules.declared();
  }

  /** Maps priorities to classes in another way from now on; frames that wait keep theirs. */
  Boolean classes(TrafficClasses next) {
    classes = next;
    return true;
  }

  /** Returns what the shaper says of its classes. */
  List<ClassStatus> classStatus() {
    return ClassReport.of(shaper, counters, nowNs);
  }

  /** Records into another trace, or none; returns the one before, for its owner to close. */
  Optional<FrameTrace> trace(Optional<FrameTrace> next) {
    Optional<FrameTrace> before = Optional.ofNullable(trace);
    trace = next.orElse(null);
    return before;
  }

  /** Takes a pod's datagrams from now on. */
  Boolean attach(int pod, Optional<Bandwidth> bandwidth) {
    if (!attached[pod]) {
      counters.forget(pod); // frames of the one before were counted until now
    }
    flows.open(pod);
    credits.open(pod, bandwidth);
    attached[pod] = true;
    return true;
  }

  /** Takes nothing of a pod any more; what it has waiting is dropped when its turn comes. */
  Boolean detach(int pod) {
    attached[pod] = false;
    goneBefore[pod] = frames.nextArrival();
    credits.forget(pod);
    counters.forget(pod);
    flows.forget(pod);
    return true;
  }

  private boolean isGone(int frame) {
    return frames.arrival(frame) < goneBefore[frames.pod[frame]];
  }

  /**
   * Leaves every buffer to the next planner. Only when planner and launcher have both ended.
   *
   * @return how many
   */
  int leaveBuffers() {
    nowNs = clock.nowNs();
    collect();
    int left = 0;
    for (int frame = 0; frame < frames.capacity(); frame++) {
      if (frames.buffer[frame] != 0) {
        buffers.leave(frames.buffer[frame]);
        frames.buffer[frame] = 0;
        left++;
      }
    }
    buffers.leave();
    return left;
  }

  // ---- the duty cycle ----

  /**
   * Plans until {@link #stop}.
   *
   * @throws IllegalStateException if the planner runs already
   */
  @Override
  public void run() {
    Life life = new Life(NativeThread.id());
    lives.begin(life);
    plan(life);
  }

  private void plan(Life life) {
    try {
      NativeThread.place(settings.cpu(), settings.priority());
    } catch (RuntimeException e) {
      LOG.error("event=planner-not-placed reason=\"{}\"", e.getMessage());
    }
    sink = new Sink(life);
    while (!stopping && !life.isOver()) {
      oneTurn(life);
    }
    if (!life.isOver()) {
      lives.close(life);
      mailbox.close();
    }
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
              Life life = new Life(NativeThread.id());
              lives.follow(ended, life);
              recover(culprit);
              plan(life);
            });
    return true;
  }

  /** Brings in order what the thread before left in the middle of something. */
  private void recover(Guard<?> culprit) {
    nowNs = clock.nowNs();
    IllegalStateException why =
        new IllegalStateException(culprit.title() + " did not come back; another thread plans now");
    if (accepting != NONE && frames.state(accepting) != FrameTable.FREE) {
      frames.release(accepting); // its datagram is still in the ring and comes again
    }
    accepting = NONE;
    held.recover();
    culprit.failed(why);
    mailbox.abandon(why);
  }

  /** Whatever goes wrong in a turn, the next one comes: frames keep flowing. */
  private void oneTurn(Life life) {
    try {
      if (turn(life) == 0) {
        idle();
      }
    } catch (RuntimeException | Error e) {
      LOG.error("event=turn-failed", e);
      LockSupport.parkNanos(FAILURE_PAUSE_NS);
    } catch (Throwable e) {
      if (!life.isOver()) {
        LOG.error("event=turn-failed", e);
      }
    }
  }

  /** One turn; returns how much was done. */
  private int turn(Life life) {
    readClock();
    counters.turn();
    if (nowNs >= nextCommitNs && nextCommitNs > 0) {
      lateness.record(nowNs - nextCommitNs);
      nextCommitNs = 0;
    }
    int work = mailbox.runOne() ? 1 : 0;
    work += adoptStages();
    work += shaper.begin(nowNs);
    work += collect();
    work += pollIngress();
    if (!held.isEmpty()) {
      work += held.retry(nowNs);
    }
    if (work > 0) {
      nowNs = clock.nowNs();
    }
    work += commit(life);
    if (nowNs >= housekeepingNs || housekeepingNs - nowNs > HOUSEKEEPING_NS) {
      housekeeping();
    }
    return work;
  }

  private void readClock() {
    long beforeNs = System.nanoTime();
    nowNs = clock.nowNs();
    long stepNs = steps.look(beforeNs, nowNs, System.nanoTime());
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
    counters.clockStep();
    steppedArrival = frames.nextArrival();
    steppedNs = nowNs;
    sentEndNs = Long.MIN_VALUE;
    nextCommitNs = 0;
    credits.reset(nowNs);
    schedules.clockSet(nowNs - stepNs, nowNs);
    planByAnother();
    if (launcher.outstanding() > 0) {
      launcher.returnAll();
      replanning = true;
    }
  }

  private boolean isPassedByStep(int frame) {
    return frames.arrival(frame) < steppedArrival && frames.launchTimeNs(frame) < steppedNs;
  }

  /**
   * Takes datagrams in, but none before the first port is there: programs take the kernel's path
   * until then, instead of having seconds of their frames wait here and leave late.
   */
  private int pollIngress() {
    hadPort |= port.inUse() != port.none();
    if (!hadPort) {
      return 0;
    }
    return ingressStage.poll(sink, INGRESS_BUDGET);
  }

  private void idle() {
    long wakeNs = Math.min(Math.min(nextCommitNs, housekeepingNs), overdue.wakeNs());
    if (!held.isEmpty()) {
      wakeNs = Math.min(wakeNs, held.nextNs());
    }
    if (returning || replanning) {
      wakeNs = Math.min(wakeNs, nowNs + RETRY_NS);
    }
    if (committed.count() > 0) {
      wakeNs =
          Math.min(
              besideLaunches(wakeNs),
              Math.max(committed.lastStartNs() + COLLECT_NS, nowNs + RETRY_NS));
    }
    if (ingressStage.prepareSleep(wakeNs, settings.horizonNs() + settings.leadNs())) {
      long restNs = wakeNs - clock.nowNs();
      if (restNs > 0 && mailbox.isEmpty() && !stopping) {
        poller.awaitNs(ready, restNs);
      }
    }
    ingressStage.awake();
  }

  /**
   * Moves a wake-up that would meet a launch to just before it: on a CPU that both threads share,
   * the planner's timer interrupt would hit the launcher in the moment that counts.
   */
  private long besideLaunches(long wakeNs) {
    for (int place = 0; place < committed.count(); place++) {
      long startNs = committed.startNs(place);
      if (startNs - LAUNCH_BEFORE_NS > wakeNs) {
        break;
      }
      if (wakeNs <= startNs + LAUNCH_AFTER_NS) {
        return startNs - LAUNCH_BEFORE_NS;
      }
    }
    return wakeNs;
  }

  // ---- stages ----

  private int adoptStages() {
    int work = ingressStage.begin() + stackStage.begin();
    if (port.changed() && leavePort()) {
      Port next = port.offered();
      if (next != port.none()) {
        model = next.model();
        credits.plan(schedules.effective(), model, frameRoom);
      }
      port.use(next);
      work++;
    }
    return work;
  }

  /**
   * Calls back what the launcher has for the port in use; tells whether nothing of it is left
   * there.
   */
  private boolean leavePort() {
    if (launcher.outstanding() > 0) {
      if (!returning) {
        launcher.returnAll();
        returning = true;
      }
      collect();
    }
    if (launcher.outstanding() > 0) {
      return false;
    }
    returning = false;
    return true;
  }

  private ActiveShaper fallback(GateSchedule from) {
    return new ActiveShaper("fallback", new FallbackShaper(frames, model, from), model);
  }

  private void planByAnother() {
    timeline = new GateTimeline(schedules.effective());
    shaper.schedule(schedules.effective());
    credits.plan(schedules.effective(), model, frameRoom);
  }

  /** Frames that are committed leave as planned; all others are planned anew. */
  private void lookAtClock() {
    if (schedules.look(System.nanoTime(), nowNs)) {
      planByAnother();
    }
  }

  // ---- in ----

  /** Where an ingress puts its datagrams during one life of the planner. */
  private final class Sink implements DatagramSink {
    private final Life life;

    Sink(Life life) {
      this.life = life;
    }

    @Override
    public boolean accept(Datagram datagram) {
      life.calledBack();
      try {
        return take(datagram);
      } finally {
        life.answered(ingressStage.guard());
      }
    }

    @Override
    public void malformed(int pod) {
      life.calledBack();
      try {
        Objects.checkIndex(pod, Pod.MAX_PODS);
        counters.received(pod);
        counters.dropped(pod, Verdict.MALFORMED);
      } finally {
        life.answered(ingressStage.guard());
      }
    }
  }

  private boolean take(Datagram datagram) {
    int pod = datagram.pod();
    int frame = frames.peekFree();
    // A pod may hold no more than what is free for all others: none can fill the table alone.
    if (frame < 0
        || !attached[pod]
        || frames.usedBy(pod) >= Math.min(settings.maxFramesPerPod(), frames.freeCount())) {
      overdue.hurry();
      return false;
    }
    if (frames.buffer[frame] == 0) {
      long buffer = buffers.take();
      if (buffer == 0) {
        return false;
      }
      frames.buffer[frame] = buffer;
      frames.data[frame] = Dpdk.frameData(buffer);
    }
    if (stackStage.isEmpty()) {
      return false;
    }
    accepting = frame;
    frames.take(frame, pod, datagram.launchTimeNs(), datagram.deadlineMode());
    credits.arrived(frame, nowNs);
    lifetimes.arrived(frame, nowNs);
    frames.sourceAddress[frame] = datagram.sourceAddress();
    frames.sourcePort[frame] = (short) datagram.sourcePort();
    frames.destinationPort[frame] = (short) datagram.destinationPort();

    Verdict verdict = timely(datagram);
    if (verdict == Verdict.ACCEPTED) {
      verdict = stackStage.encode(datagram, frames.data[frame]);
    }
    if (verdict == Verdict.ACCEPTED || verdict == Verdict.HOLD) {
      EncodedFrame encoded = lives.present().encoded;
      priorities.settle(pod, encoded, frames.data[frame]);
      frames.shape(frame, encoded.lengthOctets, encoded.headerOctets, classes.of(encoded.pcp));
    } else {
      frames.shape(frame, 0, 0, 0);
    }
    if (verdict == Verdict.HOLD) {
      held.hold(frame, nowNs);
    } else if (verdict == Verdict.ACCEPTED) {
      if (held.holds(pod)) {
        held.hurry();
      }
      verdict = enqueue(frame);
    }
    counters.received(pod);
    flows.received(frame, datagram, nowNs);
    accepting = NONE;
    if (verdict.isDrop()) {
      drop(frame, verdict);
    }
    return true;
  }

  private Verdict timely(Datagram datagram) {
    long launchTimeNs = datagram.launchTimeNs();
    if (launchTimeNs < nowNs && (settings.dropLate() || datagram.deadlineMode())) {
      return Verdict.LATE_ON_ARRIVAL;
    }
    return launchTimeNs - nowNs > settings.maxAheadNs() ? Verdict.TOO_EARLY : Verdict.ACCEPTED;
  }

  private Verdict enqueue(int frame) {
    frames.knownNs[frame] = nowNs;
    Verdict verdict = shaper.enqueue(frame);
    if (verdict == Verdict.ACCEPTED) {
      earliestNewNs =
          Math.min(earliestNewNs, frames.deadlineMode(frame) ? nowNs : frames.launchTimeNs(frame));
    }
    return verdict;
  }

  /** Tries a frame again whose next hop was unknown. */
  private Verdict tryAgain(int frame) {
    Verdict verdict = isGone(frame) ? Verdict.POD_GONE : complete(frame);
    boolean late =
        frames.launchTimeNs(frame) < nowNs && (settings.dropLate() || frames.deadlineMode(frame));
    if (verdict == Verdict.HOLD && (late || lifetimes.judge(frame, nowNs) != Verdict.ACCEPTED)) {
      verdict = Verdict.NO_NEIGHBOUR;
    } else if (verdict == Verdict.ACCEPTED && late) {
      verdict = Verdict.LATE_ON_ARRIVAL;
    }
    if (verdict == Verdict.ACCEPTED) {
      verdict = enqueue(frame);
    }
    if (verdict.isDrop()) {
      drop(frame, verdict);
    }
    return verdict;
  }

  private Verdict complete(int frame) {
    return stackStage.complete(frames.pod[frame], frames.data[frame], frames.lengthOctets(frame));
  }

  private void drop(int frame, Verdict reason) {
    if (!isGone(frame)) {
      credits.dropped(frame);
    }
    countDrop(frame, reason);
    if (trace != null) {
      trace.record(frames, frame, nowNs, FrameTrace.DROPPED, nowNs);
    }
    frames.release(frame);
  }

  private void countDrop(int frame, Verdict reason) {
    counters.dropped(frames.pod[frame], reason);
    flows.dropped(frame, reason);
  }

  // ---- out ----

  private int commit(Life life) {
    int work = 0;
    nextCommitNs = Long.MAX_VALUE;
    if (port.inUse() == port.none()
        || port.changed()
        || !shaper.model().equals(port.inUse().model())) {
      return 0; // in a moment the shaper comes that plans for this link
    }
    if (replanning) {
      replanning = launcher.outstanding() > 0;
      if (replanning) {
        return 0;
      }
    }
    while (work < COMMIT_BUDGET && launcher.hasRoom() && commitOne(life)) {
      work++;
    }
    if (overdue.isDue(nowNs)) {
      work += dropOverdue(life.departure);
    }
    if (!launcher.hasRoom()) {
      nextCommitNs = committed.startNs(committed.count() / 2); // there will be room by then
    }
    if (work >= COMMIT_BUDGET || shaper.hasChanged()) {
      nextCommitNs = 0; // there may be more
    }
    return work;
  }

  /**
   * Commits or drops one frame that is due. First into gaps before committed frames, then behind
   * them.
   */
  private boolean commitOne(Life life) {
    Departure departure = life.departure;
    if (frames.queuedCount() == 0) {
      earliestNewNs = Long.MAX_VALUE;
      return false;
    }
    long startNs = Math.max(nowNs + settings.leadNs(), linkTakenNs());
    if (earliestNewNs < committed.lastEndNs()) {
      for (int place = 0; place < committed.count(); place++) {
        long gapStartNs = place == 0 ? startNs : Math.max(startNs, committed.endNs(place - 1));
        long gapEndNs = committed.startNs(place);
        if (gapEndNs > gapStartNs
            && shaper.next(gapStartNs, gapEndNs, committed.limitsBefore(place), departure)) {
          return settle(departure);
        }
      }
    }
    earliestNewNs = Long.MAX_VALUE;
    if (!shaper.next(
        Math.max(startNs, committed.lastEndNs()), Shaper.NEVER, life.noLimits(), departure)) {
      return false;
    }
    if (departure.verdict == Verdict.ACCEPTED) {
      departure.verdict = lifetimes.judge(departure.frame, departure.launchNs);
    }
    if (departure.verdict == Verdict.ACCEPTED
        && departure.launchNs > nowNs + settings.horizonNs()) {
      nextCommitNs = departure.launchNs - settings.horizonNs();
      return false;
    }
    if (departure.verdict == Verdict.ACCEPTED && departure.launchNs >= shaper.commitUntilNs()) {
      return false; // what must leave before it may still be on its way to the shaper
    }
    return settle(departure);
  }

  /** Drops frames that can't leave in time; the next departure is another class's. */
  private int dropOverdue(Departure departure) {
    long startNs = Math.max(nowNs + settings.leadNs(), linkFreeNs());
    int work = 0;
    while (work < COMMIT_BUDGET && overdue.find(startNs, nowNs, departure)) {
      settle(departure);
      work++;
    }
    return work;
  }

  /** Returns until when a frame that was launched may be on the link. */
  private long linkTakenNs() {
    if (sentEndNs > nowNs + LONGEST_FRAME_NS) {
      sentEndNs = nowNs; // the clock was set back
    }
    return sentEndNs;
  }

  /** Returns when the link is free behind all that was launched or is committed. */
  private long linkFreeNs() {
    return Math.max(linkTakenNs(), committed.lastEndNs());
  }

  /** What the shaper does to the departure when it takes it is its affair: it was read before. */
  private boolean settle(Departure departure) {
    int frame = departure.frame;
    long launchNs = departure.launchNs;
    long notAfterNs = departure.notAfterNs;
    long durationNs = departure.durationNs;
    // what is not sent takes nothing of the shaper's credits
    Verdict verdict = judge(frame, departure.verdict, launchNs);
    departure.verdict = verdict;
    if (!shaper.take(departure)) {
      return true; // another shaper has it now
    }
    switch (verdict) {
      case ACCEPTED -> commit(frame, launchNs, notAfterNs, durationNs);
      case HOLD -> postpone(frame);
      default -> drop(frame, verdict);
    }
    return true;
  }

  /** Judges the departure that the shaper has found. */
  private Verdict judge(int frame, Verdict ofShaper, long launchNs) {
    if (isGone(frame)) {
      return Verdict.POD_GONE;
    }
    if (ofShaper != Verdict.ACCEPTED) {
      return ofShaper;
    }
    if (isPassedByStep(frame)) {
      return Verdict.MISSED;
    }
    Verdict verdict = lifetimes.judge(frame, launchNs);
    if (verdict != Verdict.ACCEPTED) {
      return verdict;
    }
    return credits.judge(frame, launchNs, nowNs + settings.maxAheadNs());
  }

  /** The frame waits until its pod may send it. */
  private void postpone(int frame) {
    credits.date(frame, model.linkOctets(frames.lengthOctets(frame)));
    lifetimes.dated(frame);
    Verdict verdict = enqueue(frame);
    if (verdict.isDrop()) {
      drop(frame, verdict);
    }
  }

  private void commit(int frame, long launchNs, long notAfterNs, long durationNs) {
    credits.leaves(frame, launchNs, model.linkOctets(frames.lengthOctets(frame)));
    frames.state(frame, FrameTable.COMMITTED);
    frames.decidedNs[frame] = nowNs;
    frames.plannedNs[frame] = launchNs;
    frames.notAfterNs[frame] = Math.min(notAfterNs, lifetimes.lastStartNs(frame));
    frames.durationNs[frame] = (int) Math.min(Integer.MAX_VALUE, durationNs);
    committed.add(
        frame, launchNs, durationNs, frames.launchTimeNs(frame), frames.trafficClass(frame));
    launcher.submit(
        frames.buffer[frame],
        port.inUse().handle(),
        launchNs,
        frames.notAfterNs[frame],
        frames.durationNs[frame],
        frame,
        frames.lengthOctets(frame),
        frames.trafficClass(frame));
  }

  private int collect() {
    int work = 0;
    while (launcher.collect()) {
      work++;
      int frame = launcher.number();
      long actualNs = launcher.actualNs();
      committed.remove(frame);
      switch (launcher.outcome()) {
        case Launcher.SENT -> sent(frame, actualNs);
        case Launcher.MISSED -> missed(frame, actualNs);
        case Launcher.REFUSED -> {
          if (trace != null) {
            trace.record(frames, frame, actualNs, FrameTrace.REFUSED, nowNs);
          }
          countDrop(frame, Verdict.PORT_DOWN);
          frames.release(frame);
        }
        default -> requeue(frame); // called back
      }
    }
    return work;
  }

  private void sent(int frame, long actualNs) {
    txErrors.record(actualNs - frames.plannedNs[frame]);
    sentEndNs = Math.max(sentEndNs, frames.plannedNs[frame] + frames.durationNs[frame]);
    counters.sent(frames.pod[frame], frames.trafficClass(frame));
    flows.sent(frame, actualNs);
    if (actualNs > frames.notAfterNs[frame]) {
      countOverrun(frame, actualNs);
    }
    if (trace != null) {
      trace.record(frames, frame, actualNs, FrameTrace.SENT, nowNs);
    }
    frames.buffer[frame] = 0; // the device's now
    frames.release(frame);
  }

  /** Its last instant had passed when it left: is it on the link when its gate closes? */
  private void countOverrun(int frame, long actualNs) {
    int trafficClass = frames.trafficClass(frame);
    long closeNs = timeline.nextClose(trafficClass, frames.plannedNs[frame]);
    if (actualNs > closeNs - frames.durationNs[frame]) {
      counters.overrun(trafficClass);
    }
  }

  private void missed(int frame, long actualNs) {
    if (trace != null) {
      trace.record(frames, frame, actualNs, FrameTrace.MISSED, nowNs);
    }
    Verdict verdict = isGone(frame) ? Verdict.POD_GONE : Verdict.MISSED;
    if (verdict == Verdict.MISSED
        && !isPassedByStep(frame)
        && ++frames.redated[frame] < MAX_REDATED) {
      verdict = lifetimes.judge(frame, nowNs);
    }
    if (verdict == Verdict.ACCEPTED) {
      frames.knownNs[frame] = nowNs;
      verdict = shaper.missed(frame);
    }
    earliestNewNs = Math.min(earliestNewNs, nowNs); // there is a gap where it was
    if (verdict == Verdict.ACCEPTED) {
      counters.late(frames.pod[frame]);
      flows.late(frame);
    } else {
      countDrop(frame, verdict);
      frames.release(frame);
    }
  }

  private void requeue(int frame) {
    Verdict verdict = isGone(frame) ? Verdict.POD_GONE : enqueue(frame);
    if (verdict.isDrop()) {
      drop(frame, verdict);
    } else {
      earliestNewNs = Math.min(earliestNewNs, nowNs);
    }
  }

  // ---- now and then ----

  private void housekeeping() {
    housekeepingNs = nowNs + HOUSEKEEPING_NS;
    lookAtClock();
    GateSchedule declared = schedules.declared();
    if (declared.pending().isPresent()
        && declared.pending().get().configChangeTimeNs() + SETTLED_NS < nowNs) {
      schedules.declare(declared.at(nowNs)); // the change is history: plan from the new list alone
      planByAnother();
    }
    shaper.audit();
    int[] before = queuedByClass;
    boolean same = true;
    for (int c = 0; c < 8; c++) {
      same &= before[c] == shaper.queued(c);
    }
    if (!same) {
      int[] queued = new int[8];
      for (int c = 0; c < 8; c++) {
        queued[c] = shaper.queued(c);
      }
      queuedByClass = queued;
    }
  }
}
