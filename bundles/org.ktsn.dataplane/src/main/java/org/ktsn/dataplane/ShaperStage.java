package org.ktsn.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shaper's place in the data plane, and the guard around it. A shaper is somebody else's code:
 * one that throws, or answers what cannot be, is replaced by the fallback on the spot, with all
 * frames; one that does not come back is noticed by {@link ShaperWatch}, which has another thread
 * take over the planner's work. In each case the frames keep flowing.
 *
 * <p>Each frame is marked QUEUED before it is offered, so that it is handed over with the others
 * whatever the shaper makes of it.
 *
 * <p>Planner thread only, but for {@link #slot} and what the watch reads.
 */
final class ShaperStage {
  private static final Logger LOG = LoggerFactory.getLogger(ShaperStage.class);
  private static final VarHandle TICKET;

  static {
    try {
      TICKET = MethodHandles.lookup().findVarHandle(ShaperStage.class, "ticket", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Who drops a frame that a shaper refuses. */
  interface Refusals {
    /** A frame that waited was refused by the shaper that it was handed to. */
    void refused(int frame, Verdict reason);
  }

  /**
   * Unwinds a thread that has come back from a shaper after another one took over. Nothing of the
   * planner's state is its own any more.
   */
  static final class Superseded extends Error {
    private static final long serialVersionUID = 1L;

    Superseded() {
      super("another thread plans now", null, false, false);
    }
  }

  private final StageSlot<ActiveShaper> slot;
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
   * The number of the planner's last way into the shaper's code: odd while it is there, even when
   * it has come back. Whoever changes an odd one has taken the planner's work over.
   */
  private long ticket;

  /**
   * Makes the stage with the fallback at work.
   *
   * @param fallback makes a fallback shaper that plans for the present link
   * @param refusals drops what a shaper does not take over
   */
  ShaperStage(
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
    slot = new StageSlot<>(fallback.apply(schedule), wakePlanner, plannerRuns);
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

  /** A shaper accepts a frame or names a reason; anything else is nonsense. */
  static Verdict checked(Verdict verdict) {
    if (verdict == null || verdict == Verdict.HOLD) {
      throw new IllegalStateException("the shaper's verdict on a frame is " + verdict);
    }
    return verdict;
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
      work += 1 + goOn();
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
    try {
      long way = enter();
      try {
        return checked(shaper().enqueue(frame));
      } finally {
        leave(way);
      }
    } catch (RuntimeException | Error e) {
      failed(e);
      return Verdict.ACCEPTED; // it went over with the others
    }
  }

  /** As {@link #enqueue}, for a frame that was taken and not sent in time. */
  Verdict missed(int frame) {
    frames.state(frame, FrameTable.QUEUED);
    try {
      long way = enter();
      try {
        return checked(shaper().missed(frame, nowNs));
      } finally {
        leave(way);
      }
    } catch (RuntimeException | Error e) {
      failed(e);
      return Verdict.ACCEPTED;
    }
  }

  /** Finds the next departure; false as well if the shaper has failed, and the fallback is new. */
  boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    try {
      boolean found;
      long way = enter();
      try {
        found = shaper().next(startNs, endNs, overtakeLimitNs, out);
      } finally {
        leave(way);
      }
      if (found) {
        check(out, startNs, endNs, overtakeLimitNs);
      }
      return found;
    } catch (RuntimeException | Error e) {
      failed(e);
      return false;
    }
  }

  /** Takes a departure; false if the shaper has failed at it: the frame waits with the fallback. */
  boolean take(Departure departure) {
    try {
      long way = enter();
      try {
        shaper().take(departure);
      } finally {
        leave(way);
      }
      return true;
    } catch (RuntimeException | Error e) {
      failed(e);
      return false;
    }
  }

  int queued() {
    try {
      long way = enter();
      try {
        return shaper().queued();
      } finally {
        leave(way);
      }
    } catch (RuntimeException | Error e) {
      failed(e);
      return shaper().queued();
    }
  }

  int queued(int trafficClass) {
    try {
      long way = enter();
      try {
        return shaper().queued(trafficClass);
      } finally {
        leave(way);
      }
    } catch (RuntimeException | Error e) {
      failed(e);
      return shaper().queued(trafficClass);
    }
  }

  /** Asks the shaper something for others' eyes; the default if that fails. */
  <T> T ask(Function<Shaper, T> question, T otherwise) {
    try {
      long way = enter();
      try {
        return question.apply(shaper());
      } finally {
        leave(way);
      }
    } catch (RuntimeException | Error e) {
      failed(e);
      return otherwise;
    }
  }

  /** Every frame that waits must be with the shaper, and no other: one that forgot some failed. */
  void audit() {
    if (handOver.isUnderWay() || slot.changed()) {
      return;
    }
    int queued = queued();
    if (queued != frames.queuedCount()) {
      failed(
          new IllegalStateException(
              "it says that " + queued + " frames wait, and " + frames.queuedCount() + " do"));
    }
  }

  // ---- failure ----

  /** The shaper is taken out of the path; the fallback has all frames from now on. */
  void failed(Throwable failure) {
    if (failure instanceof Superseded itself) {
      throw itself;
    }
    ActiveShaper before = slot.inUse();
    LOG.error("event=shaper-failed shaper={} action=fallback", before.name(), failure);
    failures.incrementAndGet();
    changed = true;
    scheduleDue = false;
    ActiveShaper standIn = fallback.apply(schedule);
    handOver.begin(standIn.shaper(), nowNs);
    slot.replaceFailed(before, standIn);
  }

  /** Returns the ticket of the planner's way: odd while it is in the shaper's code. Any thread. */
  long ticket() {
    return (long) TICKET.getAcquire(this);
  }

  /**
   * Takes the work over from a thread that is still on the way with this ticket; false if it has
   * come back. What it wrote before it went there is seen by the caller. The watch's thread.
   */
  boolean takeOver(long way) {
    return TICKET.compareAndSet(this, way, way + 1);
  }

  private Shaper shaper() {
    return slot.inUse().shaper();
  }

  /** Who offered the shaper waits until it is in use: it is, before its first frame comes. */
  private void adopt(ActiveShaper next) {
    slot.use(next);
    swaps.incrementAndGet();
    if (tellSchedule()) {
      try {
        handOver.begin(next.shaper(), nowNs);
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }
  }

  private int goOn() {
    try {
      return handOver.step(shaper());
    } catch (RuntimeException | Error e) {
      failed(e);
      return 1;
    }
  }

  private boolean tellSchedule() {
    changed = true;
    scheduleDue = false;
    try {
      long way = enter();
      try {
        shaper().schedule(schedule);
      } finally {
        leave(way);
      }
      return true;
    } catch (RuntimeException | Error e) {
      failed(e); // the fallback knows the new schedule
      return false;
    }
  }

  private void give(Shaper next, int frame) {
    Verdict verdict;
    long way = enter();
    try {
      verdict = checked(next.enqueue(frame));
    } finally {
      leave(way);
    }
    if (verdict.isDrop()) {
      refusals.refused(frame, verdict);
    }
  }

  private long enter() {
    long way = ticket + 1;
    TICKET.setRelease(this, way);
    return way;
  }

  private void leave(long way) {
    if (!TICKET.compareAndSet(this, way, way + 1)) {
      throw new Superseded();
    }
  }

  /** What a shaper must not answer. */
  private void check(Departure found, long startNs, long endNs, long[] overtakeLimitNs) {
    int frame = found.frame;
    if (frame < 0 || frame >= frames.capacity() || frames.state(frame) != FrameTable.QUEUED) {
      throw new IllegalStateException("it names frame " + frame + ", which does not wait");
    }
    if (found.verdict != Verdict.ACCEPTED) {
      if (found.verdict == null || !found.verdict.isDrop()) {
        throw new IllegalStateException(
            "its verdict on frame "
                + frame
                + " is "
                + found.verdict
                + ", neither sent nor dropped");
      }
      return;
    }
    boolean early =
        found.launchNs < startNs
            || (!frames.deadlineMode(frame) && found.launchNs < frames.launchTimeNs(frame));
    boolean late = found.durationNs <= 0 || found.launchNs > endNs - found.durationNs;
    boolean narrow =
        found.notAfterNs < found.launchNs
            || (endNs != Shaper.NEVER && found.notAfterNs > endNs - found.durationNs);
    if (early || late || narrow) {
      throw new IllegalStateException(
          ("it sends frame %d at %d, not after %d, for %d ns; the link is free from %d to %d, and"
                  + " its launch time is %d")
              .formatted(
                  frame,
                  found.launchNs,
                  found.notAfterNs,
                  found.durationNs,
                  startNs,
                  endNs,
                  frames.launchTimeNs(frame)));
    }
    if (frames.launchTimeNs(frame) >= overtakeLimitNs[frames.trafficClass(frame)]) {
      throw new IllegalStateException("it lets frame " + frame + " overtake one of its class");
    }
  }
}
