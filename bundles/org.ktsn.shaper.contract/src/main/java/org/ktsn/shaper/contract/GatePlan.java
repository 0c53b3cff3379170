package org.ktsn.shaper.contract;

import java.util.List;
import org.ktsn.api.schedule.GateParameters;

/**
 * Where the gates stand at every nanosecond of a short time, by the state machines run once with
 * all the changes known.
 */
final class GatePlan {
  private final int[] states;
  private final GateParameters[] running;
  private final int[][] closes = new int[8][0];
  private final int[][] longestLater = new int[8][0];

  /**
   * Runs the machines.
   *
   * @param changes in the order of their instants
   */
  GatePlan(List<OracleEvent.Change> changes, int lengthNs) {
    states = new int[lengthNs];
    running = new GateParameters[lengthNs];
    GateMachines machines = new GateMachines();
    int next = 0;
    for (int t = 0; t < lengthNs; t++) {
      machines.tick();
      while (next < changes.size() && changes.get(next).raisedNs() == t) {
        machines.configChange(changes.get(next++).parameters());
      }
      states[t] = machines.operGateStates();
      running[t] = machines.running();
    }
  }

  boolean isOpen(int trafficClass, int atNs) {
    return (states[atNs] >> trafficClass & 1) != 0;
  }

  /** Tells whether a gate is open at an instant and stays open for a time. */
  boolean staysOpen(int trafficClass, int atNs, long durationNs) {
    return isOpen(trafficClass, atNs) && closes(trafficClass)[atNs] - atNs >= durationNs;
  }

  /** Tells whether a gate stays open for a time at an instant or after it. */
  boolean everStaysOpen(int trafficClass, long fromNs, long durationNs) {
    closes(trafficClass);
    return longestLater[trafficClass][(int) Math.min(fromNs, states.length - 1)] >= durationNs;
  }

  /** Returns the parameters whose list runs at an instant. */
  GateParameters running(int atNs) {
    return running[atNs];
  }

  /** For each instant the first one at which the gate of a class is closed, found backwards. */
  private int[] closes(int trafficClass) {
    if (closes[trafficClass].length == 0) {
      closes[trafficClass] = new int[states.length];
      longestLater[trafficClass] = new int[states.length];
      int close = states.length; // long enough for any frame where a gate stays open
      int longest = 0;
      for (int t = states.length - 1; t >= 0; t--) {
        if (!isOpen(trafficClass, t)) {
          close = t;
        }
        longest = Math.max(longest, close - t);
        closes[trafficClass][t] = close;
        longestLater[trafficClass][t] = longest;
      }
    }
    return closes[trafficClass];
  }
}
