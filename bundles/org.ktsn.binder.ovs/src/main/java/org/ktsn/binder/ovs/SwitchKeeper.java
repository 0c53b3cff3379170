package org.ktsn.binder.ovs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.runtime.LastingThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the switch as it is desired: one thread that compares and corrects, after each change of
 * the desires, of the switch's database and of its connections.
 *
 * <p>There is one way to everything: the first set-up, a pod's port, a switch that restarted and a
 * bridge that somebody deleted are all differences between what is wanted and what is there.
 */
final class SwitchKeeper implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(SwitchKeeper.class);

  private static final String VHOST_TYPE = "dpdkvhostuserclient";

  /**
   * Ports changed in one transaction. Bounds the request, so that it always fits the socket's
   * buffer.
   */
  private static final int BATCH = 32;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

  /** Bounds how long a switch that is back may go without its pins; an attempt costs little. */
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

  /** A forwarding entry as it was made: gone when the interface is another one. */
  private record Pin(String port, String interfaceUuid, int ofport) {
    static Pin to(OvsdbMirror.Interface iface) {
      return new Pin(iface.name(), iface.uuid(), iface.ofport());
    }
  }

  private final OvsSettings settings;
  private final DesiredState desired;
  private final LastingThread thread;

  /** Guards {@code kicked}, {@code stopped}, {@code problem} and {@code awaySinceNs}. */
  private final Object lock = new Object();

  private boolean kicked;
  private boolean stopped;
  private String problem;
  private long awaySinceNs = System.nanoTime();

  private volatile OvsdbSession database;
  private volatile SwitchDaemon daemon;
  private volatile SwitchFlows flows;
  private final Map<MacAddress, Pin> programmed = new ConcurrentHashMap<>();

  // Keeper's thread only.
  private Duration pause = FIRST_PAUSE;
  private boolean configured;

  /** The configuration that contains the latest removal of ports. */
  private long removal;

  private boolean bridgeSeen;
  private final Set<String> portsSeen = new HashSet<>();
  private final Map<String, String> errorsSeen = new HashMap<>();

  private final PortRules rules = new PortRules();
  private long nextAuditNs = System.nanoTime();

  SwitchKeeper(OvsSettings settings, DesiredState desired) {
    this.settings = settings;
    this.desired = desired;
    this.problem = "Open vSwitch in " + settings.runDirectory() + " has not answered yet";
    this.thread = new LastingThread(Thread.ofPlatform().daemon(), "ktsn-ovs", this::turn);
  }

  void start() {
    thread.start();
  }

  /** Has the keeper look; any thread. */
  void kick() {
    synchronized (lock) {
      kicked = true;
      lock.notifyAll();
    }
  }

  /**
   * Waits until what was asked for up to a revision is done, or the switch has been away for too
   * long. Any thread but the keeper's.
   *
   * @param grace how long the switch may be away
   * @return empty if it is done, else what is the matter
   */
  Optional<String> awaitSettled(long revision, Duration grace) {
    long deadlineNs = System.nanoTime() + 2 * settings.answerLimit().toNanos();
    synchronized (lock) {
      while (!desired.isSettled(revision)) {
        long nowNs = System.nanoTime();
        long untilNs = deadlineNs;
        if (!problem.isEmpty()) {
          untilNs = Math.min(untilNs, awaySinceNs + grace.toNanos());
        }
        if (stopped) {
          return Optional.of("KTSNd is about to stop");
        }
        if (untilNs - nowNs <= 0) {
          return Optional.of(
              problem.isEmpty() ? "Open vSwitch did not carry it out in time" : problem);
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, untilNs - nowNs);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return Optional.of("the wait for Open vSwitch was interrupted");
        }
      }
      return Optional.empty();
    }
  }

  /** Returns what the switch has now. */
  SwitchStatus status() {
    OvsdbSession session = database;
    SwitchDaemon control = daemon;
    boolean reachable = session != null && session.isOpen() && control != null && control.isOpen();
    if (!reachable) {
      return new SwitchStatus(false, "", settings.bridge(), List.of());
    }
    List<SwitchPort> ports =
        session.mirror().ports(settings.bridge()).values().stream()
            .map(port -> describe(port.iface()))
            .sorted(Comparator.comparing(SwitchPort::name))
            .toList();
    boolean well;
    synchronized (lock) {
      well = problem.isEmpty();
    }
    return new SwitchStatus(well, control.version(), settings.bridge(), ports);
  }

  /** Returns how many frames of each pod's port were dropped for what they said of their sender. */
  Map<String, Long> droppedFrames() {
    OvsdbSession session = database;
    SwitchFlows table = flows;
    Map<String, Long> dropped = new HashMap<>();
    if (session == null || table == null || !table.isOpen()) {
      return dropped;
    }
    try {
      Map<Integer, Long> byNumber = table.dropped();
      for (OvsdbMirror.Port port : session.mirror().ports(settings.bridge()).values()) {
        Long count = byNumber.get(port.iface().ofport());
        if (count != null) {
          dropped.put(port.name(), count);
        }
      }
    } catch (IOException e) {
      log.debug("event=rules-not-read reason=\"{}\"", e.getMessage());
    }
    return dropped;
  }

  private SwitchPort describe(OvsdbMirror.Interface iface) {
    Pin pin = Pin.to(iface);
    List<String> pinned =
        programmed.entrySet().stream()
            .filter(entry -> entry.getValue().equals(pin))
            .map(entry -> entry.getKey().toString())
            .sorted()
            .toList();
    return new SwitchPort(
        iface.name(),
        iface.type().isEmpty() ? "system" : iface.type(),
        iface.ofport() > 0 ? iface.ofport() : -1,
        iface.linkUp(),
        iface.error(),
        pinned);
  }

  /** Ends the keeper; the switch stays as it is. */
  @Override
  public void close() {
    thread.stop();
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
    }
    thread.interrupt();
    try {
      if (!thread.join(Duration.ofSeconds(5))) {
        log.error("event=keeper-stuck bridge={} action=left-behind", settings.bridge());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    disconnect();
  }

  private void turn() throws InterruptedException {
    try {
      connect();
      keep();
      wellAgain();
      pause = FIRST_PAUSE;
      awaitKick(settings.auditInterval());
    } catch (IOException | SwitchException e) {
      // What was asked of the switch may be on its way still; the next pass waits for it first.
      configured = false;
      trouble(e.getMessage());
      pause(pause);
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    } catch (RuntimeException | Error e) {
      // Nobody knows how far it came: begin anew, from what the switch says.
      configured = false;
      disconnect();
      trouble(
          "the keeper of bridge "
              + settings.bridge()
              + " failed ("
              + e
              + ") and tries again; the log says more");
      throw e;
    }
  }

  private void awaitKick(Duration limit) throws InterruptedException {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    synchronized (lock) {
      while (!kicked && !stopped) {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
      }
      kicked = false;
    }
  }

  private void pause(Duration length) throws InterruptedException {
    long deadlineNs = System.nanoTime() + length.toNanos();
    synchronized (lock) {
      while (!stopped) {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
      }
    }
  }

  private void trouble(String message) {
    synchronized (lock) {
      if (stopped) {
        return;
      }
      if (problem.isEmpty()) {
        awaySinceNs = System.nanoTime();
      }
      if (!problem.equals(message)) {
        log.warn("event=switch-away bridge={} reason=\"{}\"", settings.bridge(), message);
      }
      problem = message;
      lock.notifyAll();
    }
  }

  private void wellAgain() {
    synchronized (lock) {
      if (!problem.isEmpty()) {
        log.info(
            "event=switch-ready version={} bridge={} port={}",
            daemon.version(),
            settings.bridge(),
            settings.port());
        problem = "";
      }
      lock.notifyAll();
    }
  }

  private void disconnect() {
    OvsdbSession session = database;
    if (session != null) {
      session.close();
    }
    SwitchDaemon control = daemon;
    if (control != null) {
      control.close();
    }
    SwitchFlows table = flows;
    if (table != null) {
      table.close();
    }
  }

  private void connect() throws IOException {
    if (database == null || !database.isOpen()) {
      try {
        database = OvsdbSession.open(settings.databaseSocket(), settings.answerLimit(), this::kick);
      } catch (IOException e) {
        throw new SwitchException(
            "Open vSwitch's database does not answer at "
                + settings.databaseSocket()
                + " ("
                + reason(e)
                + "); start it with 'ktsn up', or set ovs.run.directory of org.ktsn.binder.ovs",
            e);
      }
      configured = false;
    }
    if (daemon == null || !daemon.isOpen()) {
      programmed.clear();
      if (flows != null) {
        flows.close();
      }
      configured = false;
      OvsdbSession session = database;
      try {
        daemon =
            SwitchDaemon.open(
                settings.runDirectory(),
                settings.answerLimit(),
                () -> {
                  session.mirror().wake();
                  kick();
                });
      } catch (IOException e) {
        throw new SwitchException(
            "ovs-vswitchd in "
                + settings.runDirectory()
                + " does not answer ("
                + reason(e)
                + "); start it with 'ktsn up' and see "
                + settings.runDirectory().resolve("ovs-vswitchd.log"),
            e);
      }
    }
    if (!daemon.canPin()) {
      throw new SwitchException(
          "Open vSwitch "
              + daemon.version()
              + " can't pin addresses to ports; install version 2.16 or later");
    }
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException missing
        ? missing.getFile() + " does not exist"
        : String.valueOf(e.getMessage());
  }

  /** One pass: finds what differs, corrects it, and says which desires are met. */
  private void keep() throws IOException, InterruptedException {
    OvsdbMirror mirror = database.mirror();
    DesiredState.Snapshot wanted = desired.snapshot();
    if (!configured) {
      // What the database says of ports may be left over from a daemon that is gone; after this it
      // is
      // the present one's word.
      configure(new OvsdbTransaction());
      removal = 0;
      configured = true;
    }
    checkDpdk(mirror.root());
    keepBridge(mirror);
    connectFlows(mirror);
    keepPorts(mirror, wanted);
    if (mirror.root().curCfg() >= removal) {
      rules.forget(flows, mirror.ports(settings.bridge()), wanted.ports().keySet());
    }
    noteErrors(mirror);
    audit();
    keepPins(mirror, wanted);
    desired.settle(wanted);
    if (desired.hasWork()) {
      kick();
    }
  }

  private void checkDpdk(OvsdbMirror.Root root) {
    if (!root.interfaceTypes().contains(VHOST_TYPE)) {
      throw new SwitchException(
          "the Open vSwitch in "
              + settings.runDirectory()
              + " knows no ports of type "
              + VHOST_TYPE
              + "; install one built with DPDK: apt-get install openvswitch-switch-dpdk");
    }
    if (!root.dpdkInitialized()) {
      throw new SwitchException(
          "the Open vSwitch in "
              + settings.runDirectory()
              + " runs without DPDK; run: ovs-vsctl --db=unix:"
              + settings.databaseSocket()
              + " set Open_vSwitch . other_config:dpdk-init=true other_config:dpdk-extra=--no-pci"
              + " and restart ovs-vswitchd");
    }
  }

  private void keepBridge(OvsdbMirror mirror) throws IOException, InterruptedException {
    Optional<OvsdbMirror.Bridge> bridge = mirror.bridge(settings.bridge());
    if (bridge.isPresent() && !bridge.get().datapathType().equals("netdev")) {
      throw new SwitchException(
          "bridge "
              + settings.bridge()
              + " has the datapath type '"
              + bridge.get().datapathType()
              + "', and DPDK ports need 'netdev'; set it, or choose another bridge in org.ktsn.binder.ovs");
    }
    Map<String, String> vhostOptions =
        Map.of("vhost-server-path", settings.vhostSocket().toString(), "tx-retries-max", "0");
    Optional<OvsdbMirror.Port> port =
        Optional.ofNullable(mirror.ports(settings.bridge()).get(settings.port()));
    OvsdbTransaction change = new OvsdbTransaction();
    if (bridge.isEmpty()) {
      if (bridgeSeen) {
        log.warn("event=bridge-gone bridge={} remedy=\"made anew\"", settings.bridge());
      }
      change.addBridge(settings.bridge());
    }
    if (port.isEmpty()) {
      String other = mirror.portsElsewhere(settings.bridge()).get(settings.port());
      if (other != null) {
        throw new SwitchException(
            "port "
                + settings.port()
                + " belongs to bridge "
                + other
                + "; remove it there, or choose another port in org.ktsn.binder.ovs");
      }
      if (portsSeen.contains(settings.port()) && bridge.isPresent()) {
        log.warn("event=port-gone port={} remedy=\"made anew\"", settings.port());
      }
      change.addPort(settings.bridge(), settings.port(), VHOST_TYPE, vhostOptions, Map.of(), 0);
    } else if (!port.get().iface().type().equals(VHOST_TYPE)
        || !port.get().iface().options().entrySet().containsAll(vhostOptions.entrySet())) {
      change.setInterface(port.get().iface().uuid(), VHOST_TYPE, vhostOptions);
    }
    if (change.size() > 0) {
      configure(change);
    }
    bridgeSeen = true;
    portsSeen.add(settings.port());
  }

  /** Connects to the bridge's flow table; a bridge that KTSN made lets nothing through without. */
  private void connectFlows(OvsdbMirror mirror) throws IOException {
    if (flows == null || !flows.isOpen()) {
      Path socket = settings.flowSocket();
      try {
        flows = SwitchFlows.open(socket, settings.answerLimit(), this::kick);
      } catch (IOException e) {
        throw new SwitchException(
            "bridge "
                + settings.bridge()
                + " takes no OpenFlow at "
                + socket
                + " ("
                + reason(e)
                + "); see "
                + settings.runDirectory().resolve("ovs-vswitchd.log"),
            e);
      }
    }
    if (mirror.bridge(settings.bridge()).map(OvsdbMirror.Bridge::own).orElse(false)) {
      flows.forwardRest();
    }
  }

  private void keepPorts(OvsdbMirror mirror, DesiredState.Snapshot wanted)
      throws IOException, InterruptedException {
    Map<String, OvsdbMirror.Port> present = mirror.ports(settings.bridge());
    removePorts(present, wanted.goners());
    rules.keep(flows, present, wanted.ports());
    addPorts(mirror, present, wanted.ports());
    Map<String, OvsdbMirror.Port> now = mirror.ports(settings.bridge());
    rules.keep(flows, now, wanted.ports());
    for (String name : wanted.ports().keySet()) {
      OvsdbMirror.Port port = now.get(name);
      if (port == null) {
        continue;
      }
      if (port.iface().ofport() > 0) {
        portsSeen.add(name);
      } else if (!portsSeen.contains(name)) {
        String error = port.iface().error();
        desired.refusePort(name, error.isEmpty() ? "it could not be opened" : error);
      }
    }
  }

  /** Removes ports, and leaves the daemon to it: nobody needs wait, but who adds a port next. */
  private void removePorts(Map<String, OvsdbMirror.Port> present, Set<String> goners)
      throws IOException {
    portsSeen.removeAll(goners);
    List<String> there = goners.stream().filter(present::containsKey).toList();
    for (int first = 0; first < there.size(); first += BATCH) {
      OvsdbTransaction change = new OvsdbTransaction();
      for (String name : there.subList(first, Math.min(first + BATCH, there.size()))) {
        change.removePort(settings.bridge(), present.get(name).uuid());
      }
      removal = commit(change);
    }
  }

  private void addPorts(
      OvsdbMirror mirror,
      Map<String, OvsdbMirror.Port> present,
      Map<String, DesiredState.Source> ports)
      throws IOException, InterruptedException {
    Map<String, String> elsewhere = mirror.portsElsewhere(settings.bridge());
    List<String> missing = new ArrayList<>();
    for (String name : ports.keySet()) {
      if (present.containsKey(name)) {
        continue;
      }
      if (elsewhere.containsKey(name)) {
        desired.refusePort(
            name, "it belongs to bridge " + elsewhere.get(name) + "; remove it there");
        continue;
      }
      if (portsSeen.contains(name)) {
        log.warn("event=port-gone port={} remedy=\"made anew\"", name);
      }
      missing.add(name);
    }
    if (missing.isEmpty()) {
      return;
    }
    // Removed and added again in one go, a port would keep the interface that it had before, though
    // there may be another one by its name.
    awaitConfigured(removal);
    for (int first = 0; first < missing.size(); first += BATCH) {
      List<String> batch = missing.subList(first, Math.min(first + BATCH, missing.size()));
      OvsdbTransaction change = new OvsdbTransaction();
      rules
          .prepare(flows, present, batch, ports)
          .forEach(
              (name, number) ->
                  change.addPort(
                      settings.bridge(),
                      name,
                      "",
                      Map.of(),
                      Map.of("priority-tags", "if-nonzero"),
                      number));
      configure(change);
    }
  }

  /** Says it in the log, once, when the switch can't open a port, and when it can again. */
  private void noteErrors(OvsdbMirror mirror) {
    for (OvsdbMirror.Port port : mirror.ports(settings.bridge()).values()) {
      String error = port.iface().error();
      String before = error.isEmpty() ? errorsSeen.remove(port.name()) : null;
      if (!error.isEmpty() && !error.equals(errorsSeen.put(port.name(), error))) {
        log.warn("event=port-failed port={} reason=\"{}\"", port.name(), error);
      } else if (before != null) {
        log.info("event=port-well port={}", port.name());
      }
    }
  }

  /** Compares the forwarding entries with what they should be: they live in the daemon alone. */
  private void audit() throws IOException {
    if (System.nanoTime() - nextAuditNs < 0) {
      return;
    }
    database.probe();
    Map<MacAddress, Integer> there = daemon.pinned(settings.bridge());
    programmed.forEach(
        (mac, pin) -> {
          if (!Integer.valueOf(pin.ofport()).equals(there.get(mac))) {
            programmed.remove(mac);
            log.warn("event=pin-lost mac={} port={} remedy=\"made anew\"", mac, pin.port());
          }
        });
    flows.read();
    nextAuditNs = System.nanoTime() + settings.auditInterval().toNanos();
  }

  private void keepPins(OvsdbMirror mirror, DesiredState.Snapshot wanted) throws IOException {
    for (MacAddress mac : wanted.unpinned()) {
      daemon.unpin(settings.bridge(), mac);
    }
    programmed.keySet().retainAll(wanted.pins().keySet());
    Map<String, OvsdbMirror.Port> ports = mirror.ports(settings.bridge());
    for (Map.Entry<MacAddress, String> entry : wanted.pins().entrySet()) {
      MacAddress mac = entry.getKey();
      String name = entry.getValue();
      OvsdbMirror.Port port = ports.get(name);
      if (port == null || port.iface().ofport() <= 0) {
        programmed.remove(mac);
        // A port that was there before will be there again, and its pin with it.
        if (!portsSeen.contains(name)) {
          desired.refusePin(mac, name, "bridge " + settings.bridge() + " has no such port");
        }
        continue;
      }
      Pin pin = Pin.to(port.iface());
      if (pin.equals(programmed.get(mac))) {
        continue;
      }
      try {
        daemon.pin(settings.bridge(), name, mac);
        programmed.put(mac, pin);
      } catch (JsonRpcConnection.RemoteErrorException e) {
        desired.refusePin(mac, name, e.getMessage());
      }
    }
  }

  /** Carries out a change and waits until the switch's daemon has taken it up. */
  private void configure(OvsdbTransaction change) throws IOException, InterruptedException {
    awaitConfigured(commit(change));
  }

  /** Commits a change to the database; returns the number of the configuration that contains it. */
  private long commit(OvsdbTransaction change) throws IOException {
    change.requestConfiguration();
    try {
      return database.transact(change);
    } catch (OvsdbSession.RefusedException e) {
      throw new SwitchException(
          "Open vSwitch's database refused a change of bridge "
              + settings.bridge()
              + " ("
              + e.getMessage()
              + "); see what else works on it, and "
              + settings.runDirectory().resolve("ovsdb-server.log"),
          e);
    }
  }

  private void awaitConfigured(long number) throws IOException, InterruptedException {
    OvsdbSession session = database;
    SwitchDaemon control = daemon;
    OvsdbMirror mirror = session.mirror();
    boolean over =
        mirror.await(
            () -> mirror.root().curCfg() >= number || !session.isOpen() || !control.isOpen(),
            settings.answerLimit());
    if (mirror.root().curCfg() >= number) {
      return;
    }
    throw new IOException(
        over
            ? "Open vSwitch in " + settings.runDirectory() + " went away"
            : "ovs-vswitchd in "
                + settings.runDirectory()
                + " did not take up a change within "
                + settings.answerLimit().toMillis()
                + " ms; see "
                + settings.runDirectory().resolve("ovs-vswitchd.log"));
  }
}
