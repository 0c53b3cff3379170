package org.ktsn.cli;

/** A command can't go on; the message is a sentence for the user, with the remedy. */
public class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public CommandFailure(String message) {
    super(message);
  }

  /** Makes one with a message for the user and its cause. */
  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
