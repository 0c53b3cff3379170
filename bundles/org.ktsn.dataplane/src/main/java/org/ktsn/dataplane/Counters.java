package org.ktsn.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Pod;

/**
 * What the planner counts: plain memory with one writer, the planner. Others read values that may
 * be a moment old, never torn.
 */
final class Counters {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  static final int RECEIVED = 0;
  static final int SENT = 1;
  static final int LATE = 2;
  static final int TURNS = 3;
  static final int CLOCK_STEPS = 4;
  static final int SPUN = 5;
  static final int SENT_BY_CLASS = 6;
  static final int OVERRUN_BY_CLASS = SENT_BY_CLASS + 8;
  static final int DROPS = OVERRUN_BY_CLASS + 8;
  private static final int PODS = DROPS + DropReason.MAX_REASONS;
  private static final int POD_RECEIVED = 0;
  private static final int POD_SENT = 1;
  private static final int POD_LATE = 2;
  private static final int POD_REGENERATED = 3;
  private static final int POD_DROPS = 4;
  private static final int POD_CELLS = POD_DROPS + DropReason.MAX_REASONS;

  private final long[] cells = new long[PODS + Pod.MAX_PODS * POD_CELLS];

  private void add(int cell) {
    CELL.setOpaque(cells, cell, cells[cell] + 1);
  }

  long get(int cell) {
    return (long) CELL.getOpaque(cells, cell);
  }

  void turn() {
    add(TURNS);
  }

  void received(int pod) {
    add(RECEIVED);
    add(PODS + pod * POD_CELLS + POD_RECEIVED);
  }

  void sent(int pod, int trafficClass, boolean spun) {
    add(SENT);
    if (spun) {
      add(SPUN);
    }
    add(SENT_BY_CLASS + trafficClass);
    add(PODS + pod * POD_CELLS + POD_SENT);
  }

  void overrun(int trafficClass) {
    add(OVERRUN_BY_CLASS + trafficClass);
  }

  void clockStep() {
    add(CLOCK_STEPS);
  }

  void late(int pod) {
    add(LATE);
    add(PODS + pod * POD_CELLS + POD_LATE);
  }

  void regenerated(int pod) {
    add(PODS + pod * POD_CELLS + POD_REGENERATED);
  }

  void dropped(int pod, DropReason reason) {
    add(DROPS + reason.number());
    if (reason != Verdict.POD_GONE) { // another may have its number by now
      add(PODS + pod * POD_CELLS + POD_DROPS + reason.number());
    }
  }

  long podReceived(int pod) {
    return get(PODS + pod * POD_CELLS + POD_RECEIVED);
  }

  long podSent(int pod) {
    return get(PODS + pod * POD_CELLS + POD_SENT);
  }

  long podLate(int pod) {
    return get(PODS + pod * POD_CELLS + POD_LATE);
  }

  long podRegenerated(int pod) {
    return get(PODS + pod * POD_CELLS + POD_REGENERATED);
  }

  Map<String, Long> podDrops(int pod) {
    return byReason(reason -> get(PODS + pod * POD_CELLS + POD_DROPS + reason));
  }

  /** Forgets a pod, so that the next one of this number begins at 0. Planner thread only. */
  void forget(int pod) {
    for (int i = 0; i < POD_CELLS; i++) {
      CELL.setOpaque(cells, PODS + pod * POD_CELLS + i, 0L);
    }
  }

  Map<String, Long> drops() {
    return byReason(reason -> get(DROPS + reason));
  }

  /** Returns the counts of the reasons that occurred; a reason is its number. */
  static Map<String, Long> byReason(IntToLongFunction count) {
    Map<String, Long> drops = new TreeMap<>();
    for (DropReason reason : DropReason.all()) {
      long ofReason = count.applyAsLong(reason.number());
      if (ofReason > 0) {
        drops.put(reason.name(), ofReason);
      }
    }
    return drops;
  }
}
