package org.ktsn.shaper.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ktsn.api.schedule.GateParameters;

/**
 * Where the gates stand at every nanosecond of a short time, by the state machines run once with
 * all the changes known. Between two of their moves nothing is written down.
 */
final class GatePlan {
  /** Where the gates stand from an instant until the next one's. */
  private record Stand(int fromNs, int states, GateParameters running) {
    boolean isOpen(int trafficClass) {
      return (states >> trafficClass & 1) != 0;
    }
  }

  private final int lengthNs;
  private final List<Stand> stands = new ArrayList<>();
  private final int[] fromNs;

  /** Per class and stand, when the gate closes that is open there; the start if it is closed. */
  private final int[][] closes = new int[8][];

  /** Per class and stand, how long the gate stays open after the stand at the longest. */
  private final int[][] longestLater = new int[8][];

  /**
   * Runs the machines.
   *
   * @param changes in the order of their instants
   */
  GatePlan(List<OracleEvent.Change> changes, int lengthNs) {
    this.lengthNs = lengthNs;
    GateMachines machines = new GateMachines();
    int next = 0;
    for (long t = 0; t < lengthNs; ) {
      machines.tick();
      while (next < changes.size() && changes.get(next).raisedNs() == t) {
        machines.configChange(changes.get(next++).parameters());
      }
      write(new Stand((int) t, machines.operGateStates(), machines.running()));
      long raisedNs = next < changes.size() ? changes.get(next).raisedNs() : lengthNs;
      long movesNs = Math.min(Math.min(raisedNs, machines.nextMoveNs()), lengthNs);
      if (movesNs > t + 1) {
        machines.rest(movesNs - 1);
      }
      t = Math.max(movesNs, t + 1);
    }
    fromNs = stands.stream().mapToInt(Stand::fromNs).toArray();
    for (int c = 0; c < 8; c++) {
      closes[c] = new int[fromNs.length];
      longestLater[c] = new int[fromNs.length];
      findCloses(c);
    }
  }

  boolean isOpen(int trafficClass, int atNs) {
    return stands.get(at(atNs)).isOpen(trafficClass);
  }

  /** Tells whether a gate is open at an instant and stays open for a time. */
  boolean staysOpen(int trafficClass, int atNs, long durationNs) {
    int at = at(atNs);
    return stands.get(at).isOpen(trafficClass) && closes[trafficClass][at] - atNs >= durationNs;
  }

  /** Tells whether a gate stays open for a time at an instant or after it. */
  boolean everStaysOpen(int trafficClass, long fromNs, long durationNs) {
    int from = (int) Math.min(fromNs, lengthNs - 1);
    int at = at(from);
    return closes[trafficClass][at] - from >= durationNs
        || longestLater[trafficClass][at] >= durationNs;
  }

  /** Returns the parameters whose list runs at an instant. */
  GateParameters running(int atNs) {
    return stands.get(at(atNs)).running();
  }

  private void write(Stand stand) {
    if (stands.isEmpty()
        || stands.getLast().states() != stand.states()
        || !stands.getLast().running().equals(stand.running())) {
      stands.add(stand);
    }
  }

  private int at(int atNs) {
    int found = Arrays.binarySearch(fromNs, atNs);
    return found >= 0 ? found : -found - 2;
  }

  private void findCloses(int trafficClass) {
    int close = lengthNs; // long enough for any frame where a gate stays open
    int longest = 0;
    for (int i = fromNs.length - 1; i >= 0; i--) {
      longestLater[trafficClass][i] = longest;
      if (!stands.get(i).isOpen(trafficClass)) {
        close = fromNs[i];
      }
      closes[trafficClass][i] = close;
      longest = Math.max(longest, close - fromNs[i]);
    }
  }
}
