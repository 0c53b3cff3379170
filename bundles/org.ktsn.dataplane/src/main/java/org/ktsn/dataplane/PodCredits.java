package org.ktsn.dataplane;

import java.util.Optional;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;

/**
 * The credits of the pods that have an idle slope of their own, and what their frames have paid.
 * They stand before the classes: a frame that its pod may not send yet is taken out of the shaper
 * when its turn comes, gets the instant at which it is eligible for its launch time, and waits
 * again, once. A pod without an idle slope costs one look.
 *
 * <pre>
 *   UNCHARGED ──its turn, eligible─────────▶ PAID   leaves; if it comes back, it is not charged again
 *       └───its turn, not eligible──▶ DATED ──▲     charged in advance
 * </pre>
 *
 * <p>In deadline mode a frame waits since it came, and its deadline is checked once: one that is
 * eligible only after it is missed; another is dated as any frame, and leaves no earlier. Planner
 * thread only; nothing allocates on a frame's way.
 */
final class PodCredits implements PlanBasis.Reader {
  /** What a frame has paid: a column of the table. */
  static final byte UNCHARGED = 0;

  static final byte DATED = 1;
  static final byte PAID = 2;

  private final FrameTable frames;
  private final PodCredit[] ofPod = new PodCredit[Pod.MAX_PODS];
  private final int largestFrameOctets;
  private long interferenceNs;

  /** Since when a frame waits, while it is not charged; then from when on it may leave. */
  private final long[] readyOrEligibleNs;

  /** By how much that was moved. */
  private final long[] shiftNs;

  /** What a dated frame was charged. */
  private final int[] octets;

  PodCredits(FrameTable frames, int largestFrameOctets) {
    this.frames = frames;
    this.largestFrameOctets = largestFrameOctets;
    readyOrEligibleNs = new long[frames.capacity()];
    shiftNs = new long[frames.capacity()];
    octets = new int[frames.capacity()];
  }

  /** A pod comes: with an idle slope, or without. */
  void open(int pod, Optional<Bandwidth> bandwidth) {
    ofPod[pod] = bandwidth.map(asked -> new PodCredit(asked, interferenceNs)).orElse(null);
  }

  /** A pod goes. */
  void forget(int pod) {
    ofPod[pod] = null;
  }

  /**
   * The gates or the link are others from now on. Others may keep a pod's frame from the link,
   * while each has its due, for the largest frame and for as long as gates are closed: a cycle.
   */
  @Override
  public void planBy(GateSchedule schedule, PortModel link) {
    long cycleNs = cycleNs(schedule.oper());
    if (schedule.pending().isPresent()) {
      cycleNs = Math.max(cycleNs, cycleNs(schedule.pending().get().parameters()));
    }
    interferenceNs = link.durationNs(largestFrameOctets) + cycleNs;
    for (PodCredit credit : ofPod) {
      if (credit != null) {
        credit.interference(interferenceNs);
      }
    }
  }

  private static long cycleNs(GateParameters parameters) {
    return parameters.gateEnabled() && !parameters.controlList().isEmpty()
        ? parameters.cycleTime().nanosecondsRoundedDown()
        : 0;
  }

  /** The clock was set. */
  @Override
  public void clockSet(long nowNs) {
    for (PodCredit credit : ofPod) {
      if (credit != null) {
        credit.reset(nowNs);
      }
    }
  }

  /** A frame comes in. */
  void arrived(int frame, long nowNs) {
    if (ofPod[frames.pod[frame]] != null) {
      readyOrEligibleNs[frame] =
          frames.deadlineMode(frame) ? nowNs : Math.max(nowNs, frames.launchTimeNs(frame));
    }
  }

  /**
   * Judges a frame whose turn has come. Nothing changes.
   *
   * @param departsNs when it would leave
   * @param latestNs beyond which nothing is held
   * @return {@link Verdict#ACCEPTED} if it may: say {@link #leaves}; {@link Verdict#HOLD} if it has
   *     to wait: say {@link #date}; or the reason to drop it
   */
  Verdict judge(int frame, long departsNs, long latestNs) {
    PodCredit credit = ofPod[frames.pod[frame]];
    if (credit == null || frames.paid[frame] == PAID) {
      return Verdict.ACCEPTED;
    }
    boolean isUncharged = frames.paid[frame] == UNCHARGED;
    // So that none overtakes another, the order is left to the dates; they must be of one shift.
    boolean needsDate = isUncharged ? credit.hasDated() : credit.shiftNs() != shiftNs[frame];
    long eligibleNs =
        isUncharged && needsDate ? credit.nextDateNs() : eligibleNs(credit, frame, departsNs);
    if (eligibleNs <= departsNs && !needsDate) {
      return Verdict.ACCEPTED;
    }
    if (frames.deadlineMode(frame) && eligibleNs > frames.launchTimeNs(frame)) {
      return Verdict.MISSED;
    }
    return eligibleNs > latestNs ? Verdict.RATE_EXCEEDED : Verdict.HOLD;
  }

  /** A frame leaves: it pays, if it has not paid. */
  void leaves(int frame, long departsNs, long linkOctets) {
    PodCredit credit = ofPod[frames.pod[frame]];
    if (credit == null) {
      return;
    }
    if (frames.paid[frame] == UNCHARGED) {
      credit.charge(readyOrEligibleNs[frame], departsNs, linkOctets);
    } else if (frames.paid[frame] == DATED) {
      credit.datedLeaves(eligibleNs(credit, frame, departsNs), departsNs, octets[frame]);
    }
    frames.paid[frame] = PAID;
  }

  /** A frame that {@link #judge} wants to wait gets the instant at which it is eligible. */
  void date(int frame, long linkOctets) {
    PodCredit credit = ofPod[frames.pod[frame]];
    if (frames.paid[frame] == UNCHARGED) {
      readyOrEligibleNs[frame] = credit.nextDateNs();
      credit.chargeDated(linkOctets);
      octets[frame] = (int) linkOctets;
      frames.paid[frame] = DATED;
    } else {
      readyOrEligibleNs[frame] += credit.shiftNs() - shiftNs[frame];
    }
    shiftNs[frame] = credit.shiftNs();
    long eligibleNs = readyOrEligibleNs[frame];
    frames.date(
        frame,
        frames.deadlineMode(frame) ? eligibleNs : Math.max(eligibleNs, frames.launchTimeNs(frame)));
  }

  /** A frame of a pod that is there is dropped. */
  void dropped(int frame) {
    PodCredit credit = ofPod[frames.pod[frame]];
    if (credit != null && frames.paid[frame] == DATED) {
      credit.datedGone(octets[frame]);
    }
  }

  private long eligibleNs(PodCredit credit, int frame, long departsNs) {
    return frames.paid[frame] == DATED
        ? readyOrEligibleNs[frame] + credit.shiftNs() - shiftNs[frame]
        : credit.eligibleNs(readyOrEligibleNs[frame], departsNs);
  }
}
