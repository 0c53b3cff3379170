package org.ktsn.filter.psfp.line;

import java.util.Optional;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;

/** Entries as they are, but that they set and reset nothing. */
final class SameAgain {
  private SameAgain() {}

  static StreamFilter filter(StreamFilter filter) {
    return new StreamFilter(
        filter.id(),
        filter.streamHandle(),
        filter.priority(),
        filter.maxSduOctets(),
        filter.blockedDueToOversizeFrameEnabled(),
        Optional.empty(),
        filter.gate(),
        filter.meter());
  }

  static StreamGate gate(StreamGate gate) {
    return new StreamGate(
        gate.id(),
        gate.control(),
        gate.closedDueToInvalidRxEnable(),
        Optional.empty(),
        gate.closedDueToOctetsExceededEnable(),
        Optional.empty());
  }

  static FlowMeter meter(FlowMeter meter) {
    return new FlowMeter(
        meter.id(),
        meter.committedRateBitsPerSecond(),
        meter.committedBurstOctets(),
        meter.excessRateBitsPerSecond(),
        meter.excessBurstOctets(),
        meter.coupled(),
        meter.colorAware(),
        meter.dropOnYellow(),
        meter.markAllFramesRedEnable(),
        Optional.empty());
  }
}
