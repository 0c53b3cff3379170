package org.ktsn.dataplane;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.schedule.ScheduleProblem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the planner take up schedules, and tells who wants to know. Control threads. */
final class ScheduleChanges {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduleChanges.class);

  private final Mailbox mailbox;
  private final List<ScheduleObserver> observers = new CopyOnWriteArrayList<>();

  ScheduleChanges(Mailbox mailbox) {
    this.mailbox = mailbox;
  }

  void add(ScheduleObserver observer) {
    observers.add(observer);
  }

  void remove(ScheduleObserver observer) {
    observers.remove(observer);
  }

  /**
   * Has the planner take gate parameters up.
   *
   * @param taker what it does with them
   * @return what is in force and pending then
   * @throws ScheduleException if they are refused
   */
  GateSchedule apply(GateParameters parameters, Function<GateParameters, GateSchedule> taker) {
    int entries = parameters.controlList().size();
    if (entries > GateParameters.MAX_ENTRIES) {
      throw new ScheduleException(
          List.of(
              new ScheduleProblem(
                  "",
                  "the gate control list has "
                      + entries
                      + " entries; give "
                      + GateParameters.MAX_ENTRIES
                      + " at most")));
    }
    GateSchedule made = mailbox.call(() -> taker.apply(parameters));
    LOG.info("event=schedule-changed entries={} pending={}", entries, made.pending().isPresent());
    for (ScheduleObserver observer : observers) {
      tell(observer, parameters, made);
    }
    return made;
  }

  private static void tell(ScheduleObserver observer, GateParameters asked, GateSchedule made) {
    try {
      observer.changed(asked, made);
    } catch (RuntimeException | Error e) {
      LOG.error("event=schedule-observer-failed observer={}", observer, e);
    }
  }
}
