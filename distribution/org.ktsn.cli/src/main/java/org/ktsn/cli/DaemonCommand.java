package org.ktsn.cli;

import java.util.List;

/** Runs single commands in the daemon that the environment names. */
final class DaemonCommand {
  private DaemonCommand() {}

  /**
   * Runs a command made of words and prints what it prints.
   *
   * @return its exit status
   */
  static int run(List<String> words) {
    return run(GogoWords.join(words), new byte[0]);
  }

  /**
   * Runs a Gogo command with input and prints what it prints.
   *
   * @return its exit status
   */
  static int run(String command, byte[] input) {
    try (ControlClient client = Instance.of(System.getenv()).connect()) {
      return client.run(command, input, System.out, System.err);
    }
  }
}
