package org.ktsn.cli.bench;

import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.TraceFile.Frame;

/**
 * A measurement in blocks of two kinds by turns, quiet and storm, so that whatever else changes on
 * the machine falls on both alike. Around each change of kind a while belongs to neither.
 *
 * @param baseNs where the first block begins, in TAI nanoseconds
 * @param blockNs how long each lasts
 * @param rounds how often the pair is repeated
 * @param guardNs how long after a block's begin and before its end nothing counts
 */
record Blocks(long baseNs, long blockNs, int rounds, long guardNs) {
  /** What an instant belongs to. */
  enum Kind {
    QUIET,
    STORM,
    NEITHER
  }

  /** Returns the number of the block that contains an instant, -1 if none does. */
  int block(long instantNs) {
    if (instantNs < baseNs || instantNs >= endNs()) {
      return -1;
    }
    return (int) ((instantNs - baseNs) / blockNs);
  }

  /** Returns what an instant belongs to. */
  Kind kind(long instantNs) {
    int block = block(instantNs);
    long since = Math.floorMod(instantNs - baseNs, blockNs);
    if (block < 0 || since < guardNs || since >= blockNs - guardNs) {
      return Kind.NEITHER;
    }
    return isStorm(block) ? Kind.STORM : Kind.QUIET;
  }

  /** Tells whether a block is a storm; the first one is quiet. */
  static boolean isStorm(int block) {
    return block % 2 == 1;
  }

  /** Returns where the last block ends. */
  long endNs() {
    return baseNs + 2L * rounds * blockNs;
  }

  /** Returns by how much the frames that were planned in blocks of a kind left too late. */
  Quantiles txErrors(FlowResult result, Kind kind) {
    return Quantiles.of(
        result.trace().orElseThrow().records().stream()
            .filter(frame -> frame.outcome() == Outcome.SENT)
            .filter(frame -> kind(frame.plannedNs()) == kind)
            .mapToLong(Frame::txErrorNs)
            .toArray());
  }
}
