package org.ktsn.api.ingress;

import org.osgi.annotation.versioning.ConsumerType;

/** Where datagrams with a launch time come from: the rings that KTSNd shares with its pods. */
@ConsumerType
public interface Ingress {
  /**
   * Offers waiting datagrams to the sink, pod by pod in turn, a bounded number per pod, so that no
   * pod starves another. Planner thread only; allocates nothing.
   *
   * @param sink takes the datagrams
   * @param budget the largest number to offer in this call
   * @return how many the sink took
   */
  int poll(DatagramSink sink, int budget);

  /**
   * Says that the planner is about to sleep until {@code wakeAtNs}, so that producers ring the
   * doorbell for what can't wait until then. Planner thread only.
   *
   * @param wakeAtNs the instant at which the planner wakes by itself, in TAI nanoseconds; {@link
   *     Long#MAX_VALUE} for never
   * @param horizonNs how long before its launch time a datagram must be seen
   * @return true if nothing is waiting and the planner may sleep; false if it must poll again
   */
  boolean prepareSleep(long wakeAtNs, long horizonNs);

  /** Says that the planner is awake: producers need not ring. Planner thread only. */
  void awake();

  /**
   * Tells a program what became of a datagram; what it has no room for is lost, as in the kernel's
   * error queue. Planner thread only; never waits, allocates nothing.
   *
   * @param report valid only during the call
   */
  default void report(Report report) {}

  /**
   * Returns a file descriptor that becomes readable (epoll, edge-triggered) when a producer rings;
   * the planner waits on it.
   */
  int doorbell();
}
