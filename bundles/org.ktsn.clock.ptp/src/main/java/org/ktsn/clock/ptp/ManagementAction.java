package org.ktsn.clock.ptp;

/** What a management message asks for (IEEE 1588-2019 table 57). */
enum ManagementAction {
  GET(0),
  SET(1),
  RESPONSE(2),
  COMMAND(3),
  ACKNOWLEDGE(4);

  private final int value;

  ManagementAction(int value) {
    this.value = value;
  }

  int value() {
    return value;
  }

  static ManagementAction of(int value) {
    for (ManagementAction action : values()) {
      if (action.value == value) {
        return action;
      }
    }
    throw new MalformedMessageException("the action " + value + " is none of IEEE 1588");
  }
}
