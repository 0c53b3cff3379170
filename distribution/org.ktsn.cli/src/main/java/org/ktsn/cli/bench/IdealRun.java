package org.ktsn.cli.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ktsn.cli.bench.DepartureOracle.Departure;

/**
 * What the oracle makes of the frames by itself, on a machine that is never late.
 *
 * @param byClass what left, for each class
 */
record IdealRun(Map<Integer, Share> byClass) {

  /**
   * A class's part of it.
   *
   * @param departuresNs when each frame leaves, by its number
   * @param endNs when the last one's last octet leaves
   */
  @SuppressWarnings("ArrayRecordComponent") // read by one computation, never compared
  record Share(long[] departuresNs, long endNs) {}

  /** Runs the oracle to its end. */
  static IdealRun of(DepartureOracle oracle, List<ClassFlow> flows) {
    Map<Integer, long[]> departures = new HashMap<>();
    Map<Integer, Long> ends = new HashMap<>();
    for (ClassFlow flow : flows) {
      departures.put(flow.trafficClass(), new long[flow.frames()]);
    }
    while (!oracle.isEmpty()) {
      Departure next = oracle.next(oracle.freeNs());
      oracle.leave(next.flow(), next.sequence(), next.atNs());
      departures.get(next.flow().trafficClass())[next.sequence()] = next.atNs();
      ends.put(next.flow().trafficClass(), oracle.freeNs());
    }
    Map<Integer, Share> byClass = new HashMap<>();
    departures.forEach((c, all) -> byClass.put(c, new Share(all, ends.getOrDefault(c, 0L))));
    return new IdealRun(Map.copyOf(byClass));
  }

  /** Counts the frames that were planned at the very same instants. */
  long equal(List<Departure> planned) {
    return planned.stream()
        .filter(
            is -> byClass.get(is.flow().trafficClass()).departuresNs()[is.sequence()] == is.atNs())
        .count();
  }
}
