package org.ktsn.api.schedule;

import java.util.Optional;

/**
 * What is in force at a port, and what comes next: the outcome of the list config state machine
 * (IEEE 802.1Q-2022 8.6.9.3). Immutable; shapers plan from it through {@link GateTimeline}.
 *
 * @param oper the operational parameters
 * @param operSinceNs the instant at which they took effect, in TAI nanoseconds
 * @param pending the accepted parameters that take effect later
 * @param configChangeErrors changes asked for with a base time in the past while a schedule ran
 *     ({@code ConfigChangeError})
 */
public record GateSchedule(
    GateParameters oper, long operSinceNs, Optional<Pending> pending, long configChangeErrors) {

  /**
   * A change that is accepted and not in force yet.
   *
   * @param parameters what will be in force
   * @param configChangeTimeNs the instant at which it takes effect ({@code ConfigChangeTime}), in
   *     TAI nanoseconds
   */
  public record Pending(GateParameters parameters, long configChangeTimeNs) {}

  /** Every gate open, nothing pending. */
  public static GateSchedule open() {
    return new GateSchedule(GateParameters.open(), 0, Optional.empty(), 0);
  }
}
