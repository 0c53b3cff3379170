package org.ktsn.api.stats;

import java.util.List;
import org.ktsn.api.time.ClockState;

/**
 * What the data plane does about the quality of the node's clock. The schedule that is in force by
 * the books ({@link org.ktsn.api.schedule.PortSchedule#current}) stays what it is meanwhile.
 *
 * @param monitor whether the clock's monitor is heard
 * @param state the clock's state as the data plane goes by it; LOCAL without a monitor
 * @param gates by which gates frames leave
 * @param guardBandNs by how much every window is narrowed at both ends, in nanoseconds; 0 unless
 *     the gates are {@link Gates#NARROWED}
 * @param closedClasses the classes that have no window left because theirs are too short for that
 * @param schedulesHeld whether new schedules are refused
 */
public record ClockEffect(
    Monitor monitor,
    ClockState state,
    Gates gates,
    long guardBandNs,
    List<Integer> closedClasses,
    boolean schedulesHeld) {

  /** Nobody watches the clock: everything goes by the schedule. */
  public static final ClockEffect NONE =
      new ClockEffect(Monitor.AWAY, ClockState.LOCAL, Gates.AS_SCHEDULED, 0, List.of(), false);

  /** Copies the list. */
  public ClockEffect {
    closedClasses = List.copyOf(closedClasses);
  }

  /** Whether the clock's monitor is heard. */
  public enum Monitor {
    /** There is none. */
    AWAY,
    /** It reports. */
    HEARD,
    /** It is there, and has not looked at the clock for too long; it counts as away. */
    STUCK
  }

  /** By which gates frames leave. */
  public enum Gates {
    /** Those of the schedule that is in force. */
    AS_SCHEDULED,
    /** Those of the schedule that is in force, with narrower windows. */
    NARROWED,
    /** All are open; the limits on the size of frames stay. */
    OPEN
  }
}
