package org.ktsn.api.frame;

/**
 * What became of a datagram or frame at a stage of the data plane. Every value has a counter of its
 * own.
 */
public enum Verdict {
  /** Taken: the frame is queued. */
  ACCEPTED(false),
  /**
   * Can't be decided yet, because a neighbour is being resolved, or can't leave yet, because its
   * pod has no credit: offer it again later.
   */
  HOLD(false),
  /** The launch time, or the deadline, had passed when the datagram arrived. */
  LATE_ON_ARRIVAL(true),
  /**
   * The frame missed its last allowed instant and the policy is to drop it, or it can't leave by
   * its deadline.
   */
  MISSED(true),
  /**
   * The service data unit is larger than {@code queueMaxSDU} of its class (IEEE 802.1Q-2022
   * 8.6.8.4).
   */
  OVERSIZE(true),
  /** No open window of its class is long enough for the frame. */
  NEVER_FITS(true),
  /** The queue or the frame table is full. */
  QUEUE_FULL(true),
  /** The source address is not one of the pod's. */
  BAD_SOURCE(true),
  /** A field of the datagram is out of its range. */
  MALFORMED(true),
  /** The pod has no route to the destination through its time-sensitive interface. */
  NO_ROUTE(true),
  /** The next hop did not answer. */
  NO_NEIGHBOUR(true),
  /** The datagram does not fit the interface's MTU. */
  TOO_LARGE(true),
  /** The pod was detached while the frame waited. */
  POD_GONE(true),
  /** The port's link was down, or its device took nothing until the frame's last instant. */
  PORT_DOWN(true),
  /** The launch time lies beyond what the data plane is configured to hold. */
  TOO_EARLY(true),
  /** The pod sends more than its idle slope, and its turn would come later than frames are held. */
  RATE_EXCEEDED(true),
  /**
   * The frame would leave, or be planned to leave, longer after its launch time than frames may
   * wait (IEEE 802.1Q-2022 6.5.6).
   */
  OVERDUE(true);

  private final boolean drop;

  Verdict(boolean drop) {
    this.drop = drop;
  }

  /** Tells whether the frame is gone with this verdict. */
  public boolean isDrop() {
    return drop;
  }
}
