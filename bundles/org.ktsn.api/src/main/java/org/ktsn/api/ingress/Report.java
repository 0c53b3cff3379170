package org.ktsn.api.ingress;

import org.ktsn.api.stack.AddressFamily;

/**
 * What became of a datagram, for the program that sent it, which asked for that ({@link
 * org.ktsn.api.stack.Datagram#reports()}). One mutable object, owned and filled by the planner;
 * planner thread only.
 */
public final class Report {
  /** The bit of {@code reports()}: why it was not sent ({@code SOF_TXTIME_REPORT_ERRORS}). */
  public static final int ERRORS = 1;

  /** When it began to queue ({@code SOF_TIMESTAMPING_TX_SCHED}). */
  public static final int SCHEDULED = 2;

  /** When it was handed to the device ({@code SOF_TIMESTAMPING_TX_SOFTWARE}). */
  public static final int SENT = 4;

  /** The frame with each timestamp ({@code SOF_TIMESTAMPING_OPT_TSONLY} is not set). */
  public static final int FRAME = 8;

  /** What became of it. */
  public enum Kind {
    /** It could never leave at its launch time. */
    INVALID,
    /** It can't leave at its launch time any more. */
    MISSED,
    /** It queues. */
    SCHEDULED,
    /** It was handed to the device. */
    SENT
  }

  /** The number of the pod. */
  public int pod;

  /** The kernel's identity of the socket ({@code SO_COOKIE}), as the pod says. */
  public long socket;

  /** What became of the datagram. */
  public Kind kind;

  /** The family of its addresses. */
  public AddressFamily family;

  /** The number of the socket's timestamps, as the pod says. */
  public int number;

  /** The launch time as the program gave it, on its socket's clock. */
  public long stamp;

  /** When that happened, in TAI nanoseconds. */
  public long instantNs;

  /** The native address of the frame, from the link layer on. */
  public long frameAddress;

  /** The octets of the frame; 0 if it does not go along. */
  public int frameOctets;
}
