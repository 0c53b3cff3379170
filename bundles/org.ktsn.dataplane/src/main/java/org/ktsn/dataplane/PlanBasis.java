package org.ktsn.dataplane;

import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;

/**
 * What frames are planned by: the schedules and the link. Who plans learns of a change here.
 * Planner thread only, but for what {@link EffectiveSchedule} says.
 */
final class PlanBasis {
  /** Who plans by it, beside the shaper. */
  interface Reader {
    /** The schedule or the link are others from now on. */
    void planBy(GateSchedule schedule, PortModel link);

    /** The clock was set. */
    void clockSet(long nowNs);
  }

  final EffectiveSchedule schedules;
  private final ShaperStage shaper;
  private final Reader reader;
  private PortModel link;
  private GateTimeline timeline;

  PlanBasis(EffectiveSchedule schedules, PortModel link, ShaperStage shaper, Reader reader) {
    this.schedules = schedules;
    this.link = link;
    this.shaper = shaper;
    this.reader = reader;
    timeline = new GateTimeline(schedules.effective());
    reader.planBy(schedules.effective(), link);
  }

  PortModel link() {
    return link;
  }

  /** Frames are planned for another link from now on; a shaper for it comes by itself. */
  void link(PortModel next) {
    link = next;
    reader.planBy(schedules.effective(), link);
  }

  /** Returns the gates that are planned by. */
  GateTimeline timeline() {
    return timeline;
  }

  /** Another schedule is in force: whoever plans learns of it. */
  void scheduleChanged() {
    timeline = new GateTimeline(schedules.effective());
    shaper.schedule(schedules.effective());
    reader.planBy(schedules.effective(), link);
  }

  /** The clock was set: nothing began later than now. */
  void clockSet(long stepNs, long nowNs) {
    reader.clockSet(nowNs);
    schedules.clockSet(nowNs - stepNs, nowNs);
    scheduleChanged();
  }
}
