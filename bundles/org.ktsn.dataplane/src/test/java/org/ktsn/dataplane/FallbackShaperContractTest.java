package org.ktsn.dataplane;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.ShaperContract;

class FallbackShaperContractTest extends ShaperContract {
  @Override
  protected ShaperFactory factory() {
    return new FallbackFactory();
  }

  /** The data plane makes its fallback itself; the test kit wants a factory. */
  static final class FallbackFactory implements ShaperFactory {
    @Override
    public String name() {
      return "fallback";
    }

    @Override
    public Shaper create(Frames frames, PortModel port, GateSchedule schedule) {
      return new FallbackShaper(frames, port, schedule);
    }
  }
}
