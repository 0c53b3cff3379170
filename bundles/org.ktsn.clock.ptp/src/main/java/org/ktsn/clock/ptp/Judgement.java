package org.ktsn.clock.ptp;

import java.util.List;
import java.util.OptionalLong;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockState;

/** What one ptp4l says of the clock's quality; the parts are those of a ClockReport. */
record Judgement(
    ClockState state,
    List<ClockReason> reasons,
    OptionalLong uncertaintyNs,
    OptionalLong offsetNs,
    String grandmaster) {
  Judgement {
    reasons = List.copyOf(reasons);
  }
}
