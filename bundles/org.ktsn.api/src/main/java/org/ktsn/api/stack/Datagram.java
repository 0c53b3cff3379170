package org.ktsn.api.stack;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A datagram that was handed over by a pod, as far as the ingress could check it. The fields are
 * the ingress's private copy; the payload still lies in memory that the pod can write, so copy it
 * once and judge only the copy.
 *
 * <p>One object that is filled anew for each datagram: valid only during the call that passes it.
 * Planner thread only.
 */
@ConsumerType
public interface Datagram {
  /** Returns the number of the pod it came from, as in {@link org.ktsn.api.pod.Pod#number()}. */
  int pod();

  /** Returns the instant at which it shall leave, in TAI nanoseconds. */
  long launchTimeNs();

  /** Tells whether the socket is in deadline mode ({@code SOF_TXTIME_DEADLINE_MODE}). */
  boolean deadlineMode();

  /** Returns the family of its addresses, which decides whose the datagram is. */
  AddressFamily family();

  /** Returns the first half of the source address, as {@link AddressFamily} lays it out. */
  long sourceHigh();

  /** Returns the second half of the source address. */
  long sourceLow();

  /** Returns the first half of the destination address. */
  long destinationHigh();

  /** Returns the second half of the destination address. */
  long destinationLow();

  /**
   * Returns the first half of the address of the neighbour to which the pod says that its kernel
   * would send the datagram: the destination itself if that is on the link; 0 in both halves if the
   * pod names none.
   */
  default long nextHopHigh() {
    return destinationHigh();
  }

  /** Returns the second half of the neighbour's address. */
  default long nextHopLow() {
    return destinationLow();
  }

  /**
   * Returns the source address of a datagram of the family {@link AddressFamily#INET}; the first
   * octet is the most significant one.
   */
  default int sourceIpv4() {
    return AddressFamily.ipv4(sourceHigh());
  }

  /** Returns the destination address, as {@link #sourceIpv4} does. */
  default int destinationIpv4() {
    return AddressFamily.ipv4(destinationHigh());
  }

  /** Returns the neighbour's address, as {@link #sourceIpv4} does. */
  default int nextHopIpv4() {
    return AddressFamily.ipv4(nextHopHigh());
  }

  /** Returns the UDP source port, 1 to 65,535; 0 in a family without ports. */
  int sourcePort();

  /** Returns the UDP destination port, 1 to 65,535; 0 in a family without ports. */
  int destinationPort();

  /**
   * Returns when the pod says that it sent the datagram, in TAI nanoseconds. A claim: whoever
   * judges by it bounds it by what is seen.
   */
  default long sentNs() {
    return Long.MAX_VALUE;
  }

  /** Tells whether a launch time that has passed means that the datagram leaves at once. */
  default boolean pastIsNow() {
    return false;
  }

  /**
   * Returns what its program wants to be told of it: bits of {@link
   * org.ktsn.api.ingress.Report#ERRORS} and its neighbours.
   */
  default int reports() {
    return 0;
  }

  /** Returns the kernel's identity of its socket ({@code SO_COOKIE}), as the pod says. */
  default long socket() {
    return 0;
  }

  /** Returns the number of its timestamps, as the pod says. */
  default int reportNumber() {
    return 0;
  }

  /** Returns the launch time as the program gave it, on its socket's clock. */
  default long stamp() {
    return launchTimeNs();
  }

  /** Returns the IPv6 flow label, 20 bits; 0 in other families. */
  default int flowLabel() {
    return 0;
  }

  /** Returns the IPv4 TOS octet, or the IPv6 traffic class: DSCP and ECN. */
  int tos();

  /** Returns the IPv4 time to live, 1 to 255, or the IPv6 hop limit, 0 to 255. */
  int ttl();

  /** Returns the four lowest bits of the socket's priority ({@code SO_PRIORITY}), 0 to 15. */
  int priority();

  /** Tells whether the datagram must not be fragmented on its way (the IPv4 DF flag). */
  boolean dontFragment();

  /** Tells whether the UDP checksum is left out ({@code SO_NO_CHECK}). */
  boolean noChecksum();

  /** Returns the native address of the payload. */
  long payloadAddress();

  /** Returns the payload's length in octets; checked against the slot's size. */
  int payloadLength();
}
