package org.ktsn.cli.schedule;

/** What the commands' exit codes say; 1 and 2 are the application's own. */
final class ExitCodes {
  /** Done. */
  static final int DONE = 0;

  /** A node refused, a schedule is not valid, or two differ. */
  static final int REFUSED = 3;

  /** A node did not answer in time. */
  static final int NO_ANSWER = 4;

  private ExitCodes() {}
}
