package org.ktsn.dataplane;

import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.foreign.LaunchRing;
import org.ktsn.foreign.Launcher;

/** Collects what the launcher has done with what was committed. Planner thread only. */
final class Completions {
  private static final int MAX_REDATED = 1000;

  private final FrameTable frames;
  private final Agenda agenda;
  private final AttachedPods pods;
  private final ShaperStage shaper;
  private final Line line;
  private final Lifetimes lifetimes;
  private final PlanBasis basis;
  private final OutcomeBook book;
  private final LaunchRing launcher;
  private final CommittedFrames committed;

  Completions(
      FrameTable frames,
      Agenda agenda,
      AttachedPods pods,
      ShaperStage shaper,
      Line line,
      Lifetimes lifetimes,
      PlanBasis basis,
      OutcomeBook book,
      LaunchRing launcher,
      CommittedFrames committed) {
    this.frames = frames;
    this.agenda = agenda;
    this.pods = pods;
    this.shaper = shaper;
    this.line = line;
    this.lifetimes = lifetimes;
    this.basis = basis;
    this.book = book;
    this.launcher = launcher;
    this.committed = committed;
  }

  /** Collects all that there is; returns how many frames. */
  int collect() {
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
          book.refused(frame, actualNs);
          frames.release(frame);
          line.ended(frame, Verdict.PORT_DOWN);
        }
        default -> {
          book.returned(frame, actualNs);
          line.comesBack(frame);
        }
      }
    }
    return work;
  }

  private void sent(int frame, long actualNs) {
    agenda.launchedUntil(frames.plannedNs[frame] + frames.durationNs[frame]);
    book.sent(frame, actualNs, launcher.spun());
    if (actualNs > frames.notAfterNs[frame] && isOverrun(frame, actualNs)) {
      book.overran(frame);
    }
    frames.buffer[frame] = 0; // the device's now
    frames.release(frame);
    line.sent(frame, actualNs);
  }

  /** Its last instant had passed when it left: is it on the link when its gate closes? */
  private boolean isOverrun(int frame, long actualNs) {
    long closeNs = basis.timeline().nextClose(frames.trafficClass(frame), frames.plannedNs[frame]);
    return actualNs > closeNs - frames.durationNs[frame];
  }

  private void missed(int frame, long actualNs) {
    book.missed(frame, actualNs);
    Verdict verdict = pods.isGone(frame) ? Verdict.POD_GONE : Verdict.MISSED;
    if (verdict == Verdict.MISSED
        && !agenda.isPassedByStep(frame)
        && ++frames.redated[frame] < MAX_REDATED) {
      verdict = lifetimes.judge(frame, agenda.nowNs);
    }
    if (verdict == Verdict.ACCEPTED) {
      frames.knownNs[frame] = agenda.nowNs;
      verdict = shaper.missed(frame);
    }
    agenda.mayLeaveFrom(agenda.nowNs); // there is a gap where it was
    if (verdict == Verdict.ACCEPTED) {
      book.late(frame);
      line.waitsAgain(frame);
    } else if (verdict instanceof DropReason reason) {
      book.droppedAfterMiss(frame, reason);
      frames.release(frame);
      line.ended(frame, reason);
    }
  }
}
