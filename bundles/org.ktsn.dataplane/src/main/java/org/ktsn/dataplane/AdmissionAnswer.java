package org.ktsn.dataplane;

import org.ktsn.api.filter.Admission;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;

/** What a filter says of a frame on its way in. Planner thread only. */
final class AdmissionAnswer implements Admission {
  private static final int CLASSES = 8;
  private static final int NONE = -1;

  private Verdict verdict = Verdict.ACCEPTED;
  private int trafficClass = NONE;
  private String nonsense = "";

  /** Nothing is said yet. */
  AdmissionAnswer begin() {
    verdict = Verdict.ACCEPTED;
    trafficClass = NONE;
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
  public void trafficClass(int other) {
    if (other < 0 || other >= CLASSES) {
      nonsense = "it puts a frame into class " + other + "; there are 0 to 7";
    } else {
      trafficClass = other;
    }
  }

  /** Returns {@link Verdict#ACCEPTED}, or the reason to drop the frame. */
  Verdict verdict() {
    return verdict;
  }

  /** Returns the class that the frame is to queue in, if it is to be the present one otherwise. */
  int classOr(int present) {
    return trafficClass == NONE ? present : trafficClass;
  }

  /** Returns what is wrong with the answer; empty if nothing is. */
  String nonsense() {
    return nonsense;
  }
}
