package org.ktsn.api.schedule;

/** What an entry of a gate control list does (IEEE 802.1Q-2022 Table 8-7). */
public enum GateOperation {
  /** Sets the gates. */
  SET_GATE_STATES("set-gate-states"),
  /**
   * Sets the gates and asks the MAC merge layer to hold preemptable traffic. Without frame
   * preemption: sets the gates.
   */
  SET_AND_HOLD_MAC("set-and-hold-mac"),
  /**
   * Sets the gates and lets preemptable traffic go on. Without frame preemption: sets the gates.
   */
  SET_AND_RELEASE_MAC("set-and-release-mac");

  private final String identity;

  GateOperation(String identity) {
    this.identity = identity;
  }

  /** Returns the name of the YANG identity, without its module. */
  public String identity() {
    return identity;
  }
}
