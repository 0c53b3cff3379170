package org.ktsn.api.time;

/** How good the node's clock is, as seen from the network's time. */
public enum ClockState {
  /**
   * No PTP daemon is there and none was asked for: all programs of this host share its clock, and
   * schedules are as good as if the network had no other.
   */
  LOCAL,

  /**
   * The clock follows the network's time within the configured bounds, or is the network's time.
   */
  SYNCHRONISED,

  /** The clock followed the network's time until recently; its error grows slowly. */
  HOLDOVER,

  /** The clock is not tied to the network's time, or not any more. */
  FREE_RUNNING,

  /** The clock is known to differ from the network's time by more than any schedule bears. */
  WRONG
}
