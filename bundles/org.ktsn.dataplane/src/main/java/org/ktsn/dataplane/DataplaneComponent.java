package org.ktsn.dataplane;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.port.PacketMemory;
import org.ktsn.api.port.Port;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.FilterStatus;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockQualityObserver;
import org.ktsn.api.time.ClockReport;
import org.ktsn.foreign.Launcher;
import org.ktsn.foreign.NativeClock;
import org.ktsn.foreign.Poller;
import org.osgi.framework.ServiceReference;
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
@Designate(ocd = DataplaneConfig.class)
public final class DataplaneComponent
    implements PortSchedule, DataplaneMonitor, PodObserver, ClockQualityObserver, Shaping {
  private static final Logger LOG = LoggerFactory.getLogger(DataplaneComponent.class);

  /** What was in force when the last data plane of this bundle ended: it holds for the next one. */
  private static final AtomicReference<GateSchedule> LAST_SCHEDULE =
      new AtomicReference<>(GateSchedule.open());

  private final DataplaneConfig config;
  private final Arena arena;
  private final Poller poller;
  private final Launcher launcher;
  private final Planner planner;
  private final RankedStages<Ingress> ingresses = new RankedStages<>();
  private final StackChoice stacks;
  private final ShaperChoice shapers;
  private final FilterChoice filters;
  private final PortChoice ports = new PortChoice();
  private final ScheduleChanges schedules;
  private final PodAdmission admission = new PodAdmission();
  private final DataplaneReport report;
  private final StepWatch watch;
  private final ClockWatch clockWatch;
  private Thread launcherThread = Thread.currentThread();

  /** Makes the data plane; nothing runs before {@link #start}. */
  @Activate
  public DataplaneComponent(
      @Reference PacketMemory memory, @Reference RemoteStations stations, DataplaneConfig config) {
    this.config = config;
    PlannerSettings settings = PlannerSettings.of(config);
    TrafficClasses classes = new TrafficClasses(config.traffic_classes());
    long patienceMs = PlannerSettings.positive("shaper.patience.ms", config.shaper_patience_ms());
    // All that could be refused has been judged: from here on things are made.
    arena = Arena.ofShared();
    poller = Poller.open();
    launcher = new Launcher();
    planner =
        new Planner(
            settings,
            new PlannerHost(
                NativeClock::taiNs,
                System::nanoTime,
                launcher,
                Doorbells.of(poller),
                new BufferReserve(arena.allocate(BufferReserve.scratchOctets(), 8).address()),
                memory.frameRoomOctets(),
                stations),
            NoStages.MODEL,
            classes,
            LAST_SCHEDULE.get());
    launcher.ringWhenMissed(poller.wakeDescriptor());
    schedules = new ScheduleChanges(planner.mailbox);
    stacks = new StackChoice(planner.stacks);
    shapers = new ShaperChoice(planner);
    filters = new FilterChoice(planner, memory.frameRoomOctets());
    clockWatch = new ClockWatch(planner);
    report = new DataplaneReport(planner, launcher, memory);
    watch =
        new StepWatch(planner.lives, TimeUnit.MILLISECONDS.toNanos(patienceMs), planner::takeOver);
  }

  /** Starts the two threads. */
  @Activate
  void start() {
    Rehearsal.run();
    launcherThread = LauncherThread.start(launcher, config);
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

  /** Ends the two threads; what waits is given up. */
  @Deactivate
  synchronized void stop() {
    clockWatch.stop();
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
  }

  synchronized void updatedStack(ServiceReference<NetworkStack> reference, NetworkStack service) {
    stacks.updated(reference, service);
  }

  synchronized void unbindStack(ServiceReference<NetworkStack> reference, NetworkStack service) {
    stacks.remove(reference, service);
  }

  @Reference(
      service = Port.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindPort(ServiceReference<Port> reference, Port service) {
    if (ports.add(reference, service)) {
      offerPort();
    }
  }

  synchronized void unbindPort(ServiceReference<Port> reference) {
    ports.remove(reference);
    offerPort();
  }

  private void offerPort() {
    planner.port.offer(ports.best());
    shapers.offer(ports.link()); // a shaper plans for one link
  }

  @Override
  public synchronized void link(long rateBitsPerSecond, int overheadOctets) {
    if (ports.rate(rateBitsPerSecond, overheadOctets)) {
      offerPort();
    }
    long rate = ports.link().rateBitsPerSecond();
    if (admission.sum() > rate) {
      LOG.warn(
          "event=port-overcommitted idle-slopes={} rate={} action=none", admission.sum(), rate);
    }
  }

  @Reference(
      service = ShaperFactory.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindShaper(ServiceReference<ShaperFactory> reference, ShaperFactory service) {
    shapers.add(reference, service);
    shapers.offerIfAnother(ports.link());
  }

  synchronized void updatedShaper(ServiceReference<ShaperFactory> reference) {
    shapers.offerIfAnother(ports.link());
  }

  synchronized void unbindShaper(ServiceReference<ShaperFactory> reference) {
    shapers.remove(reference);
    shapers.offerIfAnother(ports.link());
  }

  @Reference(
      service = FilterFactory.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void bindFilter(ServiceReference<FilterFactory> reference, FilterFactory service) {
    filters.add(reference, service, ports.link());
  }

  synchronized void updatedFilter(
      ServiceReference<FilterFactory> reference, FilterFactory service) {
    filters.updated(service, ports.link());
  }

  synchronized void unbindFilter(ServiceReference<FilterFactory> reference, FilterFactory service) {
    filters.remove(reference, service, ports.link());
  }

  @Reference(
      service = ClockQuality.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  synchronized void bindClock(ClockQuality monitor) {
    clockWatch.begin(monitor);
  }

  synchronized void unbindClock(ClockQuality monitor) {
    clockWatch.end(monitor);
  }

  /** On the monitor's thread: has its report fetched now, by a thread that may wait for it. */
  @Override
  public void qualityChanged(ClockReport report) {
    clockWatch.askNow();
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
    return schedules.apply(parameters, planner::changeSchedule);
  }

  @Override
  public GateSchedule restore(GateParameters parameters) {
    return schedules.apply(parameters, planner::restoreSchedule);
  }

  @Reference(
      service = ScheduleObserver.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindObserver(ScheduleObserver observer) {
    schedules.add(observer);
  }

  void unbindObserver(ScheduleObserver observer) {
    schedules.remove(observer);
  }

  @Override
  public void map(TrafficClasses classes) {
    planner.mailbox.call(() -> planner.classes(classes));
  }

  @Override
  public synchronized void prefer(String shaper) {
    shapers.prefer(shaper);
    shapers.offerIfAnother(ports.link());
  }

  @Override
  public List<ClassStatus> classes() {
    return planner.mailbox.call(planner::classStatus);
  }

  @Override
  public synchronized List<ShaperOffer> shapers() {
    return shapers.offers();
  }

  @Override
  public synchronized List<FilterStatus> filters() {
    return filters.status();
  }

  @Override
  public DataplaneStatus status() {
    return report.status();
  }

  @Override
  public List<PodStatus> pods() {
    return report.pods();
  }

  @Override
  public List<FlowStatus> flows() {
    return planner.flows.status(NativeClock.taiNs());
  }

  @Override
  public String plannerPlace() {
    return planner.place.word(planner.lives);
  }

  @Override
  public synchronized void startTrace(Path file, int records) {
    replaceTrace(Optional.of(new FrameTrace(file, records, ports.link())));
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
    admission.requireLink(pod, ports.isLinkKnown());
    admission.admit(pod, ports.link());
  }

  @Override
  public void attached(Pod pod) {
    admission.attached(pod);
    planner.flows.open(pod.number()); // here, so that the planner need not allocate
    planner.mailbox.call(() -> planner.priorities.allow(pod.number(), pod.priorities()));
    planner.mailbox.call(() -> planner.attach(pod));
  }

  @Override
  public void detached(Pod pod) {
    planner.mailbox.call(() -> planner.detach(pod.number()));
    admission.detached(pod);
  }
}
