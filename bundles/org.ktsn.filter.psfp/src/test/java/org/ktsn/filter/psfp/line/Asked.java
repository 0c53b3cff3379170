package org.ktsn.filter.psfp.line;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.filter.psfp.model.StreamIdentity;

/** Short ways to ask for policing in tests: identifiers are 1. */
final class Asked {
  private Asked() {}

  /** One stream, that of a pod, with one gate and one meter. */
  static PolicingParameters of(String pod, StreamFilter filter, StreamGate gate, FlowMeter meter) {
    return new PolicingParameters(
        List.of(pod(1, pod)), List.of(filter), List.of(gate), List.of(meter));
  }

  /** Any frame, with one gate and one meter. */
  static PolicingParameters anyFrame(StreamGate gate, FlowMeter meter) {
    return new PolicingParameters(
        List.of(), List.of(filter(OptionalLong.empty(), 0)), List.of(gate), List.of(meter));
  }

  static StreamIdentity pod(long handle, String pod) {
    return new StreamIdentity(
        handle, handle, Optional.of(pod), OptionalInt.empty(), HeaderMatch.ANY);
  }

  static StreamFilter filter(OptionalLong stream, long maxSduOctets) {
    return filter(stream, maxSduOctets, false, Optional.empty());
  }

  static StreamFilter filter(
      OptionalLong stream, long maxSduOctets, boolean block, Optional<Boolean> blocked) {
    return new StreamFilter(
        1, stream, OptionalInt.empty(), maxSduOctets, block, blocked, 1, OptionalLong.of(1));
  }

  static StreamGate open() {
    return gate(GateControl.constant(true, GateControl.NO_IPV));
  }

  static StreamGate gate(GateControl control) {
    return new StreamGate(1, control, false, Optional.empty(), false, Optional.empty());
  }

  /** A running list. */
  static GateControl list(long baseNs, long cycleNs, GateControl.Entry... entries) {
    return new GateControl(
        true,
        true,
        GateControl.NO_IPV,
        List.of(entries),
        CycleTime.ofNanoseconds(cycleNs),
        0,
        baseNs);
  }

  static GateControl.Entry entry(boolean open, int ipv, long ns, long octetMax) {
    return new GateControl.Entry(open, ipv, ns, octetMax);
  }

  static FlowMeter meter(long cir, long cbs, long eir, long ebs) {
    return new FlowMeter(1, cir, cbs, eir, ebs, false, false, false, false, Optional.empty());
  }

  /** A meter that says green to everything. */
  static FlowMeter generous() {
    return meter(FlowMeter.MAX_RATE, FlowMeter.MAX_BURST, 0, 0);
  }
}
