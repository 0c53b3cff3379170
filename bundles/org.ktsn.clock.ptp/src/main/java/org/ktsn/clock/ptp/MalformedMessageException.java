package org.ktsn.clock.ptp;

/** Octets that are no management message, or not one that is understood; the message says why. */
final class MalformedMessageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedMessageException(String message) {
    super(message);
  }
}
