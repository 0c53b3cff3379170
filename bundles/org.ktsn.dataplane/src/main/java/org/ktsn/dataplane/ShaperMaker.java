package org.ktsn.dataplane;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;

/** Has shapers made by others' factories. */
final class ShaperMaker {
  private ShaperMaker() {}

  /**
   * Has a shaper made.
   *
   * @throws IllegalStateException if the factory fails or takes too long; the message says so
   */
  static ActiveShaper make(
      ShaperFactory factory, Frames frames, PortModel model, GateSchedule schedule) {
    ActiveShaper made =
        Patience.ask("ktsn-shaper-maker", () -> shaper(factory, frames, model, schedule));
    ShaperRehearsal.run(factory, model, schedule);
    return made;
  }

  private static ActiveShaper shaper(
      ShaperFactory factory, Frames frames, PortModel model, GateSchedule schedule) {
    Shaper shaper = factory.create(frames, model, schedule);
    if (shaper == null) {
      throw new IllegalStateException("the factory made none");
    }
    return new ActiveShaper(factory.name(), shaper, model);
  }
}
