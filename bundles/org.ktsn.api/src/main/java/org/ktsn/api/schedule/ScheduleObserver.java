package org.ktsn.api.schedule;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears of each change of the port's schedule. Register it as a service to be told; what was in
 * force before is in {@link PortSchedule#current}.
 */
@ConsumerType
public interface ScheduleObserver {
  /**
   * A change was accepted: it is pending in this schedule, or in force already. On the thread of
   * who asked for it; what is thrown is logged and changes nothing.
   *
   * @param asked the parameters that were asked for
   * @param schedule the schedule that came of it
   */
  void changed(GateParameters asked, GateSchedule schedule);
}
