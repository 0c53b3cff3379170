package org.ktsn.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.ktsn.api.frame.DropReason;

/**
 * What is counted of the flows of one pod: plain memory with one writer, the planner. A row stands
 * for a flow, the last one for all flows that were pushed out.
 *
 * <pre>
 * row  0 version  1 and 2 source  3 and 4 destination  5 family, priority, ports  6 class  7 flows
 *      8 received  9 sent  10 late  11 octets  12 last launch time  13 first seen  14 last seen
 *      15 notice: least  16 most  17 sum  18 wait: least  19 most  20 sum  21 count
 *      22 largest error  23 window: begin  24 received  25 octets  26 to 28 the window before
 *      29 drops by reason
 * </pre>
 *
 * <p>Memory ordering: the planner writes each cell opaque, so that others read values that may be a
 * moment old, never torn. While a row is given to another flow its version is odd: set before the
 * first of its cells changes (a store-store fence) and made even with release semantics after the
 * last. Who reads a row takes the version with acquire semantics, the cells, a load-load fence and
 * the version again; if that was even and is the same, all cells are of one flow.
 */
final class FlowRows {
  /** How many flows a pod has of its own. */
  static final int FLOWS = 64;

  /** The row of all the others. */
  static final int OTHERS = FLOWS;

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);

  /** For how long rates are counted at least. */
  static final long WINDOW_NS = 1_000_000_000;

  static final int VERSION = 0;
  static final int SOURCE_HIGH = 1;
  static final int SOURCE_LOW = 2;
  static final int DESTINATION_HIGH = 3;
  static final int DESTINATION_LOW = 4;
  static final int PORTS = 5;
  static final int CLASS = 6;
  static final int MEMBERS = 7;
  static final int RECEIVED = 8;
  static final int SENT = 9;
  static final int LATE = 10;
  static final int OCTETS = 11;
  static final int LAST_LAUNCH = 12;
  static final int FIRST_SEEN = 13;
  static final int LAST_SEEN = 14;
  static final int NOTICE_LEAST = 15;
  static final int NOTICE_MOST = 16;
  static final int NOTICE_SUM = 17;
  static final int WAIT_LEAST = 18;
  static final int WAIT_MOST = 19;
  static final int WAIT_SUM = 20;
  static final int WAIT_COUNT = 21;
  static final int ERROR_MOST = 22;
  static final int WINDOW = 23;
  static final int WINDOW_RECEIVED = 24;
  static final int WINDOW_OCTETS = 25;
  static final int BEFORE = 26;
  static final int BEFORE_RECEIVED = 27;
  static final int BEFORE_OCTETS = 28;
  static final int DROPS = 29;

  /** The cells of a row. */
  static final int CELLS = DROPS + DropReason.MAX_REASONS;

  /** The value of {@link #CLASS} while no frame was encoded. */
  static final int NO_CLASS = -1;

  private static final int[] COUNTED = {MEMBERS, RECEIVED, SENT, LATE, OCTETS, WAIT_COUNT};

  private final long[] cells = new long[(FLOWS + 1) * CELLS];
  private final int[] errors = new int[(FLOWS + 1) * ErrorBuckets.COUNT];

  /** Makes rows of which only the last is in use. */
  FlowRows() {
    begin(OTHERS, new FlowKey(), 0, 0);
    set(OTHERS * CELLS + MEMBERS, 0);
    set(OTHERS * CELLS + NOTICE_LEAST, Long.MAX_VALUE);
    set(OTHERS * CELLS + NOTICE_MOST, Long.MIN_VALUE);
  }

  // ---- the planner's side ----

  private void set(int cell, long value) {
    CELL.setOpaque(cells, cell, value);
  }

  private void add(int cell, long value) {
    set(cell, cells[cell] + value);
  }

  /** Sums are doubles: none overflows, and no mean is off by a nanosecond that matters. */
  private void addToSum(int cell, double value) {
    set(cell, Double.doubleToRawLongBits(Double.longBitsToDouble(cells[cell]) + value));
  }

  private void least(int cell, long value) {
    if (value < cells[cell]) {
      set(cell, value);
    }
  }

  private void most(int cell, long value) {
    if (value > cells[cell]) {
      set(cell, value);
    }
  }

  /**
   * Gives a row to a flow whose first datagram is about to be counted. Planner thread only, as all
   * that writes.
   */
  void begin(int row, FlowKey key, long launchTimeNs, long nowNs) {
    int at = row * CELLS;
    long version = cells[at];
    set(at, version + 1);
    VarHandle.storeStoreFence();
    for (int cell = at + 1; cell < at + DROPS + DropReason.count(); cell++) {
      set(cell, 0);
    }
    int from = row * ErrorBuckets.COUNT;
    for (int bucket = from; bucket < from + ErrorBuckets.COUNT; bucket++) {
      COUNT.setOpaque(errors, bucket, 0);
    }
    set(at + SOURCE_HIGH, key.sourceHigh);
    set(at + SOURCE_LOW, key.sourceLow);
    set(at + DESTINATION_HIGH, key.destinationHigh);
    set(at + DESTINATION_LOW, key.destinationLow);
    set(at + PORTS, key.ports);
    set(at + CLASS, NO_CLASS);
    set(at + MEMBERS, 1);
    set(at + LAST_LAUNCH, launchTimeNs);
    set(at + FIRST_SEEN, nowNs);
    set(at + LAST_SEEN, nowNs);
    set(at + NOTICE_LEAST, launchTimeNs - nowNs);
    set(at + NOTICE_MOST, launchTimeNs - nowNs);
    set(at + WAIT_LEAST, Long.MAX_VALUE);
    set(at + WAIT_MOST, Long.MIN_VALUE);
    set(at + WINDOW, nowNs);
    set(at + BEFORE, nowNs);
    CELL.setRelease(cells, at, version + 2);
  }

  /** Adds what a row has counted to the others. */
  void pushOut(int row, long nowNs) {
    int from = row * CELLS;
    int to = OTHERS * CELLS;
    if (cells[to + MEMBERS] == 0) {
      set(to + WINDOW, nowNs);
      set(to + BEFORE, nowNs);
    }
    windowAt(to, nowNs);
    for (int cell : COUNTED) {
      add(to + cell, cells[from + cell]);
    }
    for (int reason = DROPS; reason < DROPS + DropReason.count(); reason++) {
      if (cells[from + reason] != 0) {
        add(to + reason, cells[from + reason]);
      }
    }
    seen(to, cells[from + FIRST_SEEN], cells[from + LAST_SEEN], cells[from + LAST_LAUNCH]);
    least(to + NOTICE_LEAST, cells[from + NOTICE_LEAST]);
    most(to + NOTICE_MOST, cells[from + NOTICE_MOST]);
    addToSum(to + NOTICE_SUM, Double.longBitsToDouble(cells[from + NOTICE_SUM]));
    least(to + WAIT_LEAST, cells[from + WAIT_LEAST]);
    most(to + WAIT_MOST, cells[from + WAIT_MOST]);
    addToSum(to + WAIT_SUM, Double.longBitsToDouble(cells[from + WAIT_SUM]));
    most(to + ERROR_MOST, cells[from + ERROR_MOST]);
    if (cells[from + SENT] > 0) {
      for (int bucket = 0; bucket < ErrorBuckets.COUNT; bucket++) {
        addErrors(OTHERS, bucket, errors[row * ErrorBuckets.COUNT + bucket]);
      }
    }
  }

  private void seen(int to, long firstNs, long lastNs, long launchTimeNs) {
    if (cells[to + FIRST_SEEN] == 0 || firstNs < cells[to + FIRST_SEEN]) {
      set(to + FIRST_SEEN, firstNs);
    }
    if (lastNs >= cells[to + LAST_SEEN]) {
      set(to + LAST_SEEN, lastNs);
      set(to + LAST_LAUNCH, launchTimeNs);
    }
  }

  private void addErrors(int row, int bucket, int count) {
    int at = row * ErrorBuckets.COUNT + bucket;
    COUNT.setOpaque(errors, at, errors[at] + count);
  }

  /** A datagram was taken that was sent at an instant. */
  void received(int row, long launchTimeNs, long sentNs, long nowNs) {
    int at = row * CELLS;
    windowAt(at, nowNs);
    add(at + RECEIVED, 1);
    set(at + LAST_LAUNCH, launchTimeNs);
    set(at + LAST_SEEN, nowNs);
    long noticeNs = launchTimeNs - sentNs;
    least(at + NOTICE_LEAST, noticeNs);
    most(at + NOTICE_MOST, noticeNs);
    addToSum(at + NOTICE_SUM, (double) noticeNs);
  }

  /** Begins another window if this one is over, or lies ahead because the clock was set. */
  private void windowAt(int at, long nowNs) {
    long sinceNs = nowNs - cells[at + WINDOW];
    if (sinceNs >= 0 && sinceNs < WINDOW_NS) {
      return;
    }
    set(at + BEFORE, cells[at + WINDOW]);
    set(at + BEFORE_RECEIVED, cells[at + WINDOW_RECEIVED]);
    set(at + BEFORE_OCTETS, cells[at + WINDOW_OCTETS]);
    set(at + WINDOW, nowNs);
    set(at + WINDOW_RECEIVED, cells[at + RECEIVED]);
    set(at + WINDOW_OCTETS, cells[at + OCTETS]);
  }

  /** Its frame was encoded, and belongs to a class. */
  void classed(int row, int trafficClass) {
    if (cells[row * CELLS + CLASS] != trafficClass) {
      set(row * CELLS + CLASS, trafficClass);
    }
  }

  /** A frame was handed to the port. */
  void sent(int row, int octets, long errorNs) {
    int at = row * CELLS;
    add(at + SENT, 1);
    add(at + OCTETS, octets);
    most(at + ERROR_MOST, errorNs);
    addErrors(row, ErrorBuckets.of(errorNs), 1);
  }

  /** A frame that was sent had been planned so long after its launch time. */
  void waited(int row, long waitNs) {
    int at = row * CELLS;
    least(at + WAIT_LEAST, waitNs);
    most(at + WAIT_MOST, waitNs);
    addToSum(at + WAIT_SUM, (double) waitNs);
    add(at + WAIT_COUNT, 1);
  }

  /** A frame was dated anew. */
  void late(int row) {
    add(row * CELLS + LATE, 1);
  }

  /** A frame was dropped. */
  void dropped(int row, DropReason reason) {
    add(row * CELLS + DROPS + reason.number(), 1);
  }

  // ---- others ----

  /**
   * Copies a row while the planner goes on. Any thread.
   *
   * @return false if the row is not in use, or is given to other flows so fast that its cells can't
   *     be read as those of one
   */
  boolean read(int row, long[] intoCells, int[] intoErrors) {
    int at = row * CELLS;
    for (int attempt = 0; attempt < 100; attempt++) {
      long version = (long) CELL.getAcquire(cells, at);
      if (version == 0) {
        return false;
      }
      for (int cell = 1; cell < CELLS; cell++) {
        intoCells[cell] = (long) CELL.getOpaque(cells, at + cell);
      }
      for (int bucket = 0; bucket < ErrorBuckets.COUNT; bucket++) {
        intoErrors[bucket] = (int) COUNT.getOpaque(errors, row * ErrorBuckets.COUNT + bucket);
      }
      VarHandle.loadLoadFence();
      if ((version & 1) == 0 && (long) CELL.getOpaque(cells, at) == version) {
        intoCells[VERSION] = version;
        return true;
      }
    }
    Arrays.fill(intoCells, 0);
    return false;
  }
}
