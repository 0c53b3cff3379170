package org.ktsn.dataplane;

import java.util.function.Consumer;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;

/**
 * Something that filters hear and that is not of a frame.
 *
 * @param call what it is
 * @param telling tells a filter
 */
record FilterNews(FilterCall call, Consumer<Filter> telling) {
  static FilterNews opened(Pod pod) {
    return new FilterNews(FilterCall.OPENED, filter -> filter.opened(pod));
  }

  static FilterNews closed(int pod) {
    return new FilterNews(FilterCall.CLOSED, filter -> filter.closed(pod));
  }

  static FilterNews schedule(GateSchedule schedule) {
    return new FilterNews(FilterCall.SCHEDULE, filter -> filter.schedule(schedule));
  }

  static FilterNews link(PortModel link) {
    return new FilterNews(FilterCall.LINK, filter -> filter.link(link));
  }

  static FilterNews clockSet(long nowNs) {
    return new FilterNews(FilterCall.CLOCK_SET, filter -> filter.clockSet(nowNs));
  }
}
