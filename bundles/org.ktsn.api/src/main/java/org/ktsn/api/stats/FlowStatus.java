package org.ktsn.api.stats;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stats.DataplaneStatus.Quantiles;

/**
 * A snapshot of one flow: the datagrams of a pod that go from one address and port to another with
 * one priority. A pod has a bounded number of flows of its own; the one that was silent the longest
 * makes room for a new one, and what it had counted goes into the pod's row of others.
 *
 * <p>The values of a flow belong together, but were read while frames flow: one may be a frame
 * ahead of another.
 *
 * @param pod the pod's number, as in {@link org.ktsn.api.pod.Pod#number()}
 * @param flow who sends to whom; empty: the row of the pod's others
 * @param flows how many flows the row stands for: 1, or how many were pushed out
 * @param trafficClass the class of its last frame that was encoded; empty if there was none, and
 *     for the others
 * @param received datagrams taken from the pod's ring
 * @param sent frames handed to the port
 * @param late frames that missed their window and were dated anew; they count once each time, and
 *     are sent or dropped later
 * @param drops dropped frames by reason, only reasons that occurred
 * @param octets octets of the frames that were sent, without preamble, FCS and gap
 * @param framesPerSecond frames received per second, over the last 1 to 2 s
 * @param bitsPerSecond bits of frames sent per second, over the same time
 * @param lastLaunchTimeNs the launch time that the last datagram asked for
 * @param firstSeenNs when the first datagram was taken
 * @param lastSeenNs when the last datagram was taken
 * @param noticeNs launch time minus the instant at which the program sent the datagram, or at which
 *     KTSNd took it where that is not known: negative if it was sent late; all zero as long as
 *     nothing was received
 * @param waitNs planned launch instant minus the launch time that was asked for, of frames that
 *     were sent: what gates, credit and frames ahead cost; not in deadline mode
 * @param txErrorNs actual minus planned launch instant of frames that were sent; quantiles are at
 *     most a quarter too high
 */
public record FlowStatus(
    int pod,
    Optional<Flow> flow,
    long flows,
    OptionalInt trafficClass,
    long received,
    long sent,
    long late,
    Map<String, Long> drops,
    long octets,
    double framesPerSecond,
    double bitsPerSecond,
    long lastLaunchTimeNs,
    long firstSeenNs,
    long lastSeenNs,
    Range noticeNs,
    Range waitNs,
    Quantiles txErrorNs) {
  /** Copies the map. */
  public FlowStatus {
    drops = Map.copyOf(drops);
  }

  /** Returns how many frames were dropped, for whatever reason. */
  public long dropped() {
    return drops.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Returns how many frames were late in one way or another: on arrival, missed and dropped, missed
   * and dated anew.
   */
  public long lateFrames() {
    return late + drops.getOrDefault("late_on_arrival", 0L) + drops.getOrDefault("missed", 0L);
  }

  /** Returns how many frames wait to be sent. */
  public long waiting() {
    return Math.max(0, received - sent - dropped());
  }

  /**
   * Who sends to whom.
   *
   * @param family what the addresses are
   * @param sourceAddress the source address as the datagrams say, for instance {@code 10.77.0.2};
   *     one that is not the pod's is dropped
   * @param sourcePort the UDP source port; 0 in a family without ports
   * @param destinationAddress the destination address
   * @param destinationPort the UDP destination port; 0 in a family without ports
   * @param priority the socket's priority ({@code SO_PRIORITY}), or the priority code point of a
   *     tagged frame of the family {@link AddressFamily#PACKET}, from which the class follows
   */
  public record Flow(
      AddressFamily family,
      String sourceAddress,
      int sourcePort,
      String destinationAddress,
      int destinationPort,
      int priority) {
    /** Makes one of IPv4. */
    public Flow(
        String sourceAddress,
        int sourcePort,
        String destinationAddress,
        int destinationPort,
        int priority) {
      this(
          AddressFamily.INET,
          sourceAddress,
          sourcePort,
          destinationAddress,
          destinationPort,
          priority);
    }
  }

  /**
   * What a figure was at least, on average and at most.
   *
   * @param smallest the smallest value
   * @param mean the mean
   * @param largest the largest value
   */
  public record Range(long smallest, long mean, long largest) {
    /** There was no value. */
    public static final Range NONE = new Range(0, 0, 0);
  }
}
