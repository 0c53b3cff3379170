package org.ktsn.dataplane;

import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;

/** Something that filters hear and that is not of a frame. */
interface FilterNews {
  /** Tells a filter. Planner thread only; may allocate. */
  void tell(FilterStep step);

  static FilterNews opened(Pod pod) {
    return step -> step.opened(pod);
  }

  static FilterNews closed(int pod) {
    return step -> step.closed(pod);
  }

  static FilterNews schedule(GateSchedule schedule) {
    return step -> step.hear(FilterCall.SCHEDULE, filter -> filter.schedule(schedule));
  }

  static FilterNews link(PortModel link) {
    return step -> step.hear(FilterCall.LINK, filter -> filter.link(link));
  }

  static FilterNews clockSet(long nowNs) {
    return step -> step.hear(FilterCall.CLOCK_SET, filter -> filter.clockSet(nowNs));
  }
}
