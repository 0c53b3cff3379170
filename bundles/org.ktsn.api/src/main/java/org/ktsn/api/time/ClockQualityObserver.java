package org.ktsn.api.time;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears of changes of the clock's quality (whiteboard): register it as a service. Calls come from
 * the monitor's thread, one at a time, never from the planner's, and must not block; what is thrown
 * is logged and changes nothing.
 */
@ConsumerType
public interface ClockQualityObserver {
  /** Called once for each change of the state, in order; the first report comes on registration. */
  void qualityChanged(ClockReport report);

  /** Called when the node's TAI clock has jumped, before the change of quality that it causes. */
  default void clockStepped(ClockStep step) {}
}
