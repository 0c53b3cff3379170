package org.ktsn.shell;

import java.util.Map;

/** What the data plane's reasons for a drop mean to people, and what to do about each. */
final class Reason {
  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          Map.entry(
              "late_on_arrival",
              "its launch time had passed when KTSNd saw it; let the program send further ahead"),
          Map.entry(
              "missed",
              "accepted in time, but the machine stalled past its last instant; see docs/tune.md"),
          Map.entry(
              "oversize", "larger than queue-max-sdu of its class; send less, or raise the limit"),
          Map.entry(
              "never_fits",
              "no window of its class is long enough; a longer window, or a smaller frame"),
          Map.entry("queue_full", "more frames wait than max.frames; send less far ahead"),
          Map.entry(
              "bad_source",
              "its source address is not the pod's; bind the socket to the pod's address"),
          Map.entry("malformed", "the ring held no datagram; the program damaged the ring"),
          Map.entry(
              "no_route",
              "the pod has no route to the destination through its time-sensitive interface"),
          Map.entry("no_neighbour", "the next hop did not answer ARP in time; is the peer up?"),
          Map.entry("too_large", "larger than the interface's MTU; send less at once"),
          Map.entry("pod_gone", "the pod was detached while it waited"),
          Map.entry("port_down", "the switch was away; see ktsn:ports"),
          Map.entry(
              "rate_exceeded",
              "the pod sends more than its rate, and its turn would come later than max.ahead.s"),
          Map.entry(
              "overdue",
              "its gate, its credit or the link would let it leave more than max.wait.ms after its"
                  + " launch time; look at the schedule in force and at what else is in its class"),
          Map.entry(
              "too_early",
              "more than max.ahead.s in the future; is it the clock that SO_TXTIME names?"));

  private Reason() {}

  /** Returns the sentence; of a reason that is not known here its name in words. */
  static String meaning(String reason) {
    return MEANINGS.getOrDefault(reason, reason.replace('_', ' '));
  }
}
