package org.ktsn.schedule.mqtt;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ktsn.api.controller.ControllerLink;
import org.ktsn.api.controller.ControllerStatus;
import org.ktsn.api.controller.ControllerStatus.State;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.port.Port;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.api.state.StateStore;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.time.ClockQualityObserver;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockStep;
import org.ktsn.api.time.TaiClock;
import org.ktsn.mqtt.node.NodeLink;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Session;
import org.ktsn.runtime.NodeProperties;
import org.ktsn.schedule.mqtt.node.NodeAgent;
import org.ktsn.schedule.mqtt.node.NodeSettings;
import org.ktsn.schedule.mqtt.node.SettingsSink;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's link to its controller as a component: gives the {@link NodeAgent} its parts, and
 * starts it if a broker is named. It comes after the last known good schedule has been restored.
 */
@Component(
    name = "org.ktsn.schedule.mqtt",
    immediate = true,
    service = {
      ControllerLink.class,
      NodeLink.class,
      ScheduleObserver.class,
      ClockQualityObserver.class
    })
@Designate(ocd = MqttConfig.class)
public final class MqttComponent
    implements ControllerLink, NodeLink, ScheduleObserver, ClockQualityObserver {
  private static final Logger LOG = LoggerFactory.getLogger(MqttComponent.class);

  private final MqttConfig config;
  private final PortSchedule port;
  private final ScheduleCodec codec;
  private final StateStore store;
  private final TaiClock clock;
  private final SettingsSink sink;
  private final Topics topics;
  private final long activatedNs;
  private final CopyOnWriteArrayList<ShaperFactory> shapers = new CopyOnWriteArrayList<>();
  private final Optional<NodeSettings> settings;
  private volatile Optional<NodeAgent> agent = Optional.empty();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor monitor;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Reference(
      service = Port.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Port link;

  /**
   * Reads the configuration.
   *
   * @param restored there is one once the last known good schedule has been restored
   * @throws IllegalArgumentException if a value does not fit, with its key and the remedy
   */
  @Activate
  public MqttComponent(
      BundleContext context,
      MqttConfig config,
      @Reference PortSchedule port,
      @Reference ScheduleCodec codec,
      @Reference StateStore store,
      @Reference TaiClock clock,
      @Reference SettingsSink sink,
      @Reference(target = "(ktsn.schedule.restored=true)") ScheduleObserver restored) {
    this.config = config;
    this.port = port;
    this.codec = codec;
    this.store = store;
    this.clock = clock;
    this.sink = sink;
    activatedNs = clock.nowNs();
    String instance = NodeProperties.of(context).instance();
    topics = Configuration.topics(config, instance);
    settings =
        config.brokers().isBlank()
            ? Optional.empty()
            : Optional.of(Configuration.read(config, instance));
    LOG.debug("event=mqtt-made after={}", restored.getClass().getName());
  }

  /** Begins to connect, if a broker is named. */
  @Activate
  void start() {
    agent =
        settings.map(
            given ->
                new NodeAgent(
                    given,
                    new NodeAgent.Parts(
                        port,
                        codec,
                        sink,
                        store,
                        clock,
                        () -> Optional.ofNullable(monitor),
                        this::attachedPods,
                        this::facts)));
    agent.ifPresent(NodeAgent::start);
    LOG.info(
        "event=mqtt-started network={} node={} brokers={}",
        topics.network(),
        topics.node(),
        config.brokers().isBlank() ? "none" : config.brokers());
  }

  /** Says goodbye to the broker; schedule and settings stay. */
  @Deactivate
  void stop() {
    agent.ifPresent(NodeAgent::close);
  }

  @Reference(
      service = ShaperFactory.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindShaper(ShaperFactory shaper) {
    shapers.add(shaper);
  }

  void unbindShaper(ShaperFactory shaper) {
    shapers.remove(shaper);
  }

  private List<Pod> attachedPods() {
    PodService present = pods;
    return present == null ? List.of() : present.pods();
  }

  private NodeFacts facts() {
    SortedSet<String> names = new TreeSet<>();
    shapers.forEach(shaper -> names.add(shaper.name()));
    Port present = link;
    return new NodeFacts(
        port.trafficClasses(),
        Optional.of(names),
        present == null
            ? OptionalLong.empty()
            : OptionalLong.of(present.model().rateBitsPerSecond()));
  }

  @Override
  public Optional<PartLink> link(String part) {
    return agent.flatMap(active -> active.link().link(part));
  }

  @Override
  public void changed(GateParameters asked, GateSchedule schedule) {
    agent.ifPresent(told -> told.changed(asked, schedule));
  }

  @Override
  public void qualityChanged(ClockReport report) {
    agent.ifPresent(told -> told.clockQuality(report));
  }

  @Override
  public void clockStepped(ClockStep step) {
    agent.ifPresent(told -> told.clockStepped(step));
  }

  @Override
  public ControllerStatus status() {
    return agent
        .map(this::status)
        .orElseGet(
            () ->
                new ControllerStatus(
                    State.OFF,
                    topics.network(),
                    topics.node(),
                    "",
                    activatedNs,
                    "no broker is configured; set brokers of PID org.ktsn.schedule.mqtt",
                    Optional.empty(),
                    Map.of()));
  }

  private ControllerStatus status(NodeAgent active) {
    Session session = active.session();
    boolean connected = session.isConnected();
    Map<String, Long> counters = new TreeMap<>(active.counters().all());
    counters.put("waiting", (long) session.waiting());
    counters.put("dropped", session.dropped());
    return new ControllerStatus(
        connected ? State.CONNECTED : State.CONNECTING,
        topics.network(),
        topics.node(),
        session.broker().toString(),
        active.sinceNs(),
        connected ? "" : session.problem(),
        active.schedule(),
        counters);
  }
}
