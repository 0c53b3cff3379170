package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.ktsn.cli.bench.DepartureOracle.Departure;

/**
 * Compares planned instants with the oracle's, one departure after the other. Each time the oracle
 * says what must leave next, given what has left; then it is told what did. So a frame that the
 * machine held up is counted once, and all that follows is judged again.
 *
 * @param equal planned as the oracle says
 * @param besideMissed planned otherwise next to a launch that the launcher missed: until the
 *     planner learns of it, the frame and those of its class behind it are not there to be planned
 * @param plannedLate planned later than the oracle says, since the planner woke up too late: from
 *     then on the oracle says the same
 * @param different planned otherwise, with no excuse
 * @param firstDifference the first of these, in words; empty if there is none
 */
record OracleAudit(
    long equal, long besideMissed, long plannedLate, long different, String firstDifference) {

  /**
   * A time in which a frame was away: with the launcher, which did not send it, or coming back.
   *
   * @param fromNs its instant
   * @param toNs what lies behind was planned with the frame at hand
   */
  record Away(long fromNs, long toNs) {}

  /**
   * Compares.
   *
   * @param oracle no frame has left it yet
   * @param planned every frame that left, in the order of the planned instants
   * @param missed the times in which missed frames were away
   * @param mayBeLate whether the planner was late enough to miss an instant at all
   */
  static OracleAudit of(
      DepartureOracle oracle, List<Departure> planned, List<Away> missed, boolean mayBeLate) {
    TreeMap<Long, Long> away = merged(missed);
    long equal = 0;
    long besideMissed = 0;
    long plannedLate = 0;
    long different = 0;
    String first = "";
    for (Departure is : planned) {
      if (oracle.isEmpty()) {
        different++;
        continue;
      }
      Departure said = oracle.next(oracle.freeNs());
      if (is.equals(said)) {
        equal++;
      } else if (isWithin(
          away, Math.min(is.atNs(), said.atNs()), Math.max(is.atNs(), said.atNs()))) {
        besideMissed++;
      } else if (mayBeLate && is.atNs() > said.atNs() && is.equals(oracle.next(is.atNs()))) {
        plannedLate++;
      } else {
        different++;
        first = first.isEmpty() ? difference(said, is, oracle.freeNs()) : first;
      }
      oracle.leave(is.flow(), is.sequence(), is.atNs());
    }
    return new OracleAudit(equal, besideMissed, plannedLate, different, first);
  }

  private static TreeMap<Long, Long> merged(List<Away> missed) {
    TreeMap<Long, Long> merged = new TreeMap<>();
    List<Away> sorted = new ArrayList<>(missed);
    sorted.sort((a, b) -> Long.compare(a.fromNs(), b.fromNs()));
    for (Away one : sorted) {
      Map.Entry<Long, Long> before = merged.lastEntry();
      if (before != null && one.fromNs() <= before.getValue()) {
        merged.put(before.getKey(), Math.max(before.getValue(), one.toNs()));
      } else {
        merged.put(one.fromNs(), one.toNs());
      }
    }
    return merged;
  }

  private static boolean isWithin(TreeMap<Long, Long> away, long fromNs, long toNs) {
    Map.Entry<Long, Long> last = away.floorEntry(toNs);
    return last != null && last.getValue() >= fromNs;
  }

  private static String difference(Departure said, Departure is, long freeNs) {
    return String.format(
        Locale.ROOT,
        "frame %d of class %d was planned at %d; with the link free at %d, the oracle says frame %d"
            + " of class %d at %d",
        is.sequence(),
        is.flow().trafficClass(),
        is.atNs(),
        freeNs,
        said.sequence(),
        said.flow().trafficClass(),
        said.atNs());
  }
}
