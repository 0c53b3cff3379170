package org.ktsn.clock.ptp;

/** The state of a PTP port (IEEE 1588-2019 table 20). */
enum PortState {
  UNKNOWN,
  INITIALIZING,
  FAULTY,
  DISABLED,
  LISTENING,
  PRE_MASTER,
  MASTER,
  PASSIVE,
  UNCALIBRATED,
  SLAVE;

  private static final PortState[] BY_VALUE = values();

  /** Returns the state for its number on the wire; {@link #UNKNOWN} for one that is none. */
  static PortState of(int value) {
    return value > 0 && value < BY_VALUE.length ? BY_VALUE[value] : UNKNOWN;
  }
}
