package org.ktsn.clock.ptp;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.ktsn.api.time.ClockReason;

/** Says why a ptp4l gives no synchronised clock. */
final class LossReason {
  private LossReason() {}

  /**
   * Returns the reason.
   *
   * @param measuring whether measurements come in
   * @param unsettled what to say if they do
   */
  static ClockReason of(InstanceStatus status, boolean measuring, Supplier<ClockReason> unsettled) {
    String name = status.settings().name();
    Optional<Observation> observation = status.observation();
    if (observation.isEmpty()) {
      return status.reach() == Reach.NOT_ASKED
          ? new ClockReason("ptp4l_not_asked", "instance " + name + " has not been asked yet")
          : new ClockReason(
              "ptp4l_" + status.reach().name().toLowerCase(Locale.ROOT), status.explanation());
    }
    Observation now = observation.get();
    if (now.isGrandmaster()) {
      return new ClockReason(
          "no_grandmaster",
          "ptp4l of instance "
              + name
              + " hears no grandmaster and takes this node for it ("
              + now.portStates()
              + "); check cable, VLAN, domain and transport, or set role=any if this node is meant"
              + " to be the network's clock");
    }
    if (now.followingPort().isEmpty()) {
      return new ClockReason(
          "no_slave_port",
          "no port of instance " + name + " follows a master: " + now.portStates());
    }
    if (now.port(PortState.SLAVE).isEmpty() && !status.settings().freeRunning()) {
      return new ClockReason(
          "uncalibrated",
          "ptp4l of instance "
              + name
              + " measures, but does not steer the clock yet ("
              + now.portStates()
              + "); if it runs with free_running 1, set free.running=true");
    }
    return measuring
        ? unsettled.get()
        : new ClockReason(
            "no_sync",
            "no Sync message came to instance "
                + name
                + " for too long, though it has a master ("
                + now.portStates()
                + "); check the path to the grandmaster "
                + now.grandmaster());
  }
}
