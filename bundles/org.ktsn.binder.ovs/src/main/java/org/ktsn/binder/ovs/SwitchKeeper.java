package org.ktsn.binder.ovs;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
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
  private static final Logger LOG = LoggerFactory.getLogger(SwitchKeeper.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

  /** Bounds how long a switch that is back may go without its pins; an attempt costs little. */
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

  private final OvsSettings settings;
  private final DesiredState desired;
  private final SwitchCondition condition;
  private final SwitchConnections connections;
  private final BridgeKeeper bridge;
  private final PortKeeper ports;
  private final PinKeeper pins;
  private final OverlayKeeper overlay;
  private final ProgramReader program;
  private final LastingThread thread;

  // Keeper's thread only.
  private Duration pause = FIRST_PAUSE;
  private boolean configured;
  private long nextAuditNs = System.nanoTime();

  SwitchKeeper(OvsSettings settings, DesiredState desired, AwayMark mark) {
    this.settings = settings;
    this.desired = desired;
    this.condition = new SwitchCondition(settings, desired, mark);
    this.connections = new SwitchConnections(settings, condition::kick);
    this.bridge = new BridgeKeeper(settings, connections);
    this.ports = new PortKeeper(settings, desired, connections);
    this.pins = new PinKeeper(settings, desired, connections, ports);
    this.overlay = new OverlayKeeper(settings, connections);
    this.program = new ProgramReader(settings, desired, connections);
    this.thread = new LastingThread(Thread.ofPlatform().daemon(), "ktsn-ovs", this::turn);
  }

  void start() {
    thread.start();
  }

  /** Has the keeper look. Any thread. */
  void kick() {
    condition.kick();
  }

  /** See {@link SwitchCondition#awaitSettled}. */
  Optional<String> awaitSettled(long revision, Duration grace) {
    return condition.awaitSettled(revision, grace);
  }

  /** Says what has been the matter with the switch for at least so long. Any thread. */
  Optional<String> trouble(Duration patience) {
    return condition.trouble(patience);
  }

  /** Returns what the switch has now. Any thread. */
  SwitchStatus status() {
    if (!connections.areOpen()) {
      return new SwitchStatus(false, "", settings.bridge(), List.of());
    }
    List<SwitchPort> shown =
        connections.mirror().ports(settings.bridge()).values().stream()
            .map(port -> describe(port.iface()))
            .sorted(Comparator.comparing(SwitchPort::name))
            .toList();
    return new SwitchStatus(
        condition.isWell(), connections.daemon().version(), settings.bridge(), shown);
  }

  /**
   * Returns how many frames of each pod's port were dropped for what they said of their sender. Any
   * thread.
   */
  Map<String, Long> droppedFrames() {
    Map<String, Long> dropped = new HashMap<>();
    Optional<SwitchFlows> table = connections.openFlows();
    if (table.isEmpty()) {
      return dropped;
    }
    try {
      Map<Integer, Long> byNumber = table.get().dropped();
      for (OvsdbMirror.Port port : connections.mirror().ports(settings.bridge()).values()) {
        Long count = byNumber.get(port.iface().ofport());
        if (count != null) {
          dropped.put(port.name(), count);
        }
      }
    } catch (IOException e) {
      LOG.debug("event=rules-not-read reason=\"{}\"", e.getMessage());
    }
    return dropped;
  }

  /**
   * Returns what is programmed. Any thread.
   *
   * @throws IOException if the switch is away
   */
  SwitchProgram program() throws IOException {
    return program.read();
  }

  private SwitchPort describe(OvsdbMirror.Interface iface) {
    return new SwitchPort(
        iface.name(),
        iface.type().isEmpty() ? "system" : iface.type(),
        iface.ofport() > 0 ? iface.ofport() : -1,
        iface.linkUp(),
        iface.error(),
        pins.pinnedTo(iface));
  }

  /** Ends the keeper; the switch stays as it is. */
  @Override
  public void close() {
    thread.stop();
    condition.stop();
    thread.interrupt();
    try {
      if (!thread.join(Duration.ofSeconds(5))) {
        LOG.error("event=keeper-stuck bridge={} action=left-behind", settings.bridge());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connections.close();
  }

  private void turn() throws InterruptedException {
    try {
      if (connections.connect(pins::forget)) {
        configured = false;
      }
      keep();
      condition.well(connections.daemon().version());
      pause = FIRST_PAUSE;
      condition.awaitKick(settings.auditInterval());
    } catch (IOException | SwitchException e) {
      // What was asked of the switch may be on its way still; the next pass waits for it first.
      configured = false;
      condition.away(e.getMessage());
      condition.pause(pause);
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    } catch (RuntimeException | Error e) {
      // Nobody knows how far it came: begin anew, from what the switch says.
      configured = false;
      connections.close();
      condition.away(
          "the keeper of bridge "
              + settings.bridge()
              + " failed ("
              + e
              + ") and tries again; the log says more");
      throw e;
    }
  }

  /** One pass: finds what differs, corrects it, and says which desires are met. */
  private void keep() throws IOException, InterruptedException {
    DesiredState.Snapshot wanted = desired.snapshot();
    if (!configured) {
      // What the database says of ports may be left over from a daemon that is gone; after this it
      // is the present one's word.
      connections.configure(new OvsdbTransaction());
      ports.begin();
      configured = true;
    }
    bridge.checkDpdk();
    bridge.keep();
    connections.connectFlows();
    overlay.prepare(wanted);
    ports.keep(wanted);
    overlay.keep(wanted);
    ports.forgetRules(wanted);
    ports.noteErrors();
    audit();
    pins.keep(wanted);
    desired.settle(wanted);
    if (desired.hasWork()) {
      kick();
    }
  }

  /** Asks the switch now and then for what it tells nobody. */
  private void audit() throws IOException {
    if (System.nanoTime() - nextAuditNs < 0) {
      return;
    }
    connections.probe();
    pins.audit();
    connections.flows().read();
    overlay.resolve();
    nextAuditNs = System.nanoTime() + settings.auditInterval().toNanos();
  }
}
