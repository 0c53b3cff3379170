package org.ktsn.dataplane;

import org.ktsn.api.time.TaiClock;
import org.ktsn.foreign.NativeClock;
import org.osgi.service.component.annotations.Component;

/** The node's clock for everyone: the same CLOCK_TAI that planner and launcher go by. */
@Component
public final class NodeClock implements TaiClock {
  @Override
  public long nowNs() {
    return NativeClock.taiNs();
  }
}
