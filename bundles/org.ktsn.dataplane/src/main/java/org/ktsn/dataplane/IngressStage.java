package org.ktsn.dataplane;

import java.util.function.BooleanSupplier;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.ingress.Report;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ingress's place in the data plane, behind a {@link Guard}. An ingress that fails is taken
 * out; its programs' datagrams wait, or take the kernel's path, until another one comes. Planner
 * thread only, but for {@link #slot}.
 */
final class IngressStage {
  private static final Logger LOG = LoggerFactory.getLogger(IngressStage.class);
  private static final int NO_DOORBELL = -1;

  private final Doorbells doorbells;
  private final StageSlot<Ingress> slot;
  private final Guard<Ingress> guard;
  private int doorbell = NO_DOORBELL;

  IngressStage(Lives lives, Doorbells doorbells, BooleanSupplier plannerRuns) {
    this.doorbells = doorbells;
    slot = new StageSlot<>(NoStages.INGRESS, doorbells::wake, plannerRuns);
    guard = new Guard<>("ingress", lives, NoStages.INGRESS, "none", this::failed);
  }

  /** Where ingresses are offered. */
  StageSlot<Ingress> slot() {
    return slot;
  }

  Guard<Ingress> guard() {
    return guard;
  }

  /** Takes up what is offered; returns how much was done. */
  int begin() {
    if (!slot.changed()) {
      return 0;
    }
    removeDoorbell();
    Ingress next = slot.offered();
    guard.guard(next, className(next));
    slot.use(next);
    if (next != slot.none()) {
      int bell = guard.ask(Ingress::doorbell, NO_DOORBELL);
      if (slot.inUse() == next) {
        addDoorbell(bell);
      }
    }
    return 1;
  }

  private void addDoorbell(int bell) {
    try {
      doorbells.add(bell);
      doorbell = bell;
    } catch (RuntimeException e) {
      guard.failed(new IllegalStateException("its doorbell " + bell + " can't be waited on", e));
    }
  }

  private void removeDoorbell() {
    if (doorbell != NO_DOORBELL) {
      try {
        doorbells.remove(doorbell);
      } catch (RuntimeException e) {
        LOG.debug("event=doorbell-gone reason=\"{}\"", e.getMessage()); // it was closed already
      }
      doorbell = NO_DOORBELL;
    }
  }

  int poll(DatagramSink sink, int budget) {
    Life life = guard.out();
    int taken;
    try {
      taken = guard.step().poll(sink, budget);
    } catch (Throwable e) {
      guard.threw(life, e);
      return 1;
    }
    life.in();
    return Math.clamp(taken, 0, budget);
  }

  /** Tells whether the planner may sleep. */
  boolean prepareSleep(long wakeNs, long horizonNs) {
    Life life = guard.out();
    boolean may;
    try {
      may = guard.step().prepareSleep(wakeNs, horizonNs);
    } catch (Throwable e) {
      guard.threw(life, e);
      return false;
    }
    life.in();
    return may;
  }

  void awake() {
    Life life = guard.out();
    try {
      guard.step().awake();
    } catch (Throwable e) {
      guard.threw(life, e);
      return;
    }
    life.in();
  }

  /** Tells a program what became of a datagram. */
  void report(Report report) {
    Life life = guard.out();
    try {
      guard.step().report(report);
    } catch (Throwable e) {
      guard.threw(life, e);
      return;
    }
    life.in();
  }

  private void failed(Ingress failed, Throwable why) {
    LOG.error("event=ingress-failed ingress={} action=wait-for-another", className(failed), why);
    removeDoorbell();
    guard.guard(slot.none(), "none");
    slot.replaceFailed(failed, slot.none());
  }

  /** What it says of itself is its own code. */
  static String className(Object step) {
    return step.getClass().getName();
  }
}
