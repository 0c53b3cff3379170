package org.ktsn.dataplane;

import java.util.Objects;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.Port;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.time.TaiClock;
import org.ktsn.foreign.LaunchRing;

/**
 * Commits what is due within the launch horizon to the launcher: first into gaps before committed
 * frames, then behind them. Planner thread only; nothing allocates.
 */
final class Commitment {
  private static final int BUDGET = 256;

  /** How often the planner wakes up at most while the launch horizon passes, if nobody rings. */
  private static final int WAKE_UPS = 4;

  private static final int NO_FRAME = -1;

  private final PlannerSettings settings;
  private final TaiClock clock;
  private final FrameTable frames;
  private final Agenda agenda;
  private final ShaperStage shaper;
  private final Line line;
  private final Lifetimes lifetimes;
  private final OverdueFrames overdue;
  private final StageSlot<Port> port;
  private final LaunchRing launcher;
  private final CommittedFrames committed;
  private boolean replanning;
  private long decisions;
  private int leaving = NO_FRAME;
  private long leavingForNs;

  Commitment(
      PlannerSettings settings,
      TaiClock clock,
      FrameTable frames,
      Agenda agenda,
      ShaperStage shaper,
      Line line,
      Lifetimes lifetimes,
      OverdueFrames overdue,
      StageSlot<Port> port,
      LaunchRing launcher,
      CommittedFrames committed) {
    this.settings = settings;
    this.clock = clock;
    this.frames = frames;
    this.agenda = agenda;
    this.shaper = shaper;
    this.line = line;
    this.lifetimes = lifetimes;
    this.overdue = overdue;
    this.port = port;
    this.launcher = launcher;
    this.committed = committed;
  }

  /** What is with the launcher is called back; nothing is committed before all of it is here. */
  void replan() {
    if (launcher.outstanding() > 0) {
      launcher.returnAll();
      replanning = true;
    }
  }

  /** Tells whether frames are on their way back. */
  boolean isReplanning() {
    return replanning;
  }

  /** Tells whether programs wait to hear of the launch of what is committed. */
  boolean isLaunchAwaited() {
    return line.reports.isAwaited();
  }

  /** Returns when the link is free behind all that was launched or is committed. */
  long linkFreeNs() {
    return Math.max(agenda.linkTakenNs(), committed.lastEndNs());
  }

  /** Commits or drops what is due; returns how many frames. */
  int commit(Life life) {
    agenda.nextCommitNs = Long.MAX_VALUE;
    Port out = port.inUse();
    // most often it is the very same model, which Objects.equals sees first
    if (out == port.none() || port.changed() || !Objects.equals(shaper.model(), out.model())) {
      return 0; // in a moment the shaper comes that plans for this link
    }
    if (replanning) {
      replanning = launcher.outstanding() > 0;
      if (replanning) {
        return 0;
      }
    }
    int work = 0;
    while (work < BUDGET && mayGoOn() && commitOne(life)) {
      work++;
    }
    launcher.publish();
    if (overdue.isDue(agenda.nowNs)) {
      work += dropOverdue(life.departure);
    }
    if (!launcher.hasRoom()) {
      // there will be room by then
      agenda.nextCommitNs = committed.startNs(committed.count() / 2);
    }
    if (work >= BUDGET || shaper.hasChanged() || launcher.givesBack()) {
      agenda.nextCommitNs = 0; // there may be more
    }
    return work;
  }

  /**
   * Reads the clock anew: where planner and launcher share a processor, the launcher may have had
   * it for long since the last frame, and what is planned from an instant that is past is missed.
   * What is due soon is published first, in as large a part as that allows.
   */
  private boolean mayGoOn() {
    agenda.nowNs = clock.nowNs();
    if (launcher.unpublishedFromNs() <= agenda.nowNs + settings.leadNs() / 2) {
      launcher.publish();
      agenda.nowNs = clock.nowNs();
    }
    return launcher.hasRoom() && !launcher.givesBack();
  }

  /** Commits or drops one frame that is due. */
  private boolean commitOne(Life life) {
    if (frames.queuedCount() == 0) {
      agenda.gapsSearched();
      return false;
    }
    Departure departure = life.departure;
    long startNs = Math.max(agenda.nowNs + settings.leadNs(), agenda.linkTakenNs());
    if (agenda.earliestNewNs() < committed.lastEndNs() && findGap(startNs, departure)) {
      return settle(departure);
    }
    agenda.gapsSearched();
    if (!shaper.next(
        Math.max(startNs, committed.lastEndNs()), Shaper.NEVER, life.noLimits(), departure)) {
      return false;
    }
    if (departure.verdict == Verdict.ACCEPTED) {
      departure.verdict = lifetimes.judge(departure.frame, departure.launchNs);
    }
    if (departure.verdict == Verdict.ACCEPTED
        && departure.launchNs > agenda.nowNs + settings.horizonNs()) {
      // What comes within the horizon soon after is committed with it: one wake-up for all.
      agenda.nextCommitNs =
          departure.launchNs - settings.horizonNs() + settings.horizonNs() / WAKE_UPS;
      return false;
    }
    if (departure.verdict == Verdict.ACCEPTED && departure.launchNs >= shaper.commitUntilNs()) {
      return false; // what must leave before it may still be on its way to the shaper
    }
    return settle(departure);
  }

  /** Drops frames that can't leave in time; the next departure is another class's. */
  private int dropOverdue(Departure departure) {
    long startNs = Math.max(agenda.nowNs + settings.leadNs(), linkFreeNs());
    int work = 0;
    while (work < BUDGET && overdue.find(startNs, agenda.nowNs, departure)) {
      settle(departure);
      work++;
    }
    return work;
  }

  /** No frame that has come since fits a gap that ends before it may leave. */
  private boolean findGap(long startNs, Departure departure) {
    int first = committed.firstAfter(agenda.earliestNewNs());
    for (int place = first; place < committed.count(); place++) {
      long gapStartNs = place == 0 ? startNs : Math.max(startNs, committed.endNs(place - 1));
      long gapEndNs = committed.startNs(place);
      if (gapEndNs > gapStartNs
          && shaper.next(gapStartNs, gapEndNs, committed.limitsBefore(place), departure)) {
        return true;
      }
    }
    return false;
  }

  /** What the shaper does to the departure when it takes it is its affair: it was read before. */
  private boolean settle(Departure departure) {
    int frame = departure.frame;
    long launchNs = departure.launchNs;
    long notAfterNs = departure.notAfterNs;
    long durationNs = departure.durationNs;
    frames.decision[frame] = ++decisions;
    // what is not sent takes nothing of the shaper's credits
    Verdict verdict = line.judge(frame, departure.verdict, launchNs);
    departure.verdict = verdict;
    if (!shaper.take(departure)) {
      return true; // another shaper has it now
    }
    if (verdict == Verdict.ACCEPTED) {
      commit(frame, launchNs, notAfterNs, durationNs);
    } else if (verdict == Verdict.HOLD) {
      line.hold(frame);
    } else if (verdict instanceof DropReason reason) {
      line.drop(frame, reason);
    }
    return true;
  }

  private void commit(int frame, long launchNs, long notAfterNs, long durationNs) {
    frames.state(frame, FrameTable.COMMITTED);
    frames.decidedNs[frame] = agenda.nowNs;
    frames.plannedNs[frame] = launchNs;
    frames.notAfterNs[frame] = Math.min(notAfterNs, lifetimes.lastStartNs(frame));
    frames.durationNs[frame] = (int) Math.min(Integer.MAX_VALUE, durationNs);
    leaving = frame;
    leavingForNs = durationNs;
    line.leaves(frame, launchNs);
    submit(frame);
  }

  /** Goes on where a filter has kept the planner: before anything else is done. */
  void resume() {
    if (leaving != NO_FRAME) {
      submit(leaving);
      launcher.publish();
    }
  }

  private void submit(int frame) {
    leaving = NO_FRAME;
    committed.add(
        frame,
        frames.plannedNs[frame],
        leavingForNs,
        frames.launchTimeNs(frame),
        frames.trafficClass(frame));
    line.reports.committed(frame);
    launcher.submit(
        frames.buffer[frame],
        port.inUse().handle(),
        frames.plannedNs[frame],
        frames.notAfterNs[frame],
        frames.durationNs[frame],
        frame,
        frames.lengthOctets(frame),
        frames.trafficClass(frame));
  }
}
