package org.ktsn.dataplane;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.port.PacketMemory;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockQualityObserver;
import org.ktsn.api.time.ClockReport;
import org.ktsn.foreign.Launcher;
import org.ktsn.foreign.NativeClock;
import org.ktsn.foreign.Poller;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data plane as a component: owns the planner's and the launcher's threads, hands the stages
 * that come and go to the planner, and answers others' questions.
 */
@Component(
    immediate = true,
    configurationPid = "org.ktsn.dataplane",
    service = {
      PortSchedule.class,
      DataplaneMonitor.class,
      PodObserver.class,
      ClockQualityObserver.class,
      Shaping.class
    })
@Designate(ocd = DataplaneComponent.Config.class)
public final class DataplaneComponent
    implements PortSchedule, DataplaneMonitor, PodObserver, ClockQualityObserver, Shaping {
  private static final Logger LOG = LoggerFactory.getLogger(DataplaneComponent.class);

  /** How the data plane behaves. */
  @ObjectClassDefinition(name = "KTSN data plane")
  public @interface Config {
    /** Launch horizon. */
    @AttributeDefinition(
        description = "ns before its instant at which a frame is committed to the launcher",
        min = "1")
    long launch_horizon_ns() default 2_000_000;

    /** Lead. */
    @AttributeDefinition(
        description = "ns that lie at least between planning and launching",
        min = "1")
    long launch_lead_ns() default 10_000;

    /** Furthest launch time. */
    @AttributeDefinition(description = "s that a launch time may lie in the future", min = "1")
    int max_ahead_s() default 60;

    /** Longest wait. */
    @AttributeDefinition(
        description =
            "ms after its launch time, or its arrival if that is later, at which a frame may leave;"
                + " what would leave later is dropped as overdue",
        min = "1")
    long max_wait_ms() default 1_000;

    /** Frames held. */
    @AttributeDefinition(description = "frames that are held in all", min = "1")
    int max_frames() default 8192;

    /** Frames held per pod. */
    @AttributeDefinition(description = "frames that are held of one pod", min = "1")
    int max_frames_per_pod() default 2048;

    /** Late on arrival. */
    @AttributeDefinition(
        description =
            "what happens to a datagram whose launch time has passed on arrival: drop, or send as"
                + " soon as its gate allows; one whose deadline has passed is always dropped",
        options = {@Option(value = "drop"), @Option(value = "send")})
    String late_on_arrival() default "drop";

    /** Patience with steps. */
    @AttributeDefinition(
        description =
            "ms that a shaper, an ingress, a stack or a filter may take for an answer before another"
                + " thread plans on without it",
        min = "1")
    int shaper_patience_ms() default 500;

    /** Age of the clock's report. */
    @AttributeDefinition(
        description =
            "ms for which a report on the clock counts; when it is older, its monitor is stuck, and"
                + " everything goes on as without one",
        min = "1")
    long clock_report_limit_ms() default 10_000;

    /** Classes. */
    @AttributeDefinition(description = "traffic classes, 1 to 8", min = "1", max = "8")
    int traffic_classes() default 8;

    /** Planner's CPU. */
    @AttributeDefinition(description = "the planner's CPU, -1 for any", min = "-1")
    int planner_cpu() default -1;

    /** Planner's priority. */
    @AttributeDefinition(
        description =
            "the planner's real-time priority (SCHED_FIFO), 1 to 99; or a nice value, -20 to -1; or"
                + " 0",
        min = "-20",
        max = "99")
    int planner_priority() default -20;

    /** Launcher's CPU. */
    @AttributeDefinition(description = "the launcher's CPU, -1 for any", min = "-1")
    int launcher_cpu() default -1;

    /** Launcher's priority. */
    @AttributeDefinition(
        description = "the launcher's real-time priority (SCHED_FIFO), 0 for none",
        min = "0",
        max = "99")
    int launcher_priority() default 60;

    /** Least margin. */
    @AttributeDefinition(description = "ns that the launcher spins at least before an instant")
    long launcher_margin_min_ns() default 40_000;

    /** Greatest margin. */
    @AttributeDefinition(description = "ns that the launcher spins at most before an instant")
    long launcher_margin_max_ns() default 250_000;

    /** Rest. */
    @AttributeDefinition(
        description =
            "ns that a real-time launcher rests after 2 ms without sleep, where frames follow each"
                + " other without a gap; 0 if it has its CPU for itself")
    long launcher_rest_ns() default 200_000;
  }

  /** What was in force when the last data plane of this bundle ended: it holds for the next one. */
  private static final AtomicReference<GateSchedule> LAST_SCHEDULE =
      new AtomicReference<>(GateSchedule.open());

  private final Config config;
  private final PacketMemory memory;
  private final Arena arena;
  private final Poller poller;
  private final Launcher launcher;
  private final Planner planner;
  private final RankedStages<Ingress> ingresses = new RankedStages<>();
  private final RankedStages<NetworkStack> stacks = new RankedStages<>();
  private final RankedStages<ShaperFactory> shapers = new RankedStages<>();
  private final RankedStages<Port> ports = new RankedStages<>();
  private final List<ScheduleObserver> observers = new CopyOnWriteArrayList<>();
  private final PodAdmission admission = new PodAdmission();
  private final StepWatch watch;
  private volatile Optional<ClockPoll> clockPoll = Optional.empty();
  private Optional<ShaperFactory> factory = Optional.empty();
  private String preferred = "";
  private long linkRateBitsPerSecond;
  private int linkOverheadOctets = -1;
  private Thread launcherThread = Thread.currentThread();

  /** Makes the data plane; nothing runs before {@link #start}. */
  @Activate
  public DataplaneComponent(@Reference PacketMemory memory, Config config) {
    this.config = config;
    this.memory = memory;
    boolean drop =
        switch (config.late_on_arrival()) {
          case "drop" -> true;
          case "send" -> false;
          default ->
              throw new IllegalArgumentException(
                  "late.on.arrival is '" + config.late_on_arrival() + "'; give drop or send");
        };
    PlannerSettings settings =
        new PlannerSettings(
            positive("launch.horizon.ns", config.launch_horizon_ns()),
            positive("launch.lead.ns", config.launch_lead_ns()),
            positive("max.ahead.s", config.max_ahead_s()) * 1_000_000_000L,
            TimeUnit.MILLISECONDS.toNanos(positive("max.wait.ms", config.max_wait_ms())),
            (int) positive("max.frames", config.max_frames()),
            (int) positive("max.frames.per.pod", config.max_frames_per_pod()),
            drop,
            TimeUnit.MILLISECONDS.toNanos(
                positive("clock.report.limit.ms", config.clock_report_limit_ms())),
            config.planner_cpu(),
            config.planner_priority());
    TrafficClasses classes = new TrafficClasses(config.traffic_classes());
    long patienceMs = positive("shaper.patience.ms", config.shaper_patience_ms());
    // All that could be refused has been judged: from here on things are made.
    arena = Arena.ofShared();
    poller = Poller.open();
    launcher = new Launcher();
    planner =
        new Planner(
            settings,
            NativeClock::taiNs,
            launcher,
            poller,
            new BufferReserve(arena.allocate(BufferReserve.scratchOctets(), 8).address()),
            memory.frameRoomOctets(),
            NoStages.MODEL,
            classes,
            LAST_SCHEDULE.get());
    watch =
        new StepWatch(planner.lives, TimeUnit.MILLISECONDS.toNanos(patienceMs), planner::takeOver);
  }

  private static long positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + "; give a positive number");
    }
    return value;
  }

  /** Starts the two threads. */
  @Activate
  void start() {
    launcherThread =
        Thread.ofPlatform()
            .name("ktsn-launcher")
            .daemon()
            .start(() -> runLauncher(config.launcher_cpu(), config.launcher_priority()));
    Thread.ofPlatform().name("ktsn-planner").daemon().start(planner);
    long begin = System.nanoTime();
    while (!(planner.isRunning() && launcher.isRunning())) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(5)) {
        stop();
        throw new IllegalStateException("the planner and the launcher did not start within 5 s");
      }
      LockSupport.parkNanos(100_000);
    }
    Thread.ofPlatform().name("ktsn-step-watch").daemon().start(watch);
    LOG.info("event=dataplane-started horizon-ns={}", config.launch_horizon_ns());
  }

  private void runLauncher(int cpu, int priority) {
    try {
      launcher.run(
          cpu,
          priority,
          config.launcher_margin_min_ns(),
          config.launcher_margin_max_ns(),
          config.launcher_rest_ns());
    } catch (RuntimeException e) {
      LOG.error("event=launcher-not-placed reason=\"{}\" action=unpinned", e.getMessage());
      launcher.run(-1, 0, config.launcher_margin_min_ns(), config.launcher_margin_max_ns(), 0);
    }
  }

  /** Ends the two threads; what waits is given up. */
  @Deactivate
  synchronized void stop() {
    clockPoll.ifPresent(ClockPoll::stop);
    watch.stop();
    planner.stop();
    launcher.stop();
    try {
      launcherThread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (planner.isRunning() || launcher.isRunning()) {
      LOG.error("event=dataplane-stuck action=memory-kept");
      return;
    }
    LAST_SCHEDULE.set(planner.schedule());
    int left = planner.leaveBuffers();
    launcher.close();
    poller.close();
    arena.close();
    LOG.info("event=dataplane-stopped buffers-left={}", left);
  }

  // ---- stages that come and go ----

  @Reference(
      service = Ingress.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindIngress(ServiceReference<Ingress> reference, Ingress service) {
    ingresses.add(reference, service);
    planner.ingress.offer(ingresses.best().orElse(NoStages.INGRESS));
  }

  synchronized void unbindIngress(ServiceReference<Ingress> reference) {
    ingresses.remove(reference);
    planner.ingress.offer(ingresses.best().orElse(NoStages.INGRESS));
  }

  @Reference(
      service = NetworkStack.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindStack(ServiceReference<NetworkStack> reference, NetworkStack service) {
    stacks.add(reference, service);
    planner.stack.offer(stacks.best().orElse(NoStages.STACK));
  }

  synchronized void unbindStack(ServiceReference<NetworkStack> reference) {
    stacks.remove(reference);
    planner.stack.offer(stacks.best().orElse(NoStages.STACK));
  }

  @Reference(
      service = Port.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindPort(ServiceReference<Port> reference, Port service) {
    try {
      ports.add(reference, Patience.ask("ktsn-port-asker", () -> RatedPort.of(service)));
    } catch (IllegalStateException e) {
      LOG.error(
          "event=port-refused port={} action=none reason=\"{}\"",
          service.getClass().getName(),
          e.getMessage());
      return;
    }
    offerPort();
  }

  synchronized void unbindPort(ServiceReference<Port> reference) {
    ports.remove(reference);
    offerPort();
  }

  private void offerPort() {
    planner.port.offer(ports.best().map(this::rated).orElse(NoStages.PORT));
    offerShaper(); // a shaper plans for one link
  }

  private Port rated(Port port) {
    return port instanceof RatedPort rated ? rated.with(linkModel()) : port;
  }

  /** Returns the link that is planned for. */
  private PortModel linkModel() {
    PortModel said = ports.best().orElse(NoStages.PORT).model();
    return new PortModel(
        linkRateBitsPerSecond == 0 ? said.rateBitsPerSecond() : linkRateBitsPerSecond,
        linkOverheadOctets == -1 ? said.overheadOctets() : linkOverheadOctets);
  }

  @Override
  public synchronized void link(long rateBitsPerSecond, int overheadOctets) {
    PortModel before = linkModel();
    long rate = rateBitsPerSecond == 0 ? before.rateBitsPerSecond() : rateBitsPerSecond;
    int overhead = overheadOctets == -1 ? before.overheadOctets() : overheadOctets;
    PortModel judged = new PortModel(rate, overhead); // refuses what no link is
    LOG.debug("event=link-set model={}", judged);
    linkRateBitsPerSecond = rateBitsPerSecond;
    linkOverheadOctets = overheadOctets;
    if (!linkModel().equals(before)) {
      offerPort();
    }
    if (admission.sum() > linkModel().rateBitsPerSecond()) {
      LOG.warn(
          "event=port-overcommitted idle-slopes={} rate={} action=none",
          admission.sum(),
          linkModel().rateBitsPerSecond());
    }
  }

  @Reference(
      service = ShaperFactory.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindShaper(ServiceReference<ShaperFactory> reference, ShaperFactory service) {
    shapers.add(reference, service);
    offerShaperIfAnother();
  }

  /** A ranking may change while the service is there. */
  synchronized void updatedShaper(ServiceReference<ShaperFactory> reference) {
    offerShaperIfAnother();
  }

  synchronized void unbindShaper(ServiceReference<ShaperFactory> reference) {
    shapers.remove(reference);
    offerShaperIfAnother();
  }

  private void offerShaperIfAnother() {
    if (!wantedShaper().equals(factory)) {
      offerShaper();
    }
  }

  private Optional<ShaperFactory> wantedShaper() {
    Optional<ShaperFactory> named =
        preferred.isEmpty() ? Optional.empty() : shapers.best(this::isPreferred);
    return named.isPresent() ? named : shapers.best();
  }

  private boolean isPreferred(ShaperFactory candidate) {
    return preferred.equals(nameOf(candidate));
  }

  /** A factory is somebody else's code. */
  private static String nameOf(ShaperFactory factory) {
    try {
      return String.valueOf(factory.name());
    } catch (RuntimeException | Error e) {
      LOG.error("event=shaper-has-no-name class={}", factory.getClass().getName(), e);
      return "unnamed";
    }
  }

  private void offerShaper() {
    factory = wantedShaper();
    PortModel model = linkModel();
    ActiveShaper next;
    try {
      next =
          factory
              .map(f -> ShaperMaker.make(f, planner.frames(), model, planner.effectiveSchedule()))
              .orElseGet(() -> fallback(model));
    } catch (RuntimeException e) {
      LOG.error(
          "event=shaper-not-made shaper={} action=fallback reason=\"{}\"",
          nameOf(factory.get()),
          e.getMessage());
      next = fallback(model);
    }
    planner.shaper.slot().offer(next);
    LOG.info("event=shaper-in-use shaper={}", next.name());
  }

  private ActiveShaper fallback(PortModel model) {
    return new ActiveShaper(
        "fallback",
        new FallbackShaper(planner.frames(), model, planner.effectiveSchedule()),
        model);
  }

  // ---- the clock's quality ----

  @Reference(
      service = ClockQuality.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  synchronized void bindClock(ClockQuality monitor) {
    clockPoll.ifPresent(ClockPoll::stop);
    ClockPoll poll = new ClockPoll(monitor, planner::clockHeard);
    clockPoll = Optional.of(poll);
    poll.start();
  }

  synchronized void unbindClock(ClockQuality monitor) {
    if (clockPoll.filter(poll -> poll.asks(monitor)).isPresent()) {
      clockPoll.get().stop();
      clockPoll = Optional.empty();
      planner.clockUnwatched();
    }
  }

  /** On the monitor's thread: has its report fetched now, by a thread that may wait for it. */
  @Override
  public void qualityChanged(ClockReport report) {
    clockPoll.ifPresent(ClockPoll::askNow);
  }

  // ---- what others ask ----

  @Override
  public int trafficClasses() {
    return config.traffic_classes();
  }

  @Override
  public GateSchedule current() {
    return planner.schedule().at(NativeClock.taiNs());
  }

  @Override
  public GateSchedule change(GateParameters parameters) {
    GateParameters checked = checkedLength(parameters);
    return adopted(parameters, planner.mailbox.call(() -> planner.changeSchedule(checked)));
  }

  @Override
  public GateSchedule restore(GateParameters parameters) {
    GateParameters checked = checkedLength(parameters);
    return adopted(parameters, planner.mailbox.call(() -> planner.restoreSchedule(checked)));
  }

  private static GateParameters checkedLength(GateParameters parameters) {
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
    return parameters;
  }

  private GateSchedule adopted(GateParameters parameters, GateSchedule schedule) {
    LOG.info(
        "event=schedule-changed entries={} pending={}",
        parameters.controlList().size(),
        schedule.pending().isPresent());
    for (ScheduleObserver observer : observers) {
      tell(observer, parameters, schedule);
    }
    return schedule;
  }

  private static void tell(ScheduleObserver observer, GateParameters asked, GateSchedule made) {
    try {
      observer.changed(asked, made);
    } catch (RuntimeException | Error e) {
      LOG.error("event=schedule-observer-failed observer={}", observer, e);
    }
  }

  @Reference(
      service = ScheduleObserver.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindObserver(ScheduleObserver observer) {
    observers.add(observer);
  }

  void unbindObserver(ScheduleObserver observer) {
    observers.remove(observer);
  }

  @Override
  public void map(TrafficClasses classes) {
    planner.mailbox.call(() -> planner.classes(classes));
  }

  @Override
  public synchronized void prefer(String shaper) {
    preferred = shaper;
    if (!shaper.isEmpty() && shapers.best(this::isPreferred).isEmpty()) {
      LOG.warn("event=shaper-not-on-offer shaper={} action=highest-ranking-until-it-comes", shaper);
    }
    offerShaperIfAnother();
  }

  @Override
  public List<ClassStatus> classes() {
    return planner.mailbox.call(planner::classStatus);
  }

  @Override
  public synchronized List<ShaperOffer> shapers() {
    Optional<ShaperFactory> wanted = wantedShaper();
    String active = planner.shaper.name();
    List<ShaperOffer> offers = new ArrayList<>();
    shapers.forEach(
        (reference, offered) -> {
          String name = nameOf(offered);
          boolean chosen = wanted.isPresent() && wanted.get() == offered;
          offers.add(
              chosen ? 0 : offers.size(),
              new ShaperOffer(
                  name,
                  reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer i ? i : 0,
                  reference.getBundle() == null ? "" : reference.getBundle().getSymbolicName(),
                  chosen && name.equals(active)));
        });
    return offers;
  }

  @Override
  public DataplaneStatus status() {
    Counters counters = planner.counters;
    List<Long> sentByClass = new ArrayList<>();
    for (int c = 0; c < 8; c++) {
      sentByClass.add(counters.get(Counters.SENT_BY_CLASS + c));
    }
    int[] queued = planner.queuedByClass();
    return new DataplaneStatus(
        planner.shaper.name(),
        planner.shaper.swaps(),
        planner.shaper.failures(),
        planner.port.inUse().name(),
        counters.get(Counters.RECEIVED),
        counters.get(Counters.SENT),
        counters.get(Counters.LATE),
        Arrays.stream(queued).sum(),
        planner.committedCount(),
        Arrays.stream(queued).boxed().toList(),
        sentByClass,
        counters.drops(),
        planner.txErrors.quantiles(),
        planner.lateness.quantiles(),
        launcher.marginNs(),
        memory.freeFrames() + planner.idleBuffers(),
        planner.clockEffect());
  }

  @Override
  public List<PodStatus> pods() {
    List<PodStatus> pods = new ArrayList<>();
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      long received = planner.counters.podReceived(pod);
      if (received > 0) {
        long sent = planner.counters.podSent(pod);
        Map<String, Long> drops = planner.counters.podDrops(pod);
        long dropped = drops.values().stream().mapToLong(Long::longValue).sum();
        pods.add(
            new PodStatus(
                pod,
                received,
                sent,
                dropped,
                (int) Math.max(0, received - sent - dropped),
                planner.counters.podLate(pod),
                drops,
                planner.counters.podRegenerated(pod)));
      }
    }
    return pods;
  }

  @Override
  public List<FlowStatus> flows() {
    return planner.flows.status(NativeClock.taiNs());
  }

  @Override
  public synchronized void startTrace(Path file, int records) {
    FrameTrace trace = new FrameTrace(file, records, linkModel());
    replaceTrace(Optional.of(trace));
  }

  @Override
  public synchronized void stopTrace() {
    replaceTrace(Optional.empty());
  }

  private void replaceTrace(Optional<FrameTrace> next) {
    planner.mailbox.call(() -> planner.trace(next)).ifPresent(FrameTrace::close);
  }

  // ---- pods ----

  @Override
  public synchronized void admit(Pod pod) {
    if (pod.bandwidth().isPresent() && ports.best().isEmpty() && linkRateBitsPerSecond == 0) {
      throw new PodException(
          "pod '"
              + pod.name()
              + "' asks for an idle slope, and the port is not there yet that is to carry it;"
              + " attach it again in a moment");
    }
    admission.admit(pod, linkModel());
  }

  @Override
  public void attached(Pod pod) {
    admission.attached(pod);
    planner.flows.open(pod.number()); // here, so that the planner need not allocate
    planner.mailbox.call(() -> planner.priorities.allow(pod.number(), pod.priorities()));
    planner.mailbox.call(() -> planner.attach(pod.number(), pod.bandwidth()));
  }

  @Override
  public void detached(Pod pod) {
    planner.mailbox.call(() -> planner.detach(pod.number()));
    admission.detached(pod);
  }
}
