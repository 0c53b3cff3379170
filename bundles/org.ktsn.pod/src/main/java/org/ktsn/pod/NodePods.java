package org.ktsn.pod;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.PodService;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's pods.
 *
 * <p>An attachment is written down before its first step and again after its last, so that a
 * successor of a KTSNd that was killed knows what to remove and what to go on with. All changes are
 * made under one lock, the monitor of {@link AttachedPods}; reading takes none.
 */
@Component(name = "org.ktsn.pod", service = PodService.class, immediate = true)
@Designate(ocd = NodePods.Config.class)
public final class NodePods implements PodService {
  private static final Logger LOG = LoggerFactory.getLogger(NodePods.class);

  /** The service's configuration. */
  @ObjectClassDefinition(name = "KTSN: pods")
  public @interface Config {
    /** The overlay's subnet. */
    @AttributeDefinition(description = "IPv4 subnet of the overlay, with prefix length")
    String subnet() default "10.77.0.0/16";

    /** The overlay's IPv6 subnet; the key is {@code subnet.ipv6}. */
    @AttributeDefinition(
        name = "subnet.ipv6",
        description =
            "IPv6 subnet of the overlay, with prefix length; empty: pods have no IPv6 address but"
                + " that of the link")
    @SuppressWarnings("MemberName") // two underscores stand for one in the key
    String subnet_ipv6() default "";

    /** The MTU. */
    @AttributeDefinition(
        description = "MTU of the pods' interfaces, in octets",
        min = "576",
        max = "9216")
    int mtu() default 1500;
  }

  /** One step back, out of an attachment that failed. */
  @FunctionalInterface
  private interface Undo {
    void run() throws IOException;
  }

  private final PodSettings settings;
  private final NetworkCommands network;
  private final IngressQdisc ingressQdisc;
  private final PodStore store;
  private final AttachedPods pods = new AttachedPods();
  private final PodAllocator allocator;
  private final SwitchPorts switchPorts;
  private final IngressLimitWatch limitWatch;
  private final VanishedPods vanished;

  /** Guarded by the monitor of {@code pods}. */
  private final List<PodObserver> observers = new ArrayList<>();

  /**
   * Takes up the pods of an earlier run, and removes what that left unfinished.
   *
   * @throws IllegalArgumentException if a setting makes no sense
   */
  @Activate
  public NodePods(BundleContext context, @Reference BeyondNode beyond, Config config) {
    this(settings(context, config), new CommandRunner(), new NetlinkLinks(), beyond);
  }

  NodePods(PodSettings settings, CommandRunner runner, Links links) {
    this(settings, runner, links, new BeyondNode());
  }

  NodePods(PodSettings settings, CommandRunner runner, Links links, BeyondNode beyond) {
    this.settings = settings;
    this.network = new NetworkCommands(runner, links, settings.homeNamespace());
    this.ingressQdisc = new IngressQdisc(runner, settings.homeNamespace(), settings.mtu());
    this.store = new PodStore(settings.stateDirectory());
    this.allocator = new PodAllocator(settings, pods, beyond);
    this.switchPorts = new SwitchPorts(settings, pods);
    synchronized (pods) {
      new PodRecovery(settings, store, network, pods, switchPorts).takeUp();
    }
    this.limitWatch = new IngressLimitWatch(ingressQdisc, pods);
    this.vanished = new VanishedPods(network, pods, this::detach);
  }

  /**
   * Lets go of the pods; they stay attached. A change that is being made comes to its end first: a
   * successor in this process must not take it for one that never will.
   */
  @Deactivate
  public void deactivate() {
    switchPorts.close();
    limitWatch.close();
    vanished.close();
    synchronized (pods) {
      LOG.info("event=pods-let-go pods={}", pods.pods().size());
    }
  }

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindSwitch(SwitchBinder binder) {
    switchPorts.use(binder);
  }

  void unbindSwitch(SwitchBinder binder) {
    switchPorts.leave(binder);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void bindObserver(PodObserver observer) {
    synchronized (pods) {
      observers.add(observer);
      for (Pod pod : pods.pods()) {
        try {
          observer.attached(pod);
        } catch (RuntimeException e) {
          LOG.error("event=observer-failed pod={} observer={}", pod.name(), observer, e);
        }
      }
    }
  }

  void unbindObserver(PodObserver observer) {
    synchronized (pods) {
      observers.remove(observer);
    }
  }

  @Override
  public List<Pod> pods() {
    return pods.pods();
  }

  @Override
  public Optional<Pod> pod(String name) {
    return pods.find(name).map(PodRecord::pod);
  }

  @Override
  public List<String> differences(String name) {
    return pods.find(name)
        .map(this::differences)
        .orElseGet(() -> List.of("there is no pod '" + name + "'"));
  }

  private List<String> differences(PodRecord podRecord) {
    List<String> differences = new ArrayList<>(network.differences(podRecord));
    ingressQdisc.addDifferences(podRecord.pod(), differences);
    return differences;
  }

  /** Looks for pods whose containers have ended, before it is time to. */
  void lookForVanished() {
    vanished.look();
  }

  @Override
  public Pod attach(PodRequest request) {
    synchronized (pods) {
      long beganNs = System.nanoTime();
      PodRecord planned = allocator.allocate(request);
      Deque<Undo> done = new ArrayDeque<>();
      try {
        Pod pod = carryOut(planned, request.assignment(), done);
        LOG.info(
            "event=pod-attached pod={} number={} namespace={} address={} mac={} switch-port={}"
                + " took-us={}",
            pod.name(),
            pod.number(),
            pod.networkNamespace(),
            pod.addresses(),
            pod.mac(),
            pod.switchPort(),
            (System.nanoTime() - beganNs) / 1000);
        return pod;
      } catch (RuntimeException | IOException e) {
        undo(planned.pod(), done);
        throw e instanceof PodException refused
            ? refused
            : new PodException(
                "pod '" + planned.pod().name() + "' can't be attached: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public boolean detach(String name) {
    synchronized (pods) {
      long beganNs = System.nanoTime();
      Optional<PodRecord> known = pods.find(name);
      if (known.isEmpty()) {
        return false;
      }
      Pod pod = known.get().pod();
      for (PodObserver observer : observers.reversed()) {
        tellDetached(observer, pod);
      }
      switchPorts.remove(pod);
      network.remove(pod, known.get().ownsNamespace());
      try {
        ChannelFolder.remove(pod, pods.pods());
        store.remove(name);
      } catch (IOException e) {
        throw new PodException(
            "pod '"
                + name
                + "' is detached, but its files in "
                + settings.runDirectory()
                + " can't be removed ("
                + e.getMessage()
                + "); detach it again",
            e);
      }
      pods.remove(name);
      LOG.info(
          "event=pod-detached pod={} number={} took-us={}",
          name,
          pod.number(),
          (System.nanoTime() - beganNs) / 1000);
      return true;
    }
  }

  private Pod carryOut(PodRecord planned, PodAssignment assignment, Deque<Undo> done)
      throws IOException {
    Pod pod = planned.pod();
    SwitchBinder binder = switchPorts.binderFor(pod);
    observers.forEach(observer -> observer.admit(pod));
    store.save(planned);
    done.push(() -> store.remove(pod.name()));
    network.createPair(
        pod, planned.ownsNamespace(), assignment.mtuOctets().orElseGet(allocator::mtuOctets));
    done.push(() -> network.remove(pod, planned.ownsNamespace()));
    done.push(() -> SwitchPorts.remove(binder, pod));
    List<PodAssignment.Route> routes = network.configure(pod, assignment.routes());
    binder.addPodPort(pod.switchPort(), pod.mac(), pod.addresses());
    network.raiseSwitchPort(pod);
    binder.pin(pod.mac(), pod.switchPort());
    ingressQdisc.limit(pod);
    done.push(() -> ChannelFolder.remove(pod, pods.pods()));
    ChannelFolder.create(pod);
    long namespaceId = NetworkCommands.namespaceId(pod.networkNamespace()).orElse(0L);
    PodRecord complete = planned.complete(namespaceId, routes);
    for (PodObserver observer : observers) {
      observer.attached(pod);
      done.push(() -> tellDetached(observer, pod));
    }
    store.save(complete);
    pods.add(complete);
    return pod;
  }

  private static void undo(Pod pod, Deque<Undo> done) {
    for (Undo step : done) {
      try {
        step.run();
      } catch (RuntimeException | IOException e) {
        LOG.warn("event=undo-failed pod={} reason=\"{}\"", pod.name(), e.getMessage());
      }
    }
  }

  private static void tellDetached(PodObserver observer, Pod pod) {
    try {
      observer.detached(pod);
    } catch (RuntimeException e) {
      LOG.error("event=observer-failed pod={} observer={}", pod.name(), observer, e);
    }
  }

  private static PodSettings settings(BundleContext context, Config config) {
    NodeProperties node = NodeProperties.of(context);
    return new PodSettings(
        node.instance(),
        node.run(),
        Subnet.parse(config.subnet()),
        Optional.of(config.subnet_ipv6()).filter(text -> !text.isBlank()).map(Subnet::parse),
        config.mtu(),
        Optional.empty());
  }
}
