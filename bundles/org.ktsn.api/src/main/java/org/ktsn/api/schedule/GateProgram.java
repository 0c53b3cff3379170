package org.ktsn.api.schedule;

import java.util.List;

/**
 * A gate control list laid out along one cycle, with what the searches need prepared. An interval
 * of 0 counts as 1 ns; the last entry lasts until the cycle's end. Without a running list the gates
 * hold the admin gate states. Not thread-safe because of its {@link CyclePhase}.
 */
final class GateProgram {
  /** The column of {@link #nextChange} for a change of any gate; below it one per class. */
  static final int ANY_CLASS = 8;

  private static final int[] MASKS = {1, 2, 4, 8, 16, 32, 64, 128, 0xff};

  private final CyclePhase phase;
  private final boolean cyclic;
  private final int idleStates;
  private final int[] states;
  private final long[] offsetsNs;

  /** Per class, and for any: the next entry that differs from this one, or the list's length. */
  private final int[][] nextChange;

  /** Entries that a cycle of the regular length reaches; only a stretched one goes beyond. */
  private final int regularEntries;

  private final long[] longestOpenNs = new long[8];

  GateProgram(GateParameters parameters) {
    List<GateControlEntry> list = parameters.controlList();
    int length = list.size();
    phase = new CyclePhase(parameters.baseTimeNs(), parameters.cycleTime());
    cyclic = parameters.gateEnabled() && length > 0;
    idleStates = parameters.adminGateStates();
    states = new int[length];
    offsetsNs = new long[length];
    long cycleNs = parameters.cycleTime().nanosecondsRoundedDown();
    long offsetNs = 0;
    int regular = 0;
    for (int i = 0; i < length; i++) {
      states[i] = list.get(i).gateStates();
      offsetsNs[i] = offsetNs;
      if (offsetNs < cycleNs) {
        regular++;
      }
      offsetNs += Math.max(1, list.get(i).timeIntervalNs());
    }
    regularEntries = regular;
    nextChange = nextChanges(states);
    for (int trafficClass = 0; trafficClass < 8; trafficClass++) {
      longestOpenNs[trafficClass] = longestOpenNs(trafficClass, cycleNs);
    }
  }

  /** Tells whether a list runs; if not, {@link #idleStates()} are in force. */
  boolean cyclic() {
    return cyclic;
  }

  int idleStates() {
    return idleStates;
  }

  CyclePhase phase() {
    return phase;
  }

  int length() {
    return states.length;
  }

  int regularEntries() {
    return regularEntries;
  }

  int states(int entry) {
    return states[entry];
  }

  long offsetNs(int entry) {
    return offsetsNs[entry];
  }

  /** Returns the next entry after one that differs from it in a class or, in any, or the length. */
  int nextChange(int column, int entry) {
    return nextChange[column][entry];
  }

  /** Tells whether two entries differ in a class or in any. */
  boolean differ(int column, int entry, int other) {
    return ((states[entry] ^ states[other]) & MASKS[column]) != 0;
  }

  /**
   * Returns the longest time for which the gate of a class stays open while cycles follow each
   * other undisturbed; {@link GateTimeline#NEVER} if it never closes.
   */
  long longestOpenNs(int trafficClass) {
    return longestOpenNs[trafficClass];
  }

  /** Returns the entry in force at an offset in the cycle, among the first {@code entries}. */
  int entryAt(long offsetNs, int entries) {
    int low = 0;
    int high = entries - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (offsetsNs[middle] <= offsetNs) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static int[][] nextChanges(int[] states) {
    int length = states.length;
    int[][] next = new int[MASKS.length][length];
    for (int column = 0; column < MASKS.length; column++) {
      for (int i = length - 1; i >= 0; i--) {
        boolean last = i == length - 1;
        boolean same = !last && ((states[i] ^ states[i + 1]) & MASKS[column]) == 0;
        next[column][i] = same ? next[column][i + 1] : i + 1;
      }
    }
    return next;
  }

  private long longestOpenNs(int trafficClass, long cycleNs) {
    long longest = 0;
    long open = 0;
    boolean closes = false;
    for (int i = 0; i < 2 * regularEntries; i++) { // twice, to look across the cycle's wrap
      int entry = i % regularEntries;
      long endNs = entry + 1 < regularEntries ? offsetsNs[entry + 1] : cycleNs;
      if ((states[entry] & MASKS[trafficClass]) != 0) {
        open += endNs - offsetsNs[entry];
        longest = Math.max(longest, open);
      } else {
        open = 0;
        closes = true;
      }
    }
    return closes || regularEntries == 0 ? longest : GateTimeline.NEVER;
  }
}
