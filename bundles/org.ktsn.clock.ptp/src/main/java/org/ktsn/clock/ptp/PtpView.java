package org.ktsn.clock.ptp;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockStep;

/**
 * Everything that the monitor knows, at one moment.
 *
 * @param report the clock's quality
 * @param instances the watched ptp4l
 * @param judgements what each of them says, by name
 * @param transitions the latest changes of the state, the oldest first
 * @param lastStep the latest jump of the clock
 * @param counters what was counted
 */
record PtpView(
    ClockReport report,
    List<InstanceStatus> instances,
    Map<String, Judgement> judgements,
    List<Transition> transitions,
    Optional<ClockStep> lastStep,
    Map<String, Long> counters) {
  PtpView {
    instances = List.copyOf(instances);
    judgements = Map.copyOf(judgements);
    transitions = List.copyOf(transitions);
  }

  /** Whoever has such a view. */
  interface Source {
    PtpView view();
  }
}
