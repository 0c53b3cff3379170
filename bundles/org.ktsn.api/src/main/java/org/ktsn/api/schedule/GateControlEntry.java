package org.ktsn.api.schedule;

/**
 * One entry of a gate control list.
 *
 * @param operation what it does
 * @param gateStates one bit per traffic class, bit 7 for class 7; 1 is open
 * @param timeIntervalNs how long it lasts, in nanoseconds, 0 to 2<sup>32</sup> - 1
 */
public record GateControlEntry(GateOperation operation, int gateStates, long timeIntervalNs) {
  /** Checks the ranges. */
  public GateControlEntry {
    if (gateStates < 0 || gateStates > 0xff) {
      throw new IllegalArgumentException("gate states " + gateStates + " are not in 0..255");
    }
    if (timeIntervalNs < 0 || timeIntervalNs > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          "time interval " + timeIntervalNs + " ns is not in 0.." + 0xffff_ffffL);
    }
  }
}
