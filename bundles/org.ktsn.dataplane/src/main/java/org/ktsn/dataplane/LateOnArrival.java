package org.ktsn.dataplane;

import org.ktsn.api.stack.Datagram;

/**
 * What becomes of a datagram that was sent after its launch time. The kernel has two answers: its
 * {@code etf} drops it, its {@code fq} sends it at once. In deadline mode it is always dropped: its
 * deadline has passed.
 */
enum LateOnArrival {
  /** As the author meant it, which the socket's clock tells: CLOCK_MONOTONIC is {@code fq}'s. */
  CLOCK,

  /** As {@code etf} does. */
  DROP,

  /** As {@code fq} does. */
  SEND;

  /**
   * Reads the setting.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static LateOnArrival of(String setting) {
    return switch (setting) {
      case "clock" -> CLOCK;
      case "drop" -> DROP;
      case "send" -> SEND;
      default ->
          throw new IllegalArgumentException(
              "late.on.arrival is '" + setting + "'; give clock, drop or send");
    };
  }

  /** Tells whether a datagram leaves although its launch time had passed when it was sent. */
  boolean sends(Datagram datagram) {
    return !datagram.deadlineMode() && (this == SEND || (this == CLOCK && datagram.pastIsNow()));
  }
}
