package org.ktsn.dataplane;

import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;

/** What a filter says of a frame whose turn has come. Planner thread only. */
final class LeaveAnswer implements Leave {
  private long departsNs;
  private long latestNs;
  private long untilNs;
  private Verdict verdict = Verdict.ACCEPTED;
  private String nonsense = "";

  /** Nothing is said yet. */
  LeaveAnswer begin(long wouldDepartNs, long latestHoldNs) {
    departsNs = wouldDepartNs;
    latestNs = latestHoldNs;
    untilNs = Long.MIN_VALUE;
    verdict = Verdict.ACCEPTED;
    nonsense = "";
    return this;
  }

  @Override
  public long departsNs() {
    return departsNs;
  }

  @Override
  public long latestNs() {
    return latestNs;
  }

  @Override
  public void hold(long until) {
    if (until > latestNs) {
      nonsense = "it holds a frame until " + until + "; nothing is held beyond " + latestNs;
      return;
    }
    untilNs = Math.max(untilNs, until);
    if (verdict == Verdict.ACCEPTED) {
      verdict = Verdict.HOLD;
    }
  }

  @Override
  public void drop(DropReason reason) {
    if (reason == null) {
      nonsense = "it drops a frame whose turn has come for no reason (null)";
    } else {
      verdict = reason;
    }
  }

  /** Returns {@link Verdict#ACCEPTED}, {@link Verdict#HOLD}, or the reason to drop the frame. */
  Verdict verdict() {
    return verdict;
  }

  /** Returns until when the frame is to be held. */
  long untilNs() {
    return untilNs;
  }

  /** Returns what is wrong with the answer; empty if nothing is. */
  String nonsense() {
    return nonsense;
  }
}
