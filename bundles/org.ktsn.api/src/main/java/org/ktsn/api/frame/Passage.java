package org.ktsn.api.frame;

/** The verdicts with which a frame is not gone; see {@link Verdict}. */
enum Passage implements Verdict {
  ACCEPTED,
  HOLD;

  @Override
  public boolean isDrop() {
    return false;
  }
}
