package org.ktsn.dataplane;

import org.ktsn.api.port.Port;
import org.ktsn.foreign.LaunchRing;

/**
 * Takes up the stages that are offered, at the beginning of a turn; the shaper's has a room of its
 * own. Planner thread only.
 */
final class StageAdoption {
  private final IngressStage ingress;
  private final StackStages stacks;
  private final StageSlot<Port> port;
  private final PlanBasis basis;
  private final LaunchRing launcher;
  private final Completions completions;
  private boolean returning;
  private boolean hadPort;

  StageAdoption(
      IngressStage ingress,
      StackStages stacks,
      StageSlot<Port> port,
      PlanBasis basis,
      LaunchRing launcher,
      Completions completions) {
    this.ingress = ingress;
    this.stacks = stacks;
    this.port = port;
    this.basis = basis;
    this.launcher = launcher;
    this.completions = completions;
  }

  /** Tells whether frames are on their way back from a port that is to be left. */
  boolean isLeavingPort() {
    return returning;
  }

  /** Tells whether there is, or was, a port: none takes datagrams in before. */
  boolean hadPort() {
    return hadPort;
  }

  /** Takes up what is offered; returns how much was done. */
  int begin() {
    int work = ingress.begin() + stacks.begin();
    if (port.changed() && leavePort()) {
      Port next = port.offered();
      if (next != port.none()) {
        basis.link(next.model());
        hadPort = true;
      }
      port.use(next);
      work++;
    }
    return work;
  }

  /**
   * Calls back what the launcher has for the port in use; tells whether nothing of it is left
   * there.
   */
  private boolean leavePort() {
    if (launcher.outstanding() > 0) {
      if (!returning) {
        launcher.returnAll();
        returning = true;
      }
      completions.collect();
    }
    if (launcher.outstanding() > 0) {
      return false;
    }
    returning = false;
    return true;
  }
}
