package org.ktsn.dataplane;

import java.util.Arrays;

/**
 * Which flows a pod has at present: finds the row of a flow, and gives the row of the flow that was
 * silent the longest to a new one. The rows are the pod's own, so that none can push out another
 * pod's flows, whatever ports it makes up. Planner thread only.
 */
final class PodFlows {
  private static final int CHAINS = 128;
  private static final byte END = -1;

  /** What is counted; others read it. */
  final FlowRows rows = new FlowRows();

  private final long seed;
  private final FlowKey[] keys = new FlowKey[FlowRows.FLOWS];

  /** Which flow has the row; see {@link FlowTable}. */
  private final long[] handles = new long[FlowRows.FLOWS];

  private final byte[] chains = new byte[CHAINS];
  private final byte[] nextInChain = new byte[FlowRows.FLOWS];
  private final byte[] newer = new byte[FlowRows.FLOWS];
  private final byte[] older = new byte[FlowRows.FLOWS];
  private byte newest = END;
  private byte oldest = END;
  private int used;

  /**
   * Makes one without flows.
   *
   * @param seed any number that pods can't know, so that they can't make up flows that are found
   *     slowly
   */
  PodFlows(long seed) {
    this.seed = seed;
    Arrays.setAll(keys, row -> new FlowKey());
    Arrays.fill(chains, END);
  }

  private int chain(FlowKey key) {
    return (int) (key.mixed(seed) >>> 57);
  }

  /** Returns a flow's row, which is the newest then; or -1. */
  int find(FlowKey key) {
    if (newest != END && keys[newest].isSame(key)) {
      return newest;
    }
    for (byte row = chains[chain(key)]; row != END; row = nextInChain[row]) {
      if (keys[row].isSame(key)) {
        unlink(row);
        linkNewest(row);
        return row;
      }
    }
    return END;
  }

  /**
   * Takes a flow up that {@link #find} does not know, and returns its row; the one that was silent
   * the longest is pushed out if there is no other.
   *
   * @param sequence a number above that of every flow before
   */
  int takeUp(FlowKey key, long sequence, long launchTimeNs, long nowNs) {
    byte row;
    if (used < FlowRows.FLOWS) {
      row = (byte) used++;
    } else {
      row = oldest;
      rows.pushOut(row, nowNs);
      unlink(row);
      unchain(row);
    }
    rows.begin(row, key, launchTimeNs, nowNs);
    keys[row].of(key);
    handles[row] = sequence * FlowRows.FLOWS + row;
    int chain = chain(key);
    nextInChain[row] = chains[chain];
    chains[chain] = row;
    linkNewest(row);
    return row;
  }

  /** Returns the handle of the flow that has a row. */
  long handle(int row) {
    return handles[row];
  }

  /** Returns where a flow is counted: in its row, or with the others if it was pushed out. */
  int rowOf(long handle) {
    int row = (int) handle & (FlowRows.FLOWS - 1);
    return handles[row] == handle ? row : FlowRows.OTHERS;
  }

  private void linkNewest(byte row) {
    newer[row] = END;
    older[row] = newest;
    if (newest != END) {
      newer[newest] = row;
    }
    newest = row;
    if (oldest == END) {
      oldest = row;
    }
  }

  private void unlink(byte row) {
    if (newer[row] == END) {
      newest = older[row];
    } else {
      older[newer[row]] = older[row];
    }
    if (older[row] == END) {
      oldest = newer[row];
    } else {
      newer[older[row]] = newer[row];
    }
  }

  private void unchain(byte row) {
    int chain = chain(keys[row]);
    if (chains[chain] == row) {
      chains[chain] = nextInChain[row];
      return;
    }
    byte before = chains[chain];
    while (nextInChain[before] != row) {
      before = nextInChain[before];
    }
    nextInChain[before] = nextInChain[row];
  }
}
