package org.ktsn.filter.psfp.line;

/**
 * What a flow meter remembers, over changes of its parameters too: tokens are units of
 * 10<sup>-9</sup> bit, whatever the rates. The planner writes; others may read counters and flag.
 */
final class MeterState {
  static final int GREEN = 0;
  static final int YELLOW = 1;
  static final int RED = 2;

  final Counts counts = new Counts(3);
  volatile boolean allFramesRed;

  long committedTokens;
  long excessTokens;

  /** When the tokens were as they are; the latest instant of a frame. */
  long atNs;
}
