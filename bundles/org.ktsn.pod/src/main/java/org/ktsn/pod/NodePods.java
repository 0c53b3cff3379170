package org.ktsn.pod;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.MacAddress;
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
 * made under one lock; reading takes none.
 */
@Component(name = "org.ktsn.pod", service = PodService.class, immediate = true)
@Designate(ocd = NodePods.Config.class)
public final class NodePods implements PodService {
  private static final Logger log = LoggerFactory.getLogger(NodePods.class);

  private static final long SWITCH_POLL_MS = 200;
  private static final long LIMITS_EVERY_MS = 2_000;

  /** The service's configuration. */
  @ObjectClassDefinition(name = "KTSN: pods")
  public @interface Config {
    /** The overlay's subnet. */
    @AttributeDefinition(description = "IPv4 subnet of the overlay, with prefix length")
    String subnet() default "10.77.0.0/16";

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
  private final ExecutorService restorer;
  private final ScheduledExecutorService limits =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("ktsn-pod-limits").factory());
  private final ScheduledFuture<?> limitsKept;

  /** Written under the lock, read without. */
  private final Map<String, PodRecord> pods = new ConcurrentSkipListMap<>();

  private int nextSwitchPort;

  // Guarded by this.
  private final List<PodObserver> observers = new ArrayList<>();

  /** What a KTSNd that was killed left on the switch; removed as soon as there is a switch. */
  private final List<Pod> leftOnSwitch = new ArrayList<>();

  private Optional<SwitchBinder> switchBinder = Optional.empty();

  private boolean switchSwept;

  /**
   * Takes up the pods of an earlier run, and removes what that left unfinished.
   *
   * @throws IllegalArgumentException if a setting makes no sense
   */
  @Activate
  public NodePods(BundleContext context, Config config) {
    this(settings(context, config), new CommandRunner(), new NetlinkLinks());
  }

  NodePods(PodSettings settings, CommandRunner runner, Links links) {
    this.settings = settings;
    this.network = new NetworkCommands(runner, links, settings.homeNamespace());
    this.ingressQdisc = new IngressQdisc(runner, settings.homeNamespace(), settings.mtu());
    this.store = new PodStore(settings.stateDirectory());
    this.restorer =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("ktsn-pods").factory());
    takeUp();
    limitsKept =
        limits.scheduleWithFixedDelay(
            this::restoreLimits, LIMITS_EVERY_MS, LIMITS_EVERY_MS, TimeUnit.MILLISECONDS);
  }

  private void restoreLimits() {
    try {
      ingressQdisc.restore(pods());
    } catch (RuntimeException | Error e) { // whatever it is: it is looked again
      log.warn("event=ingress-limits-not-looked-at reason=\"{}\"", e.getMessage());
    }
  }

  /**
   * Lets go of the pods; they stay attached. A change that is being made comes to its end first: a
   * successor in this process must not take it for one that never will.
   */
  @Deactivate
  public void deactivate() {
    restorer.shutdownNow();
    limitsKept.cancel(true);
    limits.shutdownNow();
    synchronized (this) {
      log.info("event=pods-let-go pods={}", pods.size());
    }
  }

  /**
   * Takes a switch binder and gives it every pod. What the switch lacks at the moment, the binder
   * brings about when it can.
   */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  synchronized void bindSwitch(SwitchBinder binder) {
    switchBinder = Optional.of(binder);
    switchSwept = false;
    restorer.execute(
        () -> {
          try {
            restore(binder);
            sweepOnceConnected(binder);
          } catch (InterruptedException e) {
            log.debug("event=switch-not-swept");
          } catch (RuntimeException e) {
            log.error("event=pods-not-restored reason=\"{}\"", e.getMessage(), e);
          }
        });
  }

  synchronized void unbindSwitch(SwitchBinder binder) {
    if (switchBinder.equals(Optional.of(binder))) {
      switchBinder = Optional.empty();
    }
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  synchronized void bindObserver(PodObserver observer) {
    observers.add(observer);
    for (Pod pod : pods()) {
      try {
        observer.attached(pod);
      } catch (RuntimeException e) {
        log.error("event=observer-failed pod={} observer={}", pod.name(), observer, e);
      }
    }
  }

  synchronized void unbindObserver(PodObserver observer) {
    observers.remove(observer);
  }

  @Override
  public List<Pod> pods() {
    return pods.values().stream().map(PodRecord::pod).toList();
  }

  @Override
  public Optional<Pod> pod(String name) {
    return Optional.ofNullable(pods.get(name)).map(PodRecord::pod);
  }

  @Override
  public List<String> differences(String name) {
    return Optional.ofNullable(pods.get(name))
        .map(this::differences)
        .orElseGet(() -> List.of("there is no pod '" + name + "'"));
  }

  private List<String> differences(PodRecord podRecord) {
    List<String> differences = new ArrayList<>(network.differences(podRecord));
    ingressQdisc.addDifferences(podRecord.pod(), differences);
    return differences;
  }

  @Override
  public synchronized Pod attach(PodRequest request) {
    long beganNs = System.nanoTime();
    PodRecord planned = plan(request);
    Deque<Undo> done = new ArrayDeque<>();
    try {
      Pod pod = carryOut(planned, request.assignment(), done);
      log.info(
          "event=pod-attached pod={} number={} namespace={} address={} mac={} switch_port={} took_us={}",
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

  @Override
  public synchronized boolean detach(String name) {
    long beganNs = System.nanoTime();
    PodRecord podRecord = pods.get(name);
    if (podRecord == null) {
      return false;
    }
    Pod pod = podRecord.pod();
    for (PodObserver observer : observers.reversed()) {
      tellDetached(observer, pod);
    }
    if (switchBinder.isPresent()) {
      removeFromSwitch(switchBinder.get(), pod);
    } else {
      leftOnSwitch.add(pod);
    }
    network.remove(pod, podRecord.ownsNamespace());
    try {
      ChannelFolder.remove(pod.channelSocket().getParent());
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
    log.info(
        "event=pod-detached pod={} number={} took_us={}",
        name,
        pod.number(),
        (System.nanoTime() - beganNs) / 1000);
    return true;
  }

  private Pod carryOut(PodRecord planned, PodAssignment assignment, Deque<Undo> done)
      throws IOException {
    Pod pod = planned.pod();
    SwitchBinder binder =
        switchBinder.orElseThrow(
            () ->
                new PodException(
                    "pod '"
                        + pod.name()
                        + "' can't be attached: no switch binder is active; see scr:list and the log"));
    sweepSwitch(binder);
    observers.forEach(observer -> observer.admit(pod));
    store.save(planned);
    done.push(() -> store.remove(pod.name()));
    network.createPair(pod, planned.ownsNamespace(), assignment.mtuOctets().orElse(settings.mtu()));
    done.push(() -> network.remove(pod, planned.ownsNamespace()));
    done.push(() -> removeFromSwitch(binder, pod));
    List<PodAssignment.Route> routes = network.configure(pod, assignment.routes());
    binder.addPodPort(pod.switchPort(), pod.mac(), pod.addresses());
    network.raiseSwitchPort(pod);
    binder.pin(pod.mac(), pod.switchPort());
    ingressQdisc.limit(pod);
    ChannelFolder.create(pod.channelSocket().getParent());
    done.push(() -> ChannelFolder.remove(pod.channelSocket().getParent()));
    long namespaceId = NetworkCommands.namespaceId(pod.networkNamespace()).orElse(0L);
    PodRecord complete = planned.complete(namespaceId, routes);
    for (PodObserver observer : observers) {
      observer.attached(pod);
      done.push(() -> tellDetached(observer, pod));
    }
    store.save(complete);
    pods.put(pod.name(), complete);
    return pod;
  }

  private static void undo(Pod pod, Deque<Undo> done) {
    for (Undo step : done) {
      try {
        step.run();
      } catch (RuntimeException | IOException e) {
        log.warn("event=undo-failed pod={} reason=\"{}\"", pod.name(), e.getMessage());
      }
    }
  }

  /** Checks a request and settles what it left open. */
  private PodRecord plan(PodRequest request) {
    String name = request.name();
    if (pods.containsKey(name)) {
      throw new PodException(
          "pod '"
              + name
              + "' is attached already; detach it (ktsn pod del "
              + name
              + "), or choose another name");
    }
    if (!request.interfaceName().matches("[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}")
        || request.interfaceName().equals("lo")) {
      throw new PodException(
          "'"
              + request.interfaceName()
              + "' is not a name for a pod's interface; use 1 to 15 letters, digits, '.', '_' or '-'");
    }
    int number = freeNumber();
    PodAssignment assignment = request.assignment();
    assignment.mtuOctets().ifPresent(this::checkMtu);
    Pod pod;
    try {
      assignment.routes().forEach(NodePods::checkRoute);
      pod =
          new Pod(
              name,
              number,
              request.networkNamespace().orElseGet(() -> settings.ownNamespace(name)),
              request.interfaceName(),
              freeSwitchPort(),
              checkedMac(request.mac().orElseGet(() -> derivedMac(name))),
              assignment.addresses().isEmpty()
                  ? List.of(address(request.address()))
                  : checkedAddresses(assignment.addresses()),
              settings.channelSocket(name),
              assignment.labels(),
              assignment.bandwidth(),
              assignment.ingressLimit(),
              assignment.priorities());
    } catch (IllegalArgumentException e) {
      throw new PodException(e.getMessage(), e);
    }
    int length = PodSettings.octets(pod.channelSocket());
    if (length > PodSettings.LONGEST_SOCKET_PATH) {
      throw new PodException(
          "the socket of pod '"
              + name
              + "', "
              + pod.channelSocket()
              + ", has "
              + length
              + " octets, too many for a Unix socket; give KTSNd a run directory (ktsn.run) with a"
              + " shorter path");
    }
    checkNamespace(pod.networkNamespace(), request.networkNamespace().isEmpty());
    return new PodRecord(pod, false, request.networkNamespace().isEmpty(), 0, List.of());
  }

  private static void checkNamespace(Path file, boolean toBeMade) {
    if (toBeMade) {
      if (Files.exists(file)) {
        throw new PodException(
            "network namespace "
                + file.getFileName()
                + " exists already; remove it (ip netns del "
                + file.getFileName()
                + "), or choose another name");
      }
      return;
    }
    if (!file.isAbsolute() || !file.toString().matches("[a-zA-Z0-9/._:@+-]+")) {
      throw new PodException(
          "'"
              + file
              + "' can't be taken for a network namespace; give an absolute path without blanks and quotes");
    }
    Optional<Long> id = NetworkCommands.namespaceId(file);
    if (id.isEmpty()) {
      throw new PodException(
          "network namespace " + file + " does not exist; has its container ended?");
    }
    if (id.equals(NetworkCommands.namespaceId(Path.of("/proc/self/ns/net")))) {
      throw new PodException(
          "network namespace "
              + file
              + " is the node's own; give a pod's, or none to have one made");
    }
  }

  /**
   * Returns a name for the switch's end that was not used lately: the switch knows interfaces by
   * name, and may take a new one for the old one of the same name as long as any part of it
   * remembers that.
   */
  private String freeSwitchPort() {
    Set<String> taken =
        pods.values().stream().map(record -> record.pod().switchPort()).collect(Collectors.toSet());
    String port;
    do {
      port = settings.switchPort(nextSwitchPort);
      nextSwitchPort = (nextSwitchPort + 1) % PodSettings.SWITCH_PORTS;
    } while (taken.contains(port));
    return port;
  }

  private int freeNumber() {
    Set<Integer> used = new HashSet<>();
    pods.values().forEach(podRecord -> used.add(podRecord.pod().number()));
    for (int number = 0; number < Pod.MAX_PODS; number++) {
      if (!used.contains(number)) {
        return number;
      }
    }
    throw new PodException(
        Pod.MAX_PODS + " pods are attached, and a node can't have more; detach some");
  }

  private MacAddress checkedMac(MacAddress mac) {
    if (mac.value() == 0 || (mac.value() >>> 40 & 1) != 0) {
      throw new PodException(
          "MAC address "
              + mac
              + " can't be an interface's; its first octet must be even, and not all may be 0");
    }
    for (Pod other : pods()) {
      if (other.mac().equals(mac)) {
        throw new PodException(
            "MAC address " + mac + " is in use by pod '" + other.name() + "'; choose another");
      }
    }
    return mac;
  }

  /** The same name on the same node has the same address each time. */
  private MacAddress derivedMac(String name) {
    String machine;
    try {
      machine = Files.readString(Path.of("/etc/machine-id")).strip();
    } catch (IOException e) {
      machine = "";
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (machine + "/" + settings.instance() + "/" + name)
                      .getBytes(StandardCharsets.UTF_8));
      // Locally administered, and not a group's.
      long value = (hash[0] & 0xfc) | 0x02;
      for (int octet = 1; octet < 6; octet++) {
        value = (value << 8) | (hash[octet] & 0xff);
      }
      return new MacAddress(value);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private void checkMtu(int octets) {
    if (octets < PodSettings.MTU_MIN || octets > settings.mtu()) {
      throw new PodException(
          "an MTU of "
              + octets
              + " is not in "
              + PodSettings.MTU_MIN
              + ".."
              + settings.mtu()
              + "; choose another, or raise 'mtu' of org.ktsn.pod");
    }
  }

  private static void checkRoute(PodAssignment.Route route) {
    Subnet.HostAddress.parse(route.destination());
    if (!route.gateway().isEmpty()) {
      Subnet.HostAddress.parse(route.gateway() + "/32");
    }
  }

  /** Checks what an address manager gave: it knows its subnet, but not what others gave. */
  private List<String> checkedAddresses(List<String> given) {
    Set<Integer> used = usedAddresses();
    List<String> checked = new ArrayList<>();
    for (String text : given) {
      Subnet.HostAddress address = Subnet.HostAddress.parse(text);
      if (!used.add(address.address())) {
        throw new PodException(
            "address "
                + address
                + " is in use by another pod, though its address manager gave it; give each network"
                + " a range of its own");
      }
      checked.add(address.toString());
    }
    return checked;
  }

  private Set<Integer> usedAddresses() {
    Set<Integer> used = new HashSet<>();
    for (Pod other : pods()) {
      for (String address : other.addresses()) {
        used.add(Subnet.HostAddress.parse(address).address());
      }
    }
    return used;
  }

  private String address(Optional<String> wanted) {
    Set<Integer> used = usedAddresses();
    if (wanted.isEmpty()) {
      return settings
          .subnet()
          .firstFree(used)
          .orElseThrow(
              () ->
                  new PodException(
                      "no address of "
                          + settings.subnet()
                          + " is free; detach pods, or widen 'subnet' of org.ktsn.pod"))
          .toString();
    }
    Subnet.HostAddress address = Subnet.HostAddress.parse(wanted.get());
    if (!settings.subnet().hasHost(address.address())
        || address.prefixLength() < settings.subnet().prefixLength()) {
      throw new PodException(
          "address "
              + address
              + " is not one of a host in the overlay "
              + settings.subnet()
              + "; choose one, or change 'subnet' of org.ktsn.pod");
    }
    if (used.contains(address.address())) {
      throw new PodException("address " + address + " is in use; choose another, or none");
    }
    return address.toString();
  }

  private static void tellDetached(PodObserver observer, Pod pod) {
    try {
      observer.detached(pod);
    } catch (RuntimeException e) {
      log.error("event=observer-failed pod={} observer={}", pod.name(), observer, e);
    }
  }

  private static void removeFromSwitch(SwitchBinder binder, Pod pod) {
    try {
      binder.unpin(pod.mac());
      binder.removePodPort(pod.switchPort());
    } catch (SwitchException e) {
      log.warn("event=switch-cleanup-failed pod={} reason=\"{}\"", pod.name(), e.getMessage());
    }
  }

  /** Reads the records of an earlier run, keeps the pods that live, and removes the rest. */
  private void takeUp() {
    try {
      List<PodRecord> records = store.load();
      Set<String> links = network.vethNames();
      for (PodRecord podRecord : records) {
        Pod pod = podRecord.pod();
        Optional<Long> id = NetworkCommands.namespaceId(pod.networkNamespace());
        if (podRecord.attached()
            && links.contains(pod.switchPort())
            && id.equals(Optional.of(podRecord.namespaceId()))) {
          ChannelFolder.create(pod.channelSocket().getParent());
          pods.put(pod.name(), podRecord);
          log.info("event=pod-taken-up pod={} number={}", pod.name(), pod.number());
        } else {
          log.warn(
              "event=pod-vanished pod={} reason=\"{}\"",
              pod.name(),
              podRecord.attached() ? "its namespace or interface is gone" : "never completed");
          forget(podRecord, id);
        }
      }
      sweep(links);
    } catch (IOException | PodException e) {
      log.error("event=pods-not-taken-up reason=\"{}\"", e.getMessage());
    }
  }

  private void forget(PodRecord podRecord, Optional<Long> id) throws IOException {
    Pod pod = podRecord.pod();
    // A namespace that took the place of the pod's is not ours to remove.
    boolean namespace =
        podRecord.ownsNamespace()
            && (podRecord.namespaceId() == 0 || id.equals(Optional.of(podRecord.namespaceId())));
    network.remove(pod, namespace);
    ChannelFolder.remove(pod.channelSocket().getParent());
    store.remove(pod.name());
    leftOnSwitch.add(pod);
  }

  /** Removes switch ports by our name that belong to no pod, as when the run directory was lost. */
  private void sweep(Set<String> links) {
    Set<String> known = new HashSet<>();
    pods().forEach(pod -> known.add(pod.switchPort()));
    leftOnSwitch.forEach(pod -> known.add(pod.switchPort()));
    for (String link : links) {
      if (settings.isSwitchPort(link) && !known.contains(link)) {
        log.warn("event=interface-swept interface={}", link);
        network.removeLink(link);
      }
    }
  }

  private void restore(SwitchBinder binder) {
    synchronized (this) {
      for (Pod gone : leftOnSwitch) {
        // Its port or its address may be another pod's by now.
        if (pods().stream().noneMatch(pod -> pod.mac().equals(gone.mac()))) {
          binder.unpin(gone.mac());
        }
        if (pods().stream().noneMatch(pod -> pod.switchPort().equals(gone.switchPort()))) {
          binder.removePodPort(gone.switchPort());
        }
      }
      leftOnSwitch.clear();
    }
    for (Pod pod : pods()) {
      synchronized (this) {
        if (!switchBinder.equals(Optional.of(binder)) || !pods.containsKey(pod.name())) {
          continue;
        }
        restore(pod, () -> binder.addPodPort(pod.switchPort(), pod.mac(), pod.addresses()));
        restore(pod, () -> binder.pin(pod.mac(), pod.switchPort()));
      }
    }
  }

  /** Asks the switch for something; if it is away, the binder keeps that in mind. */
  private static void restore(Pod pod, Runnable step) {
    try {
      step.run();
    } catch (SwitchException e) {
      log.warn("event=pod-off-switch pod={} reason=\"{}\"", pod.name(), e.getMessage());
    }
  }

  private void sweepOnceConnected(SwitchBinder binder) throws InterruptedException {
    while (!binder.status().connected()) {
      synchronized (this) {
        if (!switchBinder.equals(Optional.of(binder))) {
          return;
        }
      }
      TimeUnit.MILLISECONDS.sleep(SWITCH_POLL_MS);
    }
    synchronized (this) {
      sweepSwitch(binder);
    }
  }

  /**
   * Removes ports by our name from the switch that belong to no pod: those of pods that were
   * detached while the switch was away, by a KTSNd that ended before it came back. Once for each
   * binder, and before the first new port: it could have the name of an old one.
   */
  private void sweepSwitch(SwitchBinder binder) {
    SwitchStatus status = binder.status();
    if (switchSwept || !status.connected() || !switchBinder.equals(Optional.of(binder))) {
      return;
    }
    switchSwept = true;
    Set<String> known = new HashSet<>();
    pods().forEach(pod -> known.add(pod.switchPort()));
    for (SwitchStatus.SwitchPort port : status.ports()) {
      if (settings.isSwitchPort(port.name()) && !known.contains(port.name())) {
        log.warn("event=switch-port-swept port={}", port.name());
        binder.removePodPort(port.name());
      }
    }
  }

  private static PodSettings settings(BundleContext context, Config config) {
    NodeProperties node = NodeProperties.of(context);
    return new PodSettings(
        node.instance(), node.run(), Subnet.parse(config.subnet()), config.mtu(), Optional.empty());
  }
}
