package org.ktsn.shaper.contract;

import org.ktsn.api.schedule.GateParameters;
import org.osgi.annotation.versioning.ProviderType;

/** What happens to a port from outside. */
@ProviderType
public sealed interface OracleEvent {
  /** Returns the instant at which it happens. */
  long atNs();

  /**
   * A frame comes to the port and is queued.
   *
   * @param frame its number
   */
  record Arrival(long atNs, int frame) implements OracleEvent {}

  /**
   * A frame comes back that was given to the link and did not leave, and is queued anew.
   *
   * @param frame its number
   */
  record Return(long atNs, int frame) implements OracleEvent {}

  /**
   * A frame is refused or taken out of its queue because it will never fit a window.
   *
   * @param frame its number
   * @param knownChanges how many changes of the schedule are known to whoever says so
   */
  record Drop(long atNs, int frame, int knownChanges) implements OracleEvent {}

  /**
   * The schedule is to be another.
   *
   * @param atNs the instant from which on what starts is decided with knowledge of it
   * @param raisedNs the instant of {@code ConfigChange}
   * @param parameters what is asked for
   */
  record Change(long atNs, long raisedNs, GateParameters parameters) implements OracleEvent {}
}
