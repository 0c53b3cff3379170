package org.ktsn.api.time;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The quality of the node's clock at one moment.
 *
 * @param state how good it is
 * @param sinceTaiNs since when, in TAI nanoseconds
 * @param reasons why; what caused the state comes first, remarks follow
 * @param uncertaintyNs how far the clock may be from the network's time, in nanoseconds; empty if
 *     nothing is known
 * @param offsetNs the latest measured offset from the grandmaster, in nanoseconds; empty if there
 *     is none
 * @param grandmaster the identity of the clock that is followed, for instance {@code
 *     001122.fffe.334455}; empty if there is none
 * @param taiOffsetS TAI - UTC as the kernel holds it, in seconds; 0: nobody has told it
 * @param policies what is configured to be done in this state
 * @param checkedNanoTime when it was last checked, as {@link System#nanoTime}: a report that gets
 *     old comes from a monitor that is stuck
 */
public record ClockReport(
    ClockState state,
    long sinceTaiNs,
    List<ClockReason> reasons,
    OptionalLong uncertaintyNs,
    OptionalLong offsetNs,
    String grandmaster,
    int taiOffsetS,
    Set<ClockPolicy> policies,
    long checkedNanoTime) {
  /** Copies the collections. */
  public ClockReport {
    reasons = List.copyOf(reasons);
    policies = Set.copyOf(policies);
  }
}
