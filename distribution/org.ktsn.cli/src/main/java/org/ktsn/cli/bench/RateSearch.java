package org.ktsn.cli.bench;

import java.util.Map;
import java.util.TreeMap;

/** The search for the highest rate that passes. */
final class RateSearch {
  private final TreeMap<Long, Boolean> tried = new TreeMap<>();

  /** A rate was tried; one that failed once has failed. */
  void tried(long rate, boolean passed) {
    tried.merge(rate, passed, Boolean::logicalAnd);
  }

  /** Returns the highest rate up to which every one passed; 0 if none did. */
  long carried() {
    long carried = 0;
    for (Map.Entry<Long, Boolean> rate : tried.entrySet()) {
      if (!rate.getValue()) {
        break;
      }
      carried = rate.getKey();
    }
    return carried;
  }

  /** Returns the rate in the middle of one that passed and the next that did not; 0 if none is. */
  long between() {
    long carried = carried();
    Long failed = tried.higherKey(carried);
    return failed == null || failed - carried < 2 ? 0 : (failed + carried) / 2;
  }
}
