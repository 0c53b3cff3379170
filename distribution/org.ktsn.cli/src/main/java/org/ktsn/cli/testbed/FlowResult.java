package org.ktsn.cli.testbed;

import java.util.Optional;

/**
 * What was measured of a flow.
 *
 * @param flow what was sent
 * @param baseNs the first launch time, in TAI nanoseconds
 * @param arrivals what the listener received
 * @param trace what KTSNd recorded of the flow's frames, if they went through it
 * @param nativeLoop what a loop without any daemon got meanwhile, if one ran
 * @param daemonCpuPercent how much of one processor KTSNd used
 */
public record FlowResult(
    Flow flow,
    long baseNs,
    Arrivals arrivals,
    Optional<TraceFile> trace,
    Optional<NativeMoments> nativeLoop,
    double daemonCpuPercent) {
  /** Returns the same of frames that a tunnel made so many octets longer on the link. */
  public FlowResult tunnelled(int octets) {
    return new FlowResult(
        flow,
        baseNs,
        arrivals,
        trace.map(
            of ->
                new TraceFile(
                    of.portRateBitsPerSecond(),
                    of.overheadOctets() + octets,
                    of.leftOut(),
                    of.records())),
        nativeLoop,
        daemonCpuPercent);
  }

  /** Counts and measures the arrivals. */
  public Delivery delivery() {
    return Delivery.of(flow.frames(), flow.periodNs(), arrivals.datagrams());
  }
}
