package org.ktsn.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.controller.ControllerLink;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.port.Port;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.time.ClockQuality;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the node's parts what they count and measure, when somebody reads it. A part that is away,
 * or fails at it, is left out. Any thread.
 */
@Component(service = Metrics.class)
public final class Metrics {
  private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile SwitchBinder binder;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile ClockQuality clock;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PortSchedule schedule;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile ControllerLink controller;

  private final List<Port> ports = new CopyOnWriteArrayList<>();
  private final List<HealthSource> health = new CopyOnWriteArrayList<>();

  /** A port has opened. */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addPort(Port port) {
    ports.add(port);
  }

  /** A port closes. */
  void removePort(Port port) {
    ports.remove(port);
  }

  /** There is one more who knows of troubles. */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addHealth(HealthSource source) {
    health.add(source);
  }

  /** There is one less who knows of troubles. */
  void removeHealth(HealthSource source) {
    health.remove(source);
  }

  /**
   * Writes what the node counts and measures now, in UTF-8.
   *
   * @param flows whether with the figures of each flow
   */
  byte[] write(Format format, boolean flows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      format.writer().write(out, new MetricSnapshots(collect(flows)));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never: it is memory
    }
    return out.toByteArray();
  }

  private List<MetricSnapshot> collect(boolean flows) {
    List<MetricSnapshot> all = new ArrayList<>();
    DataplaneMonitor monitor = dataplane;
    if (monitor != null) {
      add(all, "data plane", () -> FrameMetrics.of(monitor));
      add(all, "classes", () -> FrameMetrics.ofClasses(monitor));
      add(all, "filters", () -> FrameMetrics.ofFilters(monitor));
      add(all, "pods", () -> PodMetrics.ofPods(monitor, podNames()));
      if (flows) {
        add(all, "flows", () -> PodMetrics.ofFlows(monitor, podNames()));
      }
    }
    PodService attached = pods;
    if (attached != null) {
      add(all, "names of pods", () -> PodMetrics.ofNames(attached.pods()));
    }
    add(all, "ports", () -> NodeMetrics.ofPorts(ports));
    SwitchBinder bridge = binder;
    if (bridge != null) {
      add(all, "switch", () -> NodeMetrics.of(bridge.status()));
    }
    ClockQuality quality = clock;
    if (quality != null) {
      add(all, "clock", () -> NodeMetrics.of(quality));
    }
    PortSchedule gates = schedule;
    if (gates != null) {
      add(all, "schedule", () -> NodeMetrics.of(gates));
    }
    ControllerLink link = controller;
    if (link != null) {
      add(all, "controller", () -> NodeMetrics.of(link.status()));
    }
    add(all, "health", () -> NodeMetrics.ofHealth(health));
    return all;
  }

  private static void add(
      List<MetricSnapshot> to, String part, Supplier<List<MetricSnapshot>> metrics) {
    try {
      to.addAll(metrics.get());
    } catch (RuntimeException e) {
      LOG.warn("event=metrics-incomplete part=\"{}\" reason=\"{}\"", part, e.getMessage());
    }
  }

  private Map<Integer, String> podNames() {
    PodService present = pods;
    return present == null
        ? Map.of()
        : present.pods().stream().collect(Collectors.toMap(Pod::number, Pod::name, (a, b) -> b));
  }
}
