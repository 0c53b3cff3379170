package org.ktsn.dataplane;

import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;

/**
 * The line between intake and launcher: the pods' credit and the shaper. Gives frames to the
 * shaper, judges those whose turn has come, and lets go of those that are dropped. Planner thread
 * only.
 */
final class Line {
  private final FrameTable frames;
  private final Agenda agenda;
  private final AttachedPods pods;
  private final OutcomeBook book;
  private final PodCredits credits;
  private final Lifetimes lifetimes;
  private final ShaperStage shaper;
  private final long maxAheadNs;

  Line(
      FrameTable frames,
      Agenda agenda,
      AttachedPods pods,
      OutcomeBook book,
      PodCredits credits,
      Lifetimes lifetimes,
      ShaperStage shaper,
      long maxAheadNs) {
    this.frames = frames;
    this.agenda = agenda;
    this.pods = pods;
    this.book = book;
    this.credits = credits;
    this.lifetimes = lifetimes;
    this.shaper = shaper;
    this.maxAheadNs = maxAheadNs;
  }

  /** A datagram has come. */
  void arrived(int frame) {
    credits.arrived(frame, agenda.nowNs);
    lifetimes.arrived(frame, agenda.nowNs);
  }

  /** Gives a frame to the shaper: {@link Verdict#ACCEPTED}, or why that refuses it. */
  Verdict enqueue(int frame) {
    frames.knownNs[frame] = agenda.nowNs;
    Verdict verdict = shaper.enqueue(frame);
    if (verdict == Verdict.ACCEPTED) {
      agenda.mayLeaveFrom(frames.deadlineMode(frame) ? agenda.nowNs : frames.launchTimeNs(frame));
    }
    return verdict;
  }

  /** Gives a frame to the shaper that was with the launcher and comes back. */
  void comesBack(int frame) {
    Verdict verdict = pods.isGone(frame) ? Verdict.POD_GONE : enqueue(frame);
    if (verdict instanceof DropReason reason) {
      drop(frame, reason);
    } else {
      agenda.mayLeaveFrom(agenda.nowNs);
    }
  }

  /**
   * Judges the departure that the shaper has found.
   *
   * @param ofShaper what the shaper says
   * @param launchNs when the frame would leave
   * @return {@link Verdict#ACCEPTED}, {@link Verdict#HOLD}, or the reason to drop it
   */
  Verdict judge(int frame, Verdict ofShaper, long launchNs) {
    if (pods.isGone(frame)) {
      return Verdict.POD_GONE;
    }
    if (ofShaper != Verdict.ACCEPTED && ofShaper != Verdict.OVERDUE) {
      return ofShaper;
    }
    if (agenda.isPassedByStep(frame)) {
      return Verdict.MISSED;
    }
    Verdict verdict = lifetimes.judge(frame, launchNs);
    if (verdict != Verdict.ACCEPTED || ofShaper != Verdict.ACCEPTED) {
      return verdict == Verdict.ACCEPTED ? ofShaper : verdict;
    }
    return credits.judge(frame, launchNs, agenda.nowNs + maxAheadNs);
  }

  /** A frame that {@link #judge} holds waits again, until it may leave. */
  void hold(int frame, PortModel link) {
    credits.date(frame, link.linkOctets(frames.lengthOctets(frame)));
    lifetimes.dated(frame);
    Verdict verdict = enqueue(frame);
    if (verdict instanceof DropReason reason) {
      drop(frame, reason);
    }
  }

  /** A frame leaves. */
  void leaves(int frame, long launchNs, PortModel link) {
    credits.leaves(frame, launchNs, link.linkOctets(frames.lengthOctets(frame)));
  }

  /** A frame is dropped. */
  void drop(int frame, DropReason reason) {
    if (!pods.isGone(frame)) {
      credits.dropped(frame);
    }
    book.dropped(frame, reason, agenda.nowNs);
    frames.release(frame);
  }
}
