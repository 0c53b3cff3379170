package org.ktsn.clock.ptp;

import java.util.List;
import java.util.Optional;
import org.ktsn.foreign.SystemClocks;

/**
 * Everything that one ptp4l said of itself in one round of questions.
 *
 * @param clocks the node's clocks when the time status came
 */
record Observation(
    DefaultDataSet self,
    TimeStatus time,
    CurrentDataSet current,
    ParentDataSet parent,
    TimePropertiesDataSet timeProperties,
    List<PortDataSet> ports,
    SystemClocks.Reading clocks) {
  Observation {
    ports = List.copyOf(ports);
  }

  /** Returns when it was made, by the monotonic clock. */
  long atNs() {
    return clocks.monotonicNs();
  }

  /** Tells whether this node itself is the best clock that it knows. */
  boolean isGrandmaster() {
    return parent.grandmasterIdentity() == self.clockIdentity();
  }

  /** Returns the port that follows a master or is about to, if there is one. */
  Optional<PortDataSet> followingPort() {
    return port(PortState.SLAVE).or(() -> port(PortState.UNCALIBRATED));
  }

  Optional<PortDataSet> port(PortState state) {
    return ports.stream().filter(port -> port.state() == state).findFirst();
  }

  String grandmaster() {
    return PortIdentity.clock(parent.grandmasterIdentity());
  }

  /** Lists the ports and their states for people: {@code port 1 is LISTENING, port 2 is FAULTY}. */
  String portStates() {
    return String.join(
        ", ",
        ports.stream()
            .map(port -> "port " + port.portIdentity().portNumber() + " is " + port.state())
            .toList());
  }
}
