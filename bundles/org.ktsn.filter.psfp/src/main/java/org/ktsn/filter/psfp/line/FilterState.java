package org.ktsn.filter.psfp.line;

/**
 * What a stream filter remembers, over changes of its parameters too. The planner writes; others
 * may read.
 */
final class FilterState {
  static final int MATCHING = 0;
  static final int PASSING = 1;
  static final int NOT_PASSING = 2;
  static final int PASSING_SDU = 3;
  static final int NOT_PASSING_SDU = 4;
  static final int RED = 5;

  final Counts counts = new Counts(6);
  volatile boolean blockedDueToOversizeFrame;
}
