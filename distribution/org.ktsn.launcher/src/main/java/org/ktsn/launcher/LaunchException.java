package org.ktsn.launcher;

/** The daemon can't start; the message is a sentence for the user, with the remedy. */
final class LaunchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LaunchException(String message) {
    super(message);
  }

  LaunchException(String message, Throwable cause) {
    super(message, cause);
  }
}
