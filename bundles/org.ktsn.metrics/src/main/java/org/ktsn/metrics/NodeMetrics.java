package org.ktsn.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.controller.ControllerStatus;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortStatus;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

/** What the node's other parts tell: port, switch, clock, schedule, controller. Any thread. */
final class NodeMetrics {
  private static final double NS_PER_S = 1e9;

  private NodeMetrics() {}

  static List<MetricSnapshot> ofPorts(Collection<Port> ports) {
    Family up = Family.gauge("port_up", "1: the port's peer is connected.");
    Family frames = Family.counter("port_sent_frames", "Frames that the device took.");
    Family octets = Family.counter("port_sent_bytes", "Octets that the device took.");
    Family failed = Family.counter("port_refused_frames", "Frames that the device refused.");
    for (Port port : ports) {
      PortStatus status = port.status();
      up.add(status.linkUp() ? 1 : 0, "port", port.name());
      frames.add(status.sentFrames(), "port", port.name());
      octets.add(status.sentOctets(), "port", port.name());
      failed.add(status.failedFrames(), "port", port.name());
    }
    return Family.together(up, frames, octets, failed);
  }

  static List<MetricSnapshot> of(SwitchStatus status) {
    Family ports = Family.gauge("switch_port_up", "1: the link of this port of the bridge is up.");
    status.ports().forEach(port -> ports.add(port.linkUp() ? 1 : 0, "port", port.name()));
    return Family.together(
        Family.gauge("switch_connected", "1: the switch answers.").add(status.connected() ? 1 : 0),
        ports);
  }

  static List<MetricSnapshot> of(ClockQuality clock) {
    ClockReport report = clock.report();
    Family states = Family.gauge("clock_state", "1: this is how good the node's clock is.");
    for (ClockState state : ClockState.values()) {
      states.add(report.state() == state ? 1 : 0, "state", word(state));
    }
    Family uncertainty =
        Family.gauge(
            "clock_uncertainty_seconds", "How far the clock may be from the network's time.");
    report.uncertaintyNs().ifPresent(ns -> uncertainty.add(ns / NS_PER_S));
    Family offset =
        Family.gauge("clock_offset_seconds", "The latest measured offset from the grandmaster.");
    report.offsetNs().ifPresent(ns -> offset.add(ns / NS_PER_S));
    Family tai = Family.gauge("clock_tai_offset_seconds", "TAI - UTC as the kernel holds it.");
    return Family.together(
        states,
        uncertainty,
        offset,
        tai.add(report.taiOffsetS()),
        events("clock_events", "What the clock's monitor has counted.", clock.counters()));
  }

  static List<MetricSnapshot> of(PortSchedule schedule) {
    GateSchedule current = schedule.current();
    return Family.together(
        Family.gauge("schedule_gates_enabled", "1: gates open and close by a list.")
            .add(current.oper().gateEnabled() ? 1 : 0),
        Family.gauge("schedule_pending", "1: other gates have been accepted and take effect later.")
            .add(current.pending().isPresent() ? 1 : 0),
        Family.counter(
                "schedule_config_change_errors", "Changes whose base time had passed already.")
            .add(current.configChangeErrors()));
  }

  static List<MetricSnapshot> of(ControllerStatus controller) {
    if (controller.state() == ControllerStatus.State.OFF) {
      return List.of();
    }
    Map<String, Long> events = new TreeMap<>(controller.counters());
    Family waiting =
        Family.gauge("controller_waiting_messages", "Messages that wait for the broker.");
    Optional.ofNullable(events.remove("waiting")).ifPresent(count -> waiting.add(count));
    return Family.together(
        waiting,
        Family.gauge("controller_connected", "1: there is a session with the controller's broker.")
            .add(controller.state() == ControllerStatus.State.CONNECTED ? 1 : 0),
        events("controller_events", "What happened on the link to the controller.", events));
  }

  /** Of each part, how many troubles {@code ktsn:health} shows. */
  static List<MetricSnapshot> ofHealth(Collection<HealthSource> sources) {
    Map<String, Integer> troubles = new TreeMap<>();
    for (HealthSource source : sources) {
      for (Trouble trouble : troublesOf(source)) {
        troubles.merge(trouble.subject(), 1, Integer::sum);
      }
    }
    Family family = Family.gauge("troubles", "What ktsn:health says of a part, in sentences.");
    troubles.forEach((subject, count) -> family.add(count, "subject", subject));
    return Family.together(family);
  }

  /** One that can't tell is a trouble itself. */
  private static List<Trouble> troublesOf(HealthSource source) {
    try {
      return source.troubles();
    } catch (RuntimeException e) {
      return List.of(new Trouble(source.getClass().getName(), "it can't tell: " + e.getMessage()));
    }
  }

  private static Family events(String name, String help, Map<String, Long> counters) {
    Family family = Family.counter(name, help);
    new TreeMap<>(counters).forEach((event, count) -> family.add(count, "event", event));
    return family;
  }

  private static String word(ClockState state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
