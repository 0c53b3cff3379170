package org.ktsn.schedule.mqtt;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.time.TaiClock;

/** A port with the standard's state machine and no frames. */
public final class FakePort implements PortSchedule {
  /** An entry that lasts this long is more than this port can run. */
  public static final long REFUSED_INTERVAL_NS = 666;

  private static final long HORIZON_NS = 500_000;

  private final TaiClock clock;
  private final List<ScheduleObserver> observers = new CopyOnWriteArrayList<>();
  private final List<GateParameters> changes = new CopyOnWriteArrayList<>();
  private GateSchedule schedule = GateSchedule.open();

  /** Makes one with every gate open. */
  public FakePort(TaiClock clock) {
    this.clock = clock;
  }

  /** The time of this machine, near enough to TAI. */
  public static long machineTimeNs() {
    return (System.currentTimeMillis() + 37_000) * 1_000_000;
  }

  /** Tells an observer from now on. */
  public void observe(ScheduleObserver observer) {
    observers.add(observer);
  }

  @Override
  public int trafficClasses() {
    return 8;
  }

  @Override
  public synchronized GateSchedule current() {
    schedule = schedule.at(clock.nowNs());
    return schedule;
  }

  @Override
  public GateSchedule change(GateParameters parameters) {
    if (parameters.controlList().stream()
        .anyMatch(entry -> entry.timeIntervalNs() == REFUSED_INTERVAL_NS)) {
      throw new ScheduleException(
          List.of(new ScheduleProblem("/gate-parameter-table", "is too much for this port")));
    }
    GateSchedule next;
    synchronized (this) {
      next = schedule.change(parameters, clock.nowNs() + HORIZON_NS);
      schedule = next;
      changes.add(parameters);
    }
    observers.forEach(observer -> observer.changed(parameters, next));
    return next;
  }

  /** All that was asked for and accepted, in order. */
  public List<GateParameters> changes() {
    return List.copyOf(changes);
  }
}
