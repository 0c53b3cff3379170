package org.ktsn.dataplane;

import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;

/**
 * Tells filters of a frame, one after the other. Where one of them keeps the planner, the next life
 * goes on behind it: each is told once. Planner thread only; nothing allocates.
 */
final class FilterTelling {
  private static final FilterStep[] NOBODY = {};

  private FilterStep[] steps = NOBODY;
  private int next;
  private int before;
  private FilterCall call = FilterCall.DROPPED;
  private int frame;
  private PortModel link = NoStages.MODEL;
  private long instantNs;
  private DropReason reason = Verdict.MISSED;

  /** Tells all of them of an instant. */
  void tell(FilterCall what, FilterStep[] whom, int ofFrame, PortModel onLink, long atNs) {
    if (whom.length > 0) {
      begin(what, whom, ofFrame, onLink);
      instantNs = atNs;
      goOn();
    }
  }

  /** Tells those in the first places of the line that a frame is dropped; see {@link #goOn}. */
  void beginDrop(
      FilterStep[] whom, int firstPlaces, int ofFrame, PortModel onLink, DropReason why) {
    begin(FilterCall.DROPPED, whom, ofFrame, onLink);
    before = firstPlaces;
    reason = why;
  }

  private void begin(FilterCall what, FilterStep[] whom, int ofFrame, PortModel onLink) {
    goOn(); // nobody is forgotten
    call = what;
    frame = ofFrame;
    link = onLink;
    before = Integer.MAX_VALUE;
    next = 0;
    steps = whom;
  }

  /** Tells whoever has not been told yet. */
  void goOn() {
    while (next < steps.length) {
      FilterStep step = steps[next++];
      if (!step.isGone()
          && step.place() < before
          && (call != FilterCall.HELD || step.hasAskedForHold())) {
        step.tell(call, frame, link, instantNs, reason);
      }
    }
    steps = NOBODY;
    next = 0;
  }
}
