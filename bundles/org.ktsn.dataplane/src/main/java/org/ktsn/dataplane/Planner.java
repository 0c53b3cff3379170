package org.ktsn.dataplane;

import java.util.Arrays;
import java.util.Optional;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
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
final class Planner implements Runnable, DatagramSink {
  private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

  private static final int INGRESS_BUDGET = 256;
  private static final int COMMIT_BUDGET = 256;
  private static final int MAX_HELD = 256;
  private static final int MAX_HELD_PER_POD = 32;
  private static final int MAX_REDATED = 1000;
  private static final long HELD_RETRY_NS = 200_000;
  private static final long COLLECT_NS = 1_000_000;
  private static final long HOUSEKEEPING_NS = 200_000_000;
  private static final long SETTLED_NS = 1_000_000_000;
  private static final long[] NO_LIMITS = new long[8];

  static {
    Arrays.fill(NO_LIMITS, Shaper.NEVER);
  }

  private final PlannerSettings settings;
  private final TaiClock clock;
  private final Launcher launcher;
  private final Poller poller;
  private final FrameTable frames;
  private final BufferReserve buffers;
  private final CommittedFrames committed;
  private final TrafficClasses classes;
  private final int frameRoom;

  final Mailbox mailbox;
  final StageSlot<Ingress> ingress;
  final StageSlot<NetworkStack> stack;
  final StageSlot<ActiveShaper> shaper;
  final StageSlot<Port> port;
  final Counters counters = new Counters();
  final Distribution txErrors = new Distribution();
  final Distribution lateness = new Distribution();

  private final Departure departure = new Departure();
  private final EncodedFrame encoded = new EncodedFrame();
  private final int[] ready = new int[4];
  private final int[] held = new int[MAX_HELD];
  private int heldCount;
  private FrameTrace trace;
  private GateSchedule schedule = GateSchedule.open();
  private volatile GateSchedule published = schedule;
  private volatile int[] queuedByClass = new int[8];
  private PortModel model;
  private long nowNs;
  private long nextCommitNs;
  private long housekeepingNs;
  private long earliestNewNs = Long.MAX_VALUE;
  private boolean returning;
  private volatile boolean stopping;
  private volatile boolean running;
  private volatile Thread thread;
  private volatile long threadId;

  Planner(
      PlannerSettings settings,
      TaiClock clock,
      Launcher launcher,
      Poller poller,
      BufferReserve buffers,
      int frameRoom,
      PortModel model) {
    this.settings = settings;
    this.clock = clock;
    this.launcher = launcher;
    this.poller = poller;
    this.buffers = buffers;
    this.frameRoom = frameRoom;
    this.model = model;
    frames = new FrameTable(settings.maxFrames());
    committed = new CommittedFrames(Math.max(settings.maxFrames(), 1));
    classes = new TrafficClasses(settings.trafficClasses());
    mailbox = new Mailbox(poller::wake);
    ingress = new StageSlot<>(NoStages.INGRESS, poller::wake, this::isRunning);
    stack = new StageSlot<>(NoStages.STACK, poller::wake, this::isRunning);
    port = new StageSlot<>(NoStages.PORT, poller::wake, this::isRunning);
    ActiveShaper fallback =
        new ActiveShaper("fallback", new FallbackShaper(frames, model, schedule));
    shaper = new StageSlot<>(fallback, poller::wake, this::isRunning);
  }

  // ---- for other threads ----

  boolean isRunning() {
    return running;
  }

  /** Returns the planner thread's number, 0 before it runs. */
  long threadId() {
    return threadId;
  }

  /** Ends the duty cycle and waits until it has ended. */
  void stop() {
    stopping = true;
    poller.wake();
    Thread planner = thread;
    if (planner != null) {
      try {
        planner.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  FrameTable frames() {
    return frames;
  }

  GateSchedule schedule() {
    return published;
  }

  PortModel model() {
    return model;
  }

  int[] queuedByClass() {
    return queuedByClass;
  }

  int committedCount() {
    return launcher.outstanding();
  }

  // ---- tasks: run on the planner's thread through the mailbox ----

  /**
   * Asks for new gate parameters. The plan is fixed up to the launch horizon; a change counts from
   * there.
   */
  GateSchedule changeSchedule(GateParameters parameters) {
    long frontier = Math.max(nowNs + settings.horizonNs(), committed.lastEndNs());
    adoptSchedule(schedule.change(parameters, frontier));
    return schedule;
  }

  /** Records into another trace, or none; returns the one before, for its owner to close. */
  Optional<FrameTrace> trace(Optional<FrameTrace> next) {
    Optional<FrameTrace> before = Optional.ofNullable(trace);
    trace = next.orElse(null);
    return before;
  }

  /** Drops what a pod has waiting, and forgets its counters. */
  Integer forgetPod(int pod) {
    for (int i = heldCount - 1; i >= 0; i--) {
      if (frames.pod[held[i]] == pod) {
        int frame = held[i];
        held[i] = held[--heldCount];
        drop(frame, Verdict.POD_GONE);
      }
    }
    counters.forget(pod);
    return frames.usedBy(pod);
  }

  // ---- the duty cycle ----

  @Override
  public void run() {
    thread = Thread.currentThread();
    threadId = thread.threadId();
    try {
      NativeThread.place(settings.cpu(), settings.priority());
    } catch (RuntimeException e) {
      LOG.error("event=planner-not-placed reason=\"{}\"", e.getMessage());
    }
    running = true;
    try {
      while (!stopping) {
        if (turn() == 0) {
          idle();
        }
      }
    } catch (RuntimeException | Error e) {
      LOG.error("event=planner-failed", e);
      throw e;
    } finally {
      running = false;
      mailbox.close();
    }
  }

  /** One turn; returns how much was done. */
  int turn() {
    nowNs = clock.nowNs();
    counters.turn();
    if (nowNs >= nextCommitNs && nextCommitNs > 0) {
      lateness.record(nowNs - nextCommitNs);
      nextCommitNs = 0;
    }
    int work = mailbox.runOne() ? 1 : 0;
    work += adoptStages();
    work += collect();
    work += ingress.inUse().poll(this, INGRESS_BUDGET);
    if (heldCount > 0) {
      work += completeHeld();
    }
    work += commit();
    if (nowNs >= housekeepingNs) {
      housekeeping();
    }
    return work;
  }

  private void idle() {
    long wakeNs = Math.min(nextCommitNs, housekeepingNs);
    if (heldCount > 0) {
      wakeNs = Math.min(wakeNs, nowNs + HELD_RETRY_NS);
    }
    if (committed.count() > 0) {
      wakeNs = Math.min(wakeNs, committed.lastStartNs() + COLLECT_NS);
    }
    if (returning) {
      wakeNs = Math.min(wakeNs, nowNs + HELD_RETRY_NS);
    }
    if (ingress.inUse().prepareSleep(wakeNs, settings.horizonNs() + settings.leadNs())) {
      long restNs = wakeNs - clock.nowNs();
      if (restNs > 0 && mailbox.isEmpty() && !stopping) {
        poller.awaitNs(ready, restNs);
      }
    }
    ingress.inUse().awake();
  }

  // ---- stages ----

  private int adoptStages() {
    int work = 0;
    if (ingress.changed()) {
      adoptIngress();
      work++;
    }
    if (stack.changed()) {
      stack.use(stack.offered());
      work++;
    }
    if (port.changed() && leavePort()) {
      Port next = port.offered();
      if (next != port.none()) {
        model = next.model();
      }
      port.use(next);
      work++;
    }
    if (shaper.changed()) {
      adoptShaper(shaper.offered());
      work++;
    }
    return work;
  }

  private void adoptIngress() {
    Ingress before = ingress.inUse();
    if (before != ingress.none()) {
      poller.remove(before.doorbell());
    }
    Ingress next = ingress.offered();
    if (next != ingress.none()) {
      poller.addEdge(next.doorbell(), 0);
    }
    ingress.use(next);
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

  /**
   * Hands every waiting frame to another shaper. The order of arrival is the frames' own, so none
   * is overtaken.
   */
  private void adoptShaper(ActiveShaper next) {
    next.shaper().schedule(schedule);
    for (int frame = 0; frame < frames.capacity(); frame++) {
      if (frames.state(frame) == FrameTable.QUEUED) {
        Verdict verdict = next.shaper().enqueue(frame);
        if (verdict.isDrop()) {
          drop(frame, verdict);
        }
      }
    }
    shaper.use(next);
    nextCommitNs = 0;
  }

  /** Takes a shaper that failed out of the path; its frames go on with the fallback. */
  private void shaperFailed(RuntimeException failure) {
    ActiveShaper failed = shaper.inUse();
    LOG.error("event=shaper-failed shaper={} action=fallback", failed.name(), failure);
    ActiveShaper fallback =
        new ActiveShaper("fallback", new FallbackShaper(frames, model, schedule));
    adoptShaper(fallback);
    shaper.replaceFailed(failed, fallback);
  }

  private void adoptSchedule(GateSchedule next) {
    schedule = next;
    published = next;
    shaper.inUse().shaper().schedule(next);
    nextCommitNs = 0;
  }

  // ---- in ----

  @Override
  public boolean accept(Datagram datagram) {
    int pod = datagram.pod();
    int frame = frames.peekFree();
    if (frame < 0 || frames.usedBy(pod) >= settings.maxFramesPerPod()) {
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
    if (stack.inUse() == stack.none()) {
      return false;
    }
    counters.received(pod);
    frames.take(frame, pod, datagram.launchTimeNs(), datagram.deadlineMode());
    frames.sourceAddress[frame] = datagram.sourceAddress();
    frames.sourcePort[frame] = (short) datagram.sourcePort();
    frames.destinationPort[frame] = (short) datagram.destinationPort();

    Verdict verdict = timely(datagram);
    if (verdict == Verdict.ACCEPTED) {
      verdict = stack.inUse().encode(datagram, frames.data[frame], frameRoom, encoded);
    }
    if (verdict == Verdict.ACCEPTED || verdict == Verdict.HOLD) {
      frames.shape(frame, encoded.lengthOctets, encoded.headerOctets, classes.of(encoded.pcp));
    } else {
      frames.shape(frame, 0, 0, 0);
    }
    if (verdict == Verdict.HOLD) {
      verdict = hold(frame);
    } else if (verdict == Verdict.ACCEPTED) {
      verdict = enqueue(frame);
    }
    if (verdict.isDrop()) {
      drop(frame, verdict);
    }
    return true;
  }

  @Override
  public void malformed(int pod) {
    counters.received(pod);
    counters.dropped(pod, Verdict.MALFORMED);
  }

  private Verdict timely(Datagram datagram) {
    long launchTimeNs = datagram.launchTimeNs();
    if (launchTimeNs < nowNs && settings.dropLate() && !datagram.deadlineMode()) {
      return Verdict.LATE_ON_ARRIVAL;
    }
    return launchTimeNs - nowNs > settings.maxAheadNs() ? Verdict.TOO_EARLY : Verdict.ACCEPTED;
  }

  private Verdict enqueue(int frame) {
    Verdict verdict;
    try {
      verdict = shaper.inUse().shaper().enqueue(frame);
    } catch (RuntimeException e) {
      shaperFailed(e);
      verdict = shaper.inUse().shaper().enqueue(frame);
    }
    if (verdict == Verdict.ACCEPTED) {
      frames.state(frame, FrameTable.QUEUED);
      earliestNewNs =
          Math.min(earliestNewNs, frames.deadlineMode(frame) ? nowNs : frames.launchTimeNs(frame));
    }
    return verdict;
  }

  private Verdict hold(int frame) {
    int ofPod = 0;
    for (int i = 0; i < heldCount; i++) {
      ofPod += frames.pod[held[i]] == frames.pod[frame] ? 1 : 0;
    }
    if (heldCount == MAX_HELD || ofPod >= MAX_HELD_PER_POD) {
      return Verdict.NO_NEIGHBOUR;
    }
    held[heldCount++] = frame;
    return Verdict.HOLD;
  }

  /**
   * Tries the frames again whose next hop was unknown; in their order, so that none overtakes
   * another.
   */
  private int completeHeld() {
    int kept = 0;
    int work = 0;
    for (int i = 0; i < heldCount; i++) {
      int frame = held[i];
      Verdict verdict =
          stack.inUse().complete(frames.pod[frame], frames.data[frame], frames.lengthOctets(frame));
      boolean past = !frames.deadlineMode(frame) && frames.launchTimeNs(frame) < nowNs;
      if (past && settings.dropLate() && verdict == Verdict.HOLD) {
        verdict = Verdict.NO_NEIGHBOUR;
      } else if (past && settings.dropLate() && verdict == Verdict.ACCEPTED) {
        verdict = Verdict.LATE_ON_ARRIVAL;
      }
      if (verdict == Verdict.HOLD) {
        held[kept++] = frame;
        continue;
      }
      work++;
      if (verdict == Verdict.ACCEPTED) {
        verdict = enqueue(frame);
      }
      if (verdict.isDrop()) {
        drop(frame, verdict);
      }
    }
    heldCount = kept;
    return work;
  }

  private void drop(int frame, Verdict reason) {
    counters.dropped(frames.pod[frame], reason);
    if (trace != null) {
      trace.record(frames, frame, nowNs, FrameTrace.DROPPED);
    }
    frames.release(frame);
  }

  // ---- out ----

  private int commit() {
    int work = 0;
    nextCommitNs = Long.MAX_VALUE;
    if (port.inUse() == port.none() || port.changed()) {
      return 0;
    }
    try {
      while (work < COMMIT_BUDGET && launcher.hasRoom() && commitOne()) {
        work++;
      }
    } catch (RuntimeException e) {
      shaperFailed(e);
      work++;
    }
    if (work == COMMIT_BUDGET) {
      nextCommitNs = 0; // there may be more
    }
    return work;
  }

  /**
   * Commits or drops one frame that is due. First into gaps before committed frames, then behind
   * them.
   */
  private boolean commitOne() {
    Shaper active = shaper.inUse().shaper();
    if (active.queued() == 0) {
      earliestNewNs = Long.MAX_VALUE;
      return false;
    }
    long startNs = nowNs + settings.leadNs();
    if (earliestNewNs < committed.lastEndNs()) {
      for (int place = 0; place < committed.count(); place++) {
        long gapStartNs = place == 0 ? startNs : Math.max(startNs, committed.endNs(place - 1));
        long gapEndNs = committed.startNs(place);
        if (gapEndNs > gapStartNs
            && active.next(gapStartNs, gapEndNs, committed.limitsBefore(place), departure)) {
          return settle(active);
        }
      }
    }
    earliestNewNs = Long.MAX_VALUE;
    if (!active.next(
        Math.max(startNs, committed.lastEndNs()), Shaper.NEVER, NO_LIMITS, departure)) {
      return false;
    }
    if (departure.verdict == Verdict.ACCEPTED
        && departure.launchNs > nowNs + settings.horizonNs()) {
      nextCommitNs = departure.launchNs - settings.horizonNs();
      return false;
    }
    return settle(active);
  }

  private boolean settle(Shaper active) {
    int frame = departure.frame;
    active.take(departure);
    if (departure.verdict != Verdict.ACCEPTED) {
      drop(frame, departure.verdict);
      return true;
    }
    frames.state(frame, FrameTable.COMMITTED);
    frames.plannedNs[frame] = departure.launchNs;
    frames.notAfterNs[frame] = departure.notAfterNs;
    frames.durationNs[frame] = (int) Math.min(Integer.MAX_VALUE, departure.durationNs);
    committed.add(
        frame,
        departure.launchNs,
        departure.durationNs,
        frames.launchTimeNs(frame),
        frames.trafficClass(frame));
    launcher.submit(
        frames.buffer[frame],
        port.inUse().handle(),
        departure.launchNs,
        departure.notAfterNs,
        frames.durationNs[frame],
        frame,
        frames.lengthOctets(frame));
    return true;
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
            trace.record(frames, frame, actualNs, FrameTrace.REFUSED);
          }
          counters.dropped(frames.pod[frame], Verdict.PORT_DOWN);
          frames.release(frame);
        }
        default -> requeue(frame); // called back
      }
    }
    return work;
  }

  private void sent(int frame, long actualNs) {
    txErrors.record(actualNs - frames.plannedNs[frame]);
    counters.sent(frames.pod[frame], frames.trafficClass(frame));
    if (trace != null) {
      trace.record(frames, frame, actualNs, FrameTrace.SENT);
    }
    frames.buffer[frame] = 0; // the device's now
    frames.release(frame);
  }

  private void missed(int frame, long actualNs) {
    if (trace != null) {
      trace.record(frames, frame, actualNs, FrameTrace.MISSED);
    }
    Verdict verdict = Verdict.MISSED;
    if (++frames.redated[frame] < MAX_REDATED) {
      try {
        verdict = shaper.inUse().shaper().missed(frame, nowNs);
      } catch (RuntimeException e) {
        shaperFailed(e);
        verdict = shaper.inUse().shaper().missed(frame, nowNs);
      }
    }
    if (verdict == Verdict.ACCEPTED) {
      counters.late();
      requeued(frame);
    } else {
      counters.dropped(frames.pod[frame], verdict);
      frames.release(frame);
    }
  }

  private void requeue(int frame) {
    Verdict verdict = enqueue(frame);
    if (verdict.isDrop()) {
      drop(frame, verdict);
    } else {
      requeued(frame);
    }
  }

  private void requeued(int frame) {
    frames.state(frame, FrameTable.QUEUED);
    earliestNewNs = Math.min(earliestNewNs, nowNs);
  }

  // ---- now and then ----

  private void housekeeping() {
    housekeepingNs = nowNs + HOUSEKEEPING_NS;
    if (schedule.pending().isPresent()
        && schedule.pending().get().configChangeTimeNs() + SETTLED_NS < nowNs) {
      adoptSchedule(schedule.at(nowNs)); // the change is history: plan from the new list alone
    }
    int[] before = queuedByClass;
    boolean same = true;
    for (int c = 0; c < 8; c++) {
      same &= before[c] == shaper.inUse().shaper().queued(c);
    }
    if (!same) {
      int[] queued = new int[8];
      for (int c = 0; c < 8; c++) {
        queued[c] = shaper.inUse().shaper().queued(c);
      }
      queuedByClass = queued;
    }
  }
}
