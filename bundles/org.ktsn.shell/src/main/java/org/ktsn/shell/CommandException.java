package org.ktsn.shell;

/**
 * A command can't do what it was asked for. The message is for the user: a sentence that names the
 * thing, the value and the remedy, or one such line per problem.
 */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String output;

  /** Makes one with a message for the user. */
  CommandException(String message) {
    this(message, "");
  }

  /** Makes one with a message for the user and what the command prints all the same. */
  CommandException(String message, String output) {
    super(message);
    this.output = output;
  }

  /** Makes one with a message for the user and its cause. */
  CommandException(String message, Throwable cause) {
    super(message, cause);
    this.output = "";
  }

  /** Returns what belongs on the command's ordinary output, before the message; perhaps empty. */
  String output() {
    return output;
  }
}
