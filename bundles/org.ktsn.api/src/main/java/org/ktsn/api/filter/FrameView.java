package org.ktsn.api.filter;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What a filter may see of a frame. One object that shows one frame after another: valid only
 * during the call that passes it. Nothing here allocates. Planner thread only.
 */
@ProviderType
public interface FrameView {
  /**
   * Returns the frame's number: the index of what a filter keeps of it. Stable from {@link
   * Filter#admit} or {@link Filter#waits} to {@link Filter#sent} or {@link Filter#dropped}, and
   * used again afterwards.
   */
  int number();

  /** Returns the number of the pod that sends it, as in {@link org.ktsn.api.pod.Pod#number()}. */
  int pod();

  /**
   * Returns a handle of the flow: equal for the frames of a flow (pod, addresses, ports, priority)
   * for as long as the data plane remembers it, and never another flow's. Not an index.
   */
  long flow();

  /**
   * Returns the priority, 0 to 7, that its pod was granted: the PCP of its tag, if it has one. A
   * filter's {@link Admission#internalPriority} does not change it.
   */
  int priority();

  /** Returns the traffic class, 0 to 7, by which it queues. */
  int trafficClass();

  /**
   * Returns the length of the Ethernet frame in octets: header, tags and payload, without the FCS.
   */
  int lengthOctets();

  /**
   * Returns the length of the service data unit in octets: the MAC payload, without header, tags
   * and FCS.
   */
  int sduOctets();

  /**
   * Returns what the frame takes of the link in octets: with overhead, FCS, preamble and gap; see
   * {@link org.ktsn.api.port.PortModel#linkOctets}.
   */
  long linkOctets();

  /** Returns the instant before which it must not leave, in TAI nanoseconds; a hold moves it. */
  long launchTimeNs();

  /**
   * Tells whether it may leave before its launch time ({@code SOF_TXTIME_DEADLINE_MODE}). A frame
   * that was held may not any more.
   */
  boolean deadlineMode();

  /**
   * Tells whether its launch time is one that filters held it until, not the one that its program
   * asked for.
   */
  default boolean wasHeld() {
    return false;
  }

  /** Returns the instant at which the planner took its datagram, in TAI nanoseconds. */
  long arrivedNs();

  /** Returns its place in the order of arrival; unique and rising. */
  long arrival();

  /**
   * Returns an octet of the Ethernet frame as it will be sent, 0 to 255: headers and payload, in
   * the data plane's own memory, which no pod can write.
   *
   * @param offset 0 (the first octet of the destination address) to {@link #lengthOctets} - 1
   * @throws IndexOutOfBoundsException if it is none of the frame's
   * @throws IllegalStateException in {@link Filter#sent}: the octets are the device's by then
   */
  int octet(int offset);

  /**
   * Returns two octets in network order, 0 to 65,535, as {@link #octet} does.
   *
   * @param offset of the first one
   */
  default int twoOctets(int offset) {
    return octet(offset) << 8 | octet(offset + 1);
  }

  /**
   * Returns four octets in network order, as {@link #octet} does.
   *
   * @param offset of the first one
   */
  default int fourOctets(int offset) {
    return twoOctets(offset) << 16 | twoOctets(offset + 2);
  }
}
