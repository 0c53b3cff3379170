package org.ktsn.dataplane;

import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.TrafficClasses;

/**
 * The line between intake and launcher: the filters and the shaper. Admits frames and gives them to
 * the shaper, judges those whose turn has come, and lets go of those that are dropped. Planner
 * thread only.
 */
final class Line {
  private final FrameTable frames;
  private final Agenda agenda;
  private final AttachedPods pods;
  private final OutcomeBook book;
  private final FilterLine filters;
  private final Lifetimes lifetimes;
  private final ShaperStage shaper;
  private final long maxAheadNs;

  /** What programs are told. */
  final Reports reports;

  Line(
      FrameTable frames,
      Agenda agenda,
      AttachedPods pods,
      OutcomeBook book,
      FilterLine filters,
      Lifetimes lifetimes,
      ShaperStage shaper,
      IngressStage ingress,
      PlannerSettings settings) {
    this.frames = frames;
    this.agenda = agenda;
    this.pods = pods;
    this.book = book;
    this.filters = filters;
    this.lifetimes = lifetimes;
    this.shaper = shaper;
    reports = new Reports(frames, agenda, ingress);
    maxAheadNs = settings.maxAheadNs();
  }

  /** A datagram has come. */
  void arrived(int frame) {
    frames.arrivedNs[frame] = agenda.nowNs;
    lifetimes.arrived(frame, agenda.nowNs);
  }

  /**
   * A complete frame comes in: past the filters, to the shaper.
   *
   * @param classes the port's, for a priority that a filter gives it
   * @return {@link Verdict#ACCEPTED}, or why a filter or the shaper refuses it
   */
  Verdict admit(int frame, TrafficClasses classes) {
    Verdict verdict = filter(frame, classes);
    return verdict == Verdict.ACCEPTED ? enqueue(frame) : verdict;
  }

  /**
   * As {@link #admit}, for a frame that was sent in time and read after its launch time: the shaper
   * decides as on one that it had, and that was missed.
   */
  Verdict admitMissed(int frame, TrafficClasses classes) {
    Verdict verdict = filter(frame, classes);
    if (verdict == Verdict.ACCEPTED) {
      frames.knownNs[frame] = agenda.nowNs;
      verdict = shaper.missed(frame);
      agenda.mayLeaveFrom(agenda.nowNs);
    }
    return verdict;
  }

  private Verdict filter(int frame, TrafficClasses classes) {
    int frameClass = frames.trafficClass(frame);
    Verdict verdict = filters.admit(frame, classes);
    if (verdict == Verdict.ACCEPTED && frames.trafficClass(frame) != frameClass) {
      book.reclassed(frame);
    }
    return verdict;
  }

  /** A frame that was refused, and is not counted yet: whoever knows of it hears that. */
  void refused(int frame, DropReason reason) {
    filters.dropped(frame, reason);
  }

  /** A frame is given up whose datagram the ingress will offer again. */
  void takenBack(int frame) {
    filters.takenBack(frame);
    frames.release(frame);
  }

  /** Gives a frame to the shaper: {@link Verdict#ACCEPTED}, or why that refuses it. */
  private Verdict enqueue(int frame) {
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
      waitsAgain(frame);
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
    verdict = filters.inspect(frame, launchNs, agenda.nowNs + maxAheadNs);
    return verdict == Verdict.HOLD && lifetimes.isDeadlineBefore(frame, filters.heldUntilNs())
        ? Verdict.MISSED
        : verdict;
  }

  /** A frame that {@link #judge} holds waits again, until it may leave. */
  void hold(int frame) {
    long untilNs = filters.heldUntilNs();
    frames.date(
        frame,
        Math.max(
            untilNs,
            frames.deadlineMode(frame) ? frames.arrivedNs[frame] : frames.launchTimeNs(frame)));
    lifetimes.dated(frame);
    Verdict verdict = enqueue(frame);
    if (verdict instanceof DropReason reason) {
      drop(frame, reason);
    } else {
      filters.held(frame, untilNs);
    }
  }

  /** A frame leaves. */
  void leaves(int frame, long departsNs) {
    filters.leaves(frame, departsNs);
  }

  /** A frame that was to leave waits again, with the shaper. */
  void waitsAgain(int frame) {
    filters.returned(frame);
  }

  /** A frame was sent; its row is free. */
  void sent(int frame, long actualNs) {
    filters.sent(frame, actualNs);
    reports.sent(frame, actualNs);
  }

  /** A frame that was with the launcher is dropped; it is counted, and its row is free. */
  void ended(int frame, DropReason reason) {
    filters.dropped(frame, reason);
    reports.dropped(frame, reason);
  }

  /** A frame is dropped. */
  void drop(int frame, DropReason reason) {
    book.dropped(frame, reason, agenda.nowNs);
    frames.release(frame);
    filters.dropped(frame, reason);
    reports.dropped(frame, reason);
  }
}
