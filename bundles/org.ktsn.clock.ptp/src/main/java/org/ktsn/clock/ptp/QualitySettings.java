package org.ktsn.clock.ptp;

import java.util.Map;
import java.util.Set;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockState;

/**
 * The thresholds of the clock's quality, with their hysteresis.
 *
 * @param enterNs an offset up to this counts towards being synchronised
 * @param leaveNs an offset beyond this counts against it; what lies between changes nothing
 * @param wrongNs an offset beyond this makes the clock wrong
 * @param settleSamples how many measurements in a row make it better
 * @param unsettleSamples how many measurements in a row make it worse
 * @param lossNs how long there may be no measurement; at least three Sync intervals
 * @param holdoverNs how long holdover lasts at most
 * @param driftPpb how fast the clock may run away without measurements, in parts per billion
 * @param floorNs what the measurement itself may be off by
 * @param stepNs a jump of the clock beyond this is a step
 * @param policies what is to be done, for each state
 */
record QualitySettings(
    long enterNs,
    long leaveNs,
    long wrongNs,
    int settleSamples,
    int unsettleSamples,
    long lossNs,
    long holdoverNs,
    long driftPpb,
    long floorNs,
    long stepNs,
    Map<ClockState, Set<ClockPolicy>> policies) {
  QualitySettings {
    if (enterNs > leaveNs || leaveNs > wrongNs) {
      throw new IllegalArgumentException(
          "offset.enter.ns is "
              + enterNs
              + ", offset.leave.ns "
              + leaveNs
              + ", offset.wrong.ns "
              + wrongNs
              + "; none may be greater than the one behind it");
    }
    policies = Map.copyOf(policies);
  }
}
