package org.ktsn.binder.ovs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ktsn.api.pod.MacAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the pods' ports on the bridge, and the rules about what may come from each. Keeper's thread
 * only.
 */
final class PortKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(PortKeeper.class);

  /**
   * Ports changed in one transaction. Bounds the request, so that it always fits the socket's
   * buffer.
   */
  private static final int BATCH = 32;

  private final OvsSettings settings;
  private final DesiredState desired;
  private final SwitchConnections connections;
  private final PortRules rules = new PortRules();
  private final Set<String> seen = new HashSet<>();
  private final Map<String, String> errorsSeen = new HashMap<>();

  /** The configuration that contains the latest removal of ports. */
  private long removal;

  PortKeeper(OvsSettings settings, DesiredState desired, SwitchConnections connections) {
    this.settings = settings;
    this.desired = desired;
    this.connections = connections;
  }

  /** Forgets what the switch was still to do: it has been asked for its present state. */
  void begin() {
    removal = 0;
  }

  /** Tells whether a port has been on the bridge: if it is not, it will be there again. */
  boolean hasSeen(String name) {
    return name.equals(settings.port()) || seen.contains(name);
  }

  /** Removes ports that should be gone, and adds those that are missing, behind their rules. */
  void keep(DesiredState.Snapshot wanted) throws IOException, InterruptedException {
    OvsdbMirror mirror = connections.mirror();
    Map<String, OvsdbMirror.Port> present = mirror.ports(settings.bridge());
    boolean overlay = wanted.overlay().network().isPresent();
    removePorts(present, wanted.goners());
    rules.keep(connections.flows(), present, wanted.ports(), overlay);
    addPorts(mirror, present, wanted.ports(), overlay);
    Map<String, OvsdbMirror.Port> now = mirror.ports(settings.bridge());
    rules.keep(connections.flows(), now, wanted.ports(), overlay);
    keepTagged(now, wanted.ports());
    for (String name : wanted.ports().keySet()) {
      OvsdbMirror.Port port = now.get(name);
      if (port == null) {
        continue;
      }
      if (port.iface().ofport() > 0) {
        seen.add(name);
      } else if (!seen.contains(name)) {
        String error = port.iface().error();
        desired.refusePort(name, error.isEmpty() ? "it could not be opened" : error);
      }
    }
  }

  private void keepTagged(
      Map<String, OvsdbMirror.Port> present, Map<String, DesiredState.Source> ports)
      throws IOException {
    int own = number(present.get(settings.port()));
    if (own > 0) {
      connections.flows().put(new TagRules(own, numbers(present, ports)));
    }
  }

  /** Returns the OpenFlow number of each pod's port, by the pod's address. */
  static Map<MacAddress, Integer> numbers(
      Map<String, OvsdbMirror.Port> present, Map<String, DesiredState.Source> ports) {
    Map<MacAddress, Integer> pods = new HashMap<>();
    ports.forEach(
        (name, source) -> {
          int number = number(present.get(name));
          if (number > 0) {
            pods.put(source.mac(), number);
          }
        });
    return pods;
  }

  /** Returns a port's OpenFlow number; 0 or less if it has none. */
  static int number(OvsdbMirror.Port port) {
    return port == null ? 0 : port.iface().ofport();
  }

  /** Removes ports, and leaves the daemon to it: nobody needs wait, but who adds a port next. */
  private void removePorts(Map<String, OvsdbMirror.Port> present, Set<String> goners)
      throws IOException {
    seen.removeAll(goners);
    List<String> there = goners.stream().filter(present::containsKey).toList();
    for (int first = 0; first < there.size(); first += BATCH) {
      OvsdbTransaction change = new OvsdbTransaction();
      for (String name : there.subList(first, Math.min(first + BATCH, there.size()))) {
        change.removePort(settings.bridge(), present.get(name).uuid());
      }
      removal = connections.commit(change);
    }
  }

  private void addPorts(
      OvsdbMirror mirror,
      Map<String, OvsdbMirror.Port> present,
      Map<String, DesiredState.Source> ports,
      boolean overlay)
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
      if (seen.contains(name)) {
        LOG.warn("event=port-gone port={} remedy=\"made anew\"", name);
      }
      missing.add(name);
    }
    if (missing.isEmpty()) {
      return;
    }
    // Removed and added again in one go, a port would keep the interface that it had before, though
    // there may be another one by its name.
    connections.awaitConfigured(removal);
    for (int first = 0; first < missing.size(); first += BATCH) {
      List<String> batch = missing.subList(first, Math.min(first + BATCH, missing.size()));
      OvsdbTransaction change = new OvsdbTransaction();
      rules
          .prepare(connections.flows(), present, batch, ports, overlay)
          .forEach(
              (name, number) ->
                  change.addPort(
                      settings.bridge(),
                      name,
                      "",
                      Map.of(),
                      Map.of("priority-tags", "if-nonzero"),
                      number));
      connections.configure(change);
    }
  }

  /** Says it in the log, once, when the switch can't open a port, and when it can again. */
  void noteErrors() {
    for (OvsdbMirror.Port port : connections.mirror().ports(settings.bridge()).values()) {
      String error = port.iface().error();
      String before = error.isEmpty() ? errorsSeen.remove(port.name()) : null;
      if (!error.isEmpty() && !error.equals(errorsSeen.put(port.name(), error))) {
        LOG.warn("event=port-failed port={} reason=\"{}\"", port.name(), error);
      } else if (before != null) {
        LOG.info("event=port-well port={}", port.name());
      }
    }
  }

  /** Removes the rules of ports that are no more, once the switch has let go of these. */
  void forgetRules(DesiredState.Snapshot wanted) throws IOException {
    OvsdbMirror mirror = connections.mirror();
    if (mirror.root().curCfg() >= removal) {
      rules.forget(connections.flows(), mirror.ports(settings.bridge()), wanted.ports().keySet());
    }
  }
}
