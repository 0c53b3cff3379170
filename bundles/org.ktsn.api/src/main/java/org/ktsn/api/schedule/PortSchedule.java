package org.ktsn.api.schedule;

import org.osgi.annotation.versioning.ProviderType;

/** The schedule of the node's port: asks for changes, and tells what is in force. Any thread. */
@ProviderType
public interface PortSchedule {
  /** Returns how many traffic classes the port has, 1 to 8. */
  int trafficClasses();

  /** Returns what is in force now and what is pending. */
  GateSchedule current();

  /**
   * Asks for new parameters ({@code ConfigChange}, IEEE 802.1Q-2022 8.6.9.3). A change that is
   * pending already is superseded.
   *
   * @return the schedule with the change pending, or in force if that is at once
   * @throws ScheduleException if the port can't run it, or takes no new schedule at present because
   *     of its clock; nothing has changed then
   */
  GateSchedule change(GateParameters parameters);

  /**
   * Asks for parameters that were in force before a restart. As {@link #change}, but they are not
   * new, and so not refused because of the clock.
   */
  default GateSchedule restore(GateParameters parameters) {
    return change(parameters);
  }
}
