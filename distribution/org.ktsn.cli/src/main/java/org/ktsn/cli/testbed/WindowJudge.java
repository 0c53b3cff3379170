package org.ktsn.cli.testbed;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.CommandFailure;

/**
 * Says whether a frame left within a window of its class: an auditor of the shaper, so it shares
 * nothing with it but the standard.
 *
 * <p>It does the obvious thing, slowly. From the frame's first octet it walks from one gate event
 * to the next, through the end of the list and of the cycle, until the last octet has left; at no
 * event may the gate be closed. Cycle {@code n} starts at {@code base + floor(n * numerator * 10^9
 * / denominator)} nanoseconds, computed with whole numbers of any size (IEEE 802.1Q-2022 8.6.8.4,
 * 8.6.9).
 */
public final class WindowJudge {
  private static final BigInteger NANOSECONDS = BigInteger.valueOf(1_000_000_000L);

  private final ReportedGates program;
  private final List<Span> spans;

  /** Gate states from an offset into the cycle on, until the next one's. */
  private record Span(long fromNs, int states) {}

  /** Makes a judge for one schedule. */
  public WindowJudge(ReportedGates program) {
    this.program = program;
    List<Span> unrolled = new ArrayList<>();
    long offset = 0;
    for (ReportedGates.Entry entry : program.entries()) {
      unrolled.add(new Span(offset, entry.gateStates()));
      offset += Math.max(1, entry.intervalNs());
    }
    this.spans = List.copyOf(unrolled);
  }

  /**
   * Tells whether the gate of a class is open from an instant on for so long.
   *
   * @param trafficClass 0 to 7
   * @param startNs the instant of the first octet, in TAI nanoseconds
   * @param durationNs how long the frame occupies the link
   */
  public boolean open(int trafficClass, long startNs, long durationNs) {
    long at = startNs;
    do {
      Stretch stretch = stretchAt(at);
      if ((stretch.states() >> trafficClass & 1) == 0) {
        return false;
      }
      at = stretch.untilNs();
    } while (at < startNs + durationNs);
    return true;
  }

  /** Returns the first instant at or after another at which the gate opens for so long. */
  long nextOpen(int trafficClass, long fromNs, long durationNs) {
    long at = fromNs;
    for (int events = 0; events < 4 * (spans.size() + 2); events++) {
      if (open(trafficClass, at, durationNs)) {
        return at;
      }
      at = stretchAt(at).untilNs();
      if (at == Long.MAX_VALUE) {
        break;
      }
    }
    throw new CommandFailure(
        "The schedule never opens the gate of class "
            + trafficClass
            + " for the "
            + durationNs
            + " ns that a frame takes; lengthen its window or choose another --priority.");
  }

  /** Returns how long the gate of a class stays open from an instant at which it is. */
  long openForNs(int trafficClass, long atNs) {
    long at = atNs;
    for (int events = 0; events < 4 * (spans.size() + 2); events++) {
      Stretch stretch = stretchAt(at);
      if ((stretch.states() >> trafficClass & 1) == 0) {
        return at - atNs;
      }
      at = stretch.untilNs();
      if (at == Long.MAX_VALUE) {
        break;
      }
    }
    return Long.MAX_VALUE;
  }

  /** Gate states that hold at an instant, and the instant until which they do for certain. */
  private record Stretch(int states, long untilNs) {}

  private Stretch stretchAt(long atNs) {
    if (!program.enabled() || spans.isEmpty()) {
      return new Stretch(program.adminGateStates(), Long.MAX_VALUE);
    }
    if (atNs < program.baseTimeNs()) {
      return new Stretch(program.adminGateStates(), program.baseTimeNs());
    }
    BigInteger cycle = cycleOf(atNs);
    long start = startOf(cycle);
    long end = startOf(cycle.add(BigInteger.ONE));
    Span current = spans.getFirst();
    for (Span span : spans) {
      if (start + span.fromNs() > atNs) {
        return new Stretch(current.states(), Math.min(end, start + span.fromNs()));
      }
      current = span;
    }
    return new Stretch(current.states(), end);
  }

  /** Returns the number of the cycle that contains an instant, the last one that starts by then. */
  private BigInteger cycleOf(long atNs) {
    BigInteger since = BigInteger.valueOf(atNs - program.baseTimeNs());
    BigInteger cycle =
        since
            .multiply(BigInteger.valueOf(program.cycleDenominator()))
            .divide(NANOSECONDS.multiply(BigInteger.valueOf(program.cycleNumerator())));
    // Starts are rounded down, so the next one may have begun already.
    while (startOf(cycle.add(BigInteger.ONE)) <= atNs) {
      cycle = cycle.add(BigInteger.ONE);
    }
    return cycle;
  }

  private long startOf(BigInteger cycle) {
    return program.baseTimeNs()
        + cycle
            .multiply(NANOSECONDS)
            .multiply(BigInteger.valueOf(program.cycleNumerator()))
            .divide(BigInteger.valueOf(program.cycleDenominator()))
            .longValueExact();
  }
}
