package org.ktsn.dataplane;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shaper's place in the data plane, behind a {@link Guard}: one that throws, answers what
 * cannot be, or does not come back, is replaced by the fallback on the spot, with all frames.
 *
 * <p>Each frame is marked QUEUED before it is offered, so that it is handed over with the others
 * whatever the shaper makes of it.
 *
 * <p>Planner thread only, but for {@link #slot}.
 */
final class ShaperStage {
  private static final Logger LOG = LoggerFactory.getLogger(ShaperStage.class);

  /** Who drops a frame that a shaper refuses. */
  interface Refusals {
    /** A frame that waited was refused by the shaper that it was handed to. */
    void refused(int frame, DropReason reason);
  }

  private final StageSlot<ActiveShaper> slot;
  private final Guard<ActiveShaper> guard;
  private final FrameTable frames;
  private final HandOver handOver;
  private final Function<GateSchedule, ActiveShaper> fallback;
  private final Refusals refusals;
  private final AtomicLong swaps = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  private GateSchedule schedule;
  private boolean scheduleDue;
  private boolean changed;
  private long nowNs;

  /**
   * Makes the stage with the fallback at work.
   *
   * @param fallback makes a fallback shaper that plans for the present link
   * @param refusals drops what a shaper does not take over
   */
  ShaperStage(
      Lives lives,
      FrameTable frames,
      long horizonNs,
      GateSchedule schedule,
      Function<GateSchedule, ActiveShaper> fallback,
      Refusals refusals,
      Runnable wakePlanner,
      BooleanSupplier plannerRuns) {
    this.frames = frames;
    this.schedule = schedule;
    this.fallback = fallback;
    this.refusals = refusals;
    handOver = new HandOver(frames, horizonNs, this::give);
    ActiveShaper first = fallback.apply(schedule);
    slot = new StageSlot<>(first, wakePlanner, plannerRuns);
    guard = new Guard<>("shaper", lives, first, first.name(), this::replace);
  }

  /** Where shapers are offered. */
  StageSlot<ActiveShaper> slot() {
    return slot;
  }

  String name() {
    return slot.inUse().name();
  }

  PortModel model() {
    return slot.inUse().model();
  }

  /** Returns how often another shaper was taken up. Any thread. */
  long swaps() {
    return swaps.get();
  }

  /** Returns how many shapers failed. Any thread. */
  long failures() {
    return failures.get();
  }

  // ---- the planner's turn ----

  /**
   * Takes up what has come since the last turn, another shaper or a schedule, and goes on with a
   * hand-over; returns how much was done.
   */
  int begin(long timeNs) {
    nowNs = timeNs;
    int work = 0;
    if (slot.changed()) {
      adopt(slot.offered());
      work++;
    }
    if (scheduleDue) {
      tellSchedule();
      work++;
    }
    if (handOver.isUnderWay()) {
      work += 1 + handOver.step(shaper());
    }
    return work;
  }

  /** Returns up to which launch instant frames may be committed. */
  long commitUntilNs() {
    return handOver.completeUntilNs();
  }

  /** Tells, once, whether another shaper or schedule plans since this was asked last. */
  boolean hasChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /** The shaper will be told of another schedule at the beginning of the next turn. */
  void schedule(GateSchedule next) {
    schedule = next;
    scheduleDue = true;
  }

  /**
   * Offers a frame.
   *
   * @return {@link Verdict#ACCEPTED}, or the reason for which it is refused; it is the caller's to
   *     drop then
   */
  Verdict enqueue(int frame) {
    frames.state(frame, FrameTable.QUEUED);
    Life life = guard.out();
    Verdict verdict;
    try {
      verdict = shaper().enqueue(frame);
    } catch (Throwable e) {
      guard.threw(life, e);
      return Verdict.ACCEPTED; // it went over with the others
    }
    life.in();
    return checked(verdict);
  }

  /** As {@link #enqueue}, for a frame that was taken and not sent in time. */
  Verdict missed(int frame) {
    frames.state(frame, FrameTable.QUEUED);
    Life life = guard.out();
    Verdict verdict;
    try {
      verdict = shaper().missed(frame, nowNs);
    } catch (Throwable e) {
      guard.threw(life, e);
      return Verdict.ACCEPTED;
    }
    life.in();
    return checked(verdict);
  }

  /** A shaper accepts a frame or names a reason; anything else is nonsense. */
  private Verdict checked(Verdict verdict) {
    if (verdict == null || verdict == Verdict.HOLD) {
      guard.failed(new IllegalStateException("the shaper's verdict on a frame is " + verdict));
      return Verdict.ACCEPTED;
    }
    return verdict;
  }

  /** Finds the next departure; false as well if the shaper has failed, and the fallback is new. */
  boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    Life life = guard.out();
    boolean found;
    try {
      found = shaper().next(startNs, endNs, overtakeLimitNs, out);
    } catch (Throwable e) {
      guard.threw(life, e);
      return false;
    }
    life.in();
    if (!found) {
      return false;
    }
    String nonsense = nonsense(out, startNs, endNs, overtakeLimitNs);
    if (nonsense != null) {
      guard.failed(new IllegalStateException(nonsense));
      return false;
    }
    return true;
  }

  /** Takes a departure; false if the shaper has failed at it: the frame waits with the fallback. */
  boolean take(Departure departure) {
    Life life = guard.out();
    try {
      shaper().take(departure);
    } catch (Throwable e) {
      guard.threw(life, e);
      return false;
    }
    life.in();
    return true;
  }

  int queued() {
    Life life = guard.out();
    int queued;
    try {
      queued = shaper().queued();
    } catch (Throwable e) {
      guard.threw(life, e);
      return shaper().queued();
    }
    life.in();
    return queued;
  }

  int queued(int trafficClass) {
    Life life = guard.out();
    int queued;
    try {
      queued = shaper().queued(trafficClass);
    } catch (Throwable e) {
      guard.threw(life, e);
      return shaper().queued(trafficClass);
    }
    life.in();
    return queued;
  }

  /** Asks the shaper something for others' eyes; the default if that fails. */
  <T> T ask(Function<Shaper, T> question, T otherwise) {
    return guard.ask(active -> question.apply(active.shaper()), otherwise);
  }

  /** Every frame that waits must be with the shaper, and no other: one that forgot some failed. */
  void audit() {
    if (handOver.isUnderWay() || slot.changed()) {
      return;
    }
    int queued = queued();
    if (queued != frames.queuedCount()) {
      guard.failed(
          new IllegalStateException(
              "it says that " + queued + " frames wait, and " + frames.queuedCount() + " do"));
    }
  }

  // ---- failure ----

  /** The shaper is taken out of the path; the fallback has all frames from now on. */
  private void replace(ActiveShaper failed, Throwable why) {
    LOG.error("event=shaper-failed shaper={} action=fallback", failed.name(), why);
    failures.incrementAndGet();
    changed = true;
    scheduleDue = false;
    ActiveShaper standIn = fallback.apply(schedule);
    guard.guard(standIn, standIn.name());
    handOver.begin(standIn.shaper(), nowNs);
    slot.replaceFailed(failed, standIn);
  }

  private Shaper shaper() {
    return guard.step().shaper();
  }

  /** Who offered the shaper waits until it is in use: it is, before its first frame comes. */
  private void adopt(ActiveShaper next) {
    guard.guard(next, next.name());
    slot.use(next);
    swaps.incrementAndGet();
    if (tellSchedule()) {
      handOver.begin(next.shaper(), nowNs);
    }
  }

  private boolean tellSchedule() {
    changed = true;
    scheduleDue = false;
    GateSchedule told = schedule;
    return guard.tell(active -> active.shaper().schedule(told)); // the fallback knows it
  }

  /** Gives a frame to the shaper that it is handed over to; false if that one has failed. */
  private boolean give(Shaper next, int frame) {
    Life life = guard.out();
    Verdict verdict;
    try {
      verdict = next.enqueue(frame);
    } catch (Throwable e) {
      guard.threw(life, e);
      return false;
    }
    life.in();
    if (verdict == null || verdict == Verdict.HOLD) {
      guard.failed(new IllegalStateException("the shaper's verdict on a frame is " + verdict));
      return false;
    }
    if (verdict instanceof DropReason reason) {
      refusals.refused(frame, reason);
    }
    return true;
  }

  /** Says what is wrong with a departure; null if nothing is. */
  private String nonsense(Departure found, long startNs, long endNs, long[] overtakeLimitNs) {
    int frame = found.frame;
    if (frame < 0 || frame >= frames.capacity() || frames.state(frame) != FrameTable.QUEUED) {
      return "it names frame " + frame + ", which does not wait";
    }
    if (found.verdict != Verdict.ACCEPTED) {
      return found.verdict == null || !found.verdict.isDrop()
          ? "its verdict on frame " + frame + " is " + found.verdict + ", neither sent nor dropped"
          : null;
    }
    boolean early =
        found.launchNs < startNs
            || (!frames.deadlineMode(frame) && found.launchNs < frames.launchTimeNs(frame));
    boolean late = found.durationNs <= 0 || found.launchNs > endNs - found.durationNs;
    boolean narrow =
        found.notAfterNs < found.launchNs
            || (endNs != Shaper.NEVER && found.notAfterNs > endNs - found.durationNs);
    if (early || late || narrow) {
      return ("it sends frame %d at %d, not after %d, for %d ns; the link is free from %d to %d, and"
              + " its launch time is %d")
          .formatted(
              frame,
              found.launchNs,
              found.notAfterNs,
              found.durationNs,
              startNs,
              endNs,
              frames.launchTimeNs(frame));
    }
    return frames.launchTimeNs(frame) >= overtakeLimitNs[frames.trafficClass(frame)]
        ? "it lets frame " + frame + " overtake one of its class"
        : null;
  }
}
