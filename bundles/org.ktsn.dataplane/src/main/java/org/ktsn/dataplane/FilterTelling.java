package org.ktsn.dataplane;

import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;

/**
 * Tells the filters that know a frame of it, one after the other. Where one of them keeps the
 * planner, the next life goes on behind it: each is told once. Planner thread only; nothing
 * allocates.
 */
final class FilterTelling {
  private static final FilterStep[] NOBODY = {};

  private FilterStep[] steps = NOBODY;
  private int next;
  private FilterCall call = FilterCall.DROPPED;
  private int frame;
  private PortModel link = NoStages.MODEL;
  private long instantNs;
  private DropReason reason = Verdict.MISSED;

  /**
   * Tells those who know a frame.
   *
   * @param whom all who may be told; of an end, all who may know it
   */
  void tell(FilterCall what, FilterStep[] whom, int ofFrame, PortModel onLink, long atNs) {
    begin(what, whom, ofFrame, onLink);
    instantNs = atNs;
    goOn();
  }

  /** Tells all who know a frame that it is dropped; see {@link #goOn}. */
  void beginDrop(FilterStep[] line, int ofFrame, PortModel onLink, DropReason why) {
    begin(FilterCall.DROPPED, line, ofFrame, onLink);
    reason = why;
  }

  private void begin(FilterCall what, FilterStep[] whom, int ofFrame, PortModel onLink) {
    goOn(); // nobody is forgotten
    call = what;
    frame = ofFrame;
    link = onLink;
    next = 0;
    steps = whom;
  }

  /** Tells whoever has not been told yet. */
  void goOn() {
    while (next < steps.length) {
      FilterStep step = steps[next++];
      if (isKnownTo(step)
          && step.takes(call)
          && (call != FilterCall.HELD || step.hasAskedForHold())) {
        step.tell(call, frame, link, instantNs, reason);
      }
    }
    steps = NOBODY;
    next = 0;
  }

  /** Tells whether the end of a frame is what is being told. */
  boolean isOfEnd(int ofFrame) {
    return steps != NOBODY && frame == ofFrame && isEnd();
  }

  private boolean isEnd() {
    return call == FilterCall.SENT || call == FilterCall.DROPPED;
  }

  private boolean isKnownTo(FilterStep step) {
    return isEnd() ? step.interest().ends(frame) : step.interest().knows(frame);
  }
}
