package org.ktsn.dataplane;

import org.ktsn.api.filter.Admission;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;

/** What a filter says of a frame on its way in. Planner thread only. */
final class AdmissionAnswer implements Admission {
  private static final int PRIORITIES = 8;
  private static final int NONE = -1;

  private Verdict verdict = Verdict.ACCEPTED;
  private int priority = NONE;
  private String nonsense = "";

  /** Nothing is said yet. */
  AdmissionAnswer begin() {
    verdict = Verdict.ACCEPTED;
    priority = NONE;
    nonsense = "";
    return this;
  }

  @Override
  public void drop(DropReason reason) {
    if (reason == null) {
      nonsense = "it drops a frame on its way in for no reason (null)";
    } else {
      verdict = reason;
    }
  }

  @Override
  public void internalPriority(int other) {
    if (other < 0 || other >= PRIORITIES) {
      nonsense = "it gives a frame the priority " + other + "; there are 0 to 7";
    } else {
      priority = other;
    }
  }

  /** Returns {@link Verdict#ACCEPTED}, or the reason to drop the frame. */
  Verdict verdict() {
    return verdict;
  }

  /** Tells whether the frame is to queue as one of another priority. */
  boolean hasPriority() {
    return priority != NONE;
  }

  /** Returns as one of which priority. */
  int priority() {
    return priority;
  }

  /** Returns what is wrong with the answer; empty if nothing is. */
  String nonsense() {
    return nonsense;
  }
}
