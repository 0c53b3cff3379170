package org.ktsn.cli;

/** The daemon can't be reached, or broke off; the message is a sentence with the remedy. */
public final class ControlException extends CommandFailure {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public ControlException(String message) {
    super(message);
  }

  /** Makes one with a message for the user and its cause. */
  public ControlException(String message, Throwable cause) {
    super(message, cause);
  }
}
