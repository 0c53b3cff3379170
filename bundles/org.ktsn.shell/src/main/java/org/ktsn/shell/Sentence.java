package org.ktsn.shell;

import java.util.stream.Collectors;

/** Turns an exception into one sentence for people. */
final class Sentence {
  private Sentence() {}

  /** Returns the exception's message on one line, or what kind of exception it is. */
  static String of(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof StackOverflowError) {
      return "the command is nested too deeply";
    }
    if (message == null || message.isBlank()) {
      Throwable cause = failure.getCause();
      return cause == null || cause == failure
          ? "the command failed with " + failure.getClass().getSimpleName() + "; the log has more"
          : of(cause);
    }
    return message.lines().map(String::strip).collect(Collectors.joining(" "));
  }
}
