package org.ktsn.binder.ovs;

/**
 * What a rule of the overlay is for.
 *
 * @param purpose what it does
 * @param node the other node that it is about; empty if it is about none
 * @param pod that node's pod
 */
record Meaning(Purpose purpose, String node, String pod) {
  /** What a rule does. */
  enum Purpose {
    /** Sends frames to a remote pod. */
    SEND,
    /** Answers, or hands on, who asks for its MAC address. */
    ASK,
    /** Takes what comes from it. */
    TAKE,
    /** Drops what comes from a tunnel and from no pod that is known. */
    DROP_STRANGER,
    /** Gives what came from a tunnel to pods here. */
    DELIVER,
    /** Drops what came from a tunnel and is for nobody here. */
    DROP_UNKNOWN,
    /** Sends what is for a group to all nodes, and what is for a pod here to that one. */
    SPREAD
  }

  static Meaning of(Purpose purpose) {
    return new Meaning(purpose, "", "");
  }
}
