package org.ktsn.api.frame;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What a stage says of a datagram or frame: it passes, it is to be offered again, or it is dropped,
 * for a {@link DropReason}. Compare with {@code ==}.
 *
 * <p>The reasons here are those that stages of different bundles give alike. A bundle's own are
 * made by {@link DropReason#of}, and are verdicts as well.
 */
@ProviderType
public sealed interface Verdict permits Passage, DropReason {
  /** Taken: the frame is queued. */
  Verdict ACCEPTED = Passage.ACCEPTED;

  /**
   * Can't be decided yet, because a neighbour is being resolved, or can't leave yet, because a
   * filter holds it: offer it again later.
   */
  Verdict HOLD = Passage.HOLD;

  /** The launch time, or the deadline, had passed when the datagram arrived. */
  DropReason LATE_ON_ARRIVAL =
      DropReason.of(
          "late_on_arrival",
          "its launch time had passed when it was sent",
          "let the program send further ahead");

  /**
   * The frame missed its last allowed instant and the policy is to drop it, or it can't leave by
   * its deadline.
   */
  DropReason MISSED =
      DropReason.of(
          "missed",
          "sent in time, but the machine stalled past its last instant",
          "see docs/tune.md");

  /**
   * The service data unit is larger than {@code queueMaxSDU} of its class (IEEE 802.1Q-2022
   * 8.6.8.4).
   */
  DropReason OVERSIZE =
      DropReason.of(
          "oversize", "larger than queue-max-sdu of its class", "send less, or raise the limit");

  /** No open window of its class is long enough for the frame. */
  DropReason NEVER_FITS =
      DropReason.of(
          "never_fits",
          "no window of its class is long enough",
          "a longer window, or a smaller frame");

  /** The queue or the frame table is full. */
  DropReason QUEUE_FULL =
      DropReason.of("queue_full", "more frames wait than max.frames", "send less far ahead");

  /** The source address is not one of the pod's. */
  DropReason BAD_SOURCE =
      DropReason.of(
          "bad_source",
          "its source address is not the pod's",
          "bind the socket to the pod's address");

  /** A field of the datagram is out of its range. */
  DropReason MALFORMED =
      DropReason.of("malformed", "the ring held no datagram", "the program damaged the ring");

  /** The pod has no route to the destination through its time-sensitive interface. */
  DropReason NO_ROUTE =
      DropReason.of(
          "no_route",
          "the pod has no route to the destination through its time-sensitive interface",
          "");

  /** The next hop did not answer. */
  DropReason NO_NEIGHBOUR =
      DropReason.of("no_neighbour", "the next hop did not answer ARP in time", "is the peer up?");

  /** The datagram does not fit the interface's MTU. */
  DropReason TOO_LARGE =
      DropReason.of("too_large", "larger than the interface's MTU", "send less at once");

  /** The pod was detached while the frame waited. */
  DropReason POD_GONE = DropReason.of("pod_gone", "the pod was detached while it waited", "");

  /** The port's link was down, or its device took nothing until the frame's last instant. */
  DropReason PORT_DOWN = DropReason.of("port_down", "the switch was away", "see ktsn:ports");

  /** The launch time lies beyond what the data plane is configured to hold. */
  DropReason TOO_EARLY =
      DropReason.of(
          "too_early",
          "more than max.ahead.s in the future",
          "is it the clock that SO_TXTIME names?");

  /** The pod sends more than its idle slope, and its turn would come later than frames are held. */
  DropReason RATE_EXCEEDED =
      DropReason.of(
          "rate_exceeded",
          "the pod sends more than its rate, and its turn would come later than max.ahead.s",
          "");

  /**
   * The frame would leave, or be planned to leave, longer after its launch time than frames may
   * wait (IEEE 802.1Q-2022 6.5.6).
   */
  DropReason OVERDUE =
      DropReason.of(
          "overdue",
          "its gate, its credit or the link would let it leave more than max.wait.ms after its"
              + " launch time",
          "look at the schedule in force and at what else is in its class");

  /** Tells whether the frame is gone with this verdict. */
  boolean isDrop(); // no default method: DropReason must be there before this interface's constants
}
