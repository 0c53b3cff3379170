package org.ktsn.filter.psfp.line;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters of one entry: plain memory that one thread writes and any may read, each value whole,
 * perhaps a moment old.
 */
final class Counts {
  private final AtomicLongArray cells;

  Counts(int size) {
    cells = new AtomicLongArray(size);
  }

  /** Adds one. Planner thread only. */
  void count(int cell) {
    cells.setOpaque(cell, cells.getPlain(cell) + 1);
  }

  long get(int cell) {
    return cells.getOpaque(cell);
  }
}
