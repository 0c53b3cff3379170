package org.ktsn.cli.bench;

import java.math.BigInteger;
import java.util.Arrays;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.ReportedGates;

/**
 * Every state of the gates over a time, one after the other: a list written out cycle by cycle, and
 * perhaps another one from an instant on.
 *
 * <p>Cycle {@code n} of a list starts at {@code base + floor(n * cycle)}; its last entry lasts
 * until the next one starts, and what lies beyond that does not run (IEEE 802.1Q-2022 8.6.9). Of a
 * change, the plain case is known: the first cycle of the new list starts at the change, and cuts
 * the last one of the old list, whose cycles are not stretched.
 */
final class GateCalendar {
  private static final BigInteger NANOSECONDS = BigInteger.valueOf(1_000_000_000L);

  private long[] fromNs = new long[1024];
  private int[] states = new int[1024];
  private int count;
  private final long endNs;

  /**
   * Writes a list out.
   *
   * @param program a list that runs since before {@code startNs}
   * @param startNs what lies before does not matter
   * @param endNs what lies behind does not matter
   */
  GateCalendar(ReportedGates program, long startNs, long endNs) {
    this.endNs = endNs;
    write(program, startNs, endNs);
  }

  /**
   * Writes two lists out.
   *
   * @param changeNs the instant at which the second list takes the first one's place, and at which
   *     a cycle of it starts
   */
  GateCalendar(
      ReportedGates program, long startNs, ReportedGates changed, long changeNs, long endNs) {
    this.endNs = endNs;
    write(program, startNs, changeNs);
    if (startOf(changed, cycleAt(changed, changeNs)) != changeNs) {
      throw new CommandFailure(
          "The new list takes effect at " + changeNs + ", where none of its cycles starts.");
    }
    write(changed, changeNs, endNs);
  }

  /** Writes out the list, or the lists, in force over a time. */
  static GateCalendar of(ListsInForce lists, long startNs, long endNs) {
    return lists
        .change()
        .map(to -> new GateCalendar(lists.first(), startNs, to.list(), to.atNs(), endNs))
        .orElseGet(() -> new GateCalendar(lists.first(), startNs, endNs));
  }

  /** Returns how many states follow one another. */
  int count() {
    return count;
  }

  /** Returns when a state begins. */
  long fromNs(int place) {
    return fromNs[place];
  }

  /** Returns when a state ends. */
  long toNs(int place) {
    return place + 1 < count ? fromNs[place + 1] : endNs;
  }

  /** Tells whether a gate is open in a state. */
  boolean open(int place, int trafficClass) {
    return (states[place] >> trafficClass & 1) != 0;
  }

  /** Returns the place of the state that holds at an instant. */
  int placeAt(long atNs) {
    if (atNs < fromNs[0] || atNs >= endNs) {
      throw new CommandFailure("The gates at " + atNs + " are not known to the oracle.");
    }
    int found = Arrays.binarySearch(fromNs, 0, count, atNs);
    return found >= 0 ? found : -found - 2;
  }

  private void write(ReportedGates program, long startNs, long untilNs) {
    if (!program.enabled() || program.entries().isEmpty() || program.baseTimeNs() > startNs) {
      throw new CommandFailure("No list runs at " + startNs + ", and the oracle needs one.");
    }
    BigInteger cycle = cycleAt(program, startNs);
    long cycleStartNs = startOf(program, cycle);
    while (cycleStartNs < untilNs) {
      cycle = cycle.add(BigInteger.ONE);
      long nextStartNs = startOf(program, cycle);
      long at = cycleStartNs;
      for (ReportedGates.Entry entry : program.entries()) {
        if (at < Math.min(nextStartNs, untilNs)) {
          add(at, entry.gateStates());
        }
        at += Math.max(1, entry.intervalNs());
      }
      cycleStartNs = nextStartNs;
    }
  }

  private void add(long atNs, int gateStates) {
    if (count == fromNs.length) {
      fromNs = Arrays.copyOf(fromNs, 2 * count);
      states = Arrays.copyOf(states, 2 * count);
    }
    fromNs[count] = atNs;
    states[count++] = gateStates;
  }

  /** Returns the number of the last cycle that starts at or before an instant. */
  private static BigInteger cycleAt(ReportedGates program, long atNs) {
    BigInteger cycle =
        BigInteger.valueOf(atNs - program.baseTimeNs())
            .multiply(BigInteger.valueOf(program.cycleDenominator()))
            .divide(NANOSECONDS.multiply(BigInteger.valueOf(program.cycleNumerator())));
    while (startOf(program, cycle.add(BigInteger.ONE)) <= atNs) {
      cycle = cycle.add(BigInteger.ONE);
    }
    return cycle;
  }

  private static long startOf(ReportedGates program, BigInteger cycle) {
    return program.baseTimeNs()
        + cycle
            .multiply(NANOSECONDS)
            .multiply(BigInteger.valueOf(program.cycleNumerator()))
            .divide(BigInteger.valueOf(program.cycleDenominator()))
            .longValueExact();
  }
}
