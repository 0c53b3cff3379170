package org.ktsn.api.shaper;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes shapers of one strategy. Register it as a service to offer the strategy to the data plane:
 * of several the one with the highest {@code service.ranking} is used, and a change of it takes
 * effect while frames flow.
 */
@ConsumerType
public interface ShaperFactory {
  /** Returns the strategy's name, for instance {@code tas}. */
  String name();

  /**
   * Makes a shaper for one port. Any thread; may allocate.
   *
   * @param frames the frames that the shaper's numbers stand for
   * @param port the link that it plans for
   * @param schedule the schedule in force
   */
  Shaper create(Frames frames, PortModel port, GateSchedule schedule);
}
