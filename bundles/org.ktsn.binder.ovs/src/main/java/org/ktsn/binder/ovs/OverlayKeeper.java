package org.ktsn.binder.ovs;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the port of the tunnels, one for all nodes, and the rules that say which frame goes to
 * which node. Keeper's thread only.
 */
final class OverlayKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(OverlayKeeper.class);
  private static final String TYPE = "vxlan";

  /**
   * The number that the tunnels' port asks for, so that its rules are there before it: what came in
   * between would be forwarded, and learned from. Pods' ports have greater ones.
   */
  private static final int NUMBER = 0x3ff;

  /**
   * A frame that nobody takes: it goes to an address that no bridge forwards (IEEE 802.1Q-2022
   * table 8-1) and is of the type for experiments (IEEE 802 9.2.4).
   */
  private static final byte[] PROBE = {
    1, (byte) 0x80, (byte) 0xc2, 0, 0, 1, 2, 0, 0, 0, 0, 0, (byte) 0x88, (byte) 0xb5, 0, 0
  };

  private final OvsSettings settings;
  private final SwitchConnections connections;
  private OverlayRules rules = OverlayRules.NONE;

  OverlayKeeper(OvsSettings settings, SwitchConnections connections) {
    this.settings = settings;
    this.connections = connections;
  }

  /** Brings about what pods' frames are sent to, before they are. */
  void prepare(DesiredState.Snapshot wanted) throws IOException, InterruptedException {
    Optional<OverlayNetwork> network = wanted.overlay().network();
    if (network.isPresent()) {
      putRules(wanted);
      keepPort(options(network.get()));
      putRules(wanted);
    }
  }

  /** Brings the rest about, or takes all away when no pod's frame is sent there any more. */
  void keep(DesiredState.Snapshot wanted) throws IOException, InterruptedException {
    if (wanted.overlay().known()) {
      if (wanted.overlay().network().isEmpty()) {
        removePort();
      }
      putRules(wanted);
    }
  }

  /**
   * Has the switch find out the link addresses of the next hops to all nodes: it drops what it has
   * to send to one that it does not know yet, and a launched frame is not to be that.
   */
  void resolve() throws IOException {
    if (rules.network().isEmpty() || rules.tunnelPort() <= 0) {
      return;
    }
    OverlayNetwork network = rules.network().get();
    int port = rules.tunnelPort();
    List<IntFunction<ByteBuffer>> probes = new ArrayList<>();
    for (RemoteNode node : network.nodes()) {
      InetAddress to = node.tunnel();
      probes.add(
          xid -> OpenFlow.packetOut(xid, new Actions().tunnel(port, network.vni(), to), PROBE));
    }
    connections.flows().send(probes);
  }

  private void putRules(DesiredState.Snapshot wanted) throws IOException {
    Optional<OverlayNetwork> network = wanted.overlay().network();
    rules = rules(settings, connections.mirror().ports(settings.bridge()), wanted);
    if (connections.flows().put(rules)) {
      LOG.info(
          "event=overlay-rules-made network={} nodes={} tunnel-port={}",
          network.map(OverlayNetwork::name).orElse("none"),
          network.map(of -> of.nodes().size()).orElse(0),
          rules.tunnelPort());
      resolve();
    }
  }

  /** Returns the rules that are wanted where there are these ports. Any thread. */
  static OverlayRules rules(
      OvsSettings settings, Map<String, OvsdbMirror.Port> present, DesiredState.Snapshot wanted) {
    if (wanted.overlay().network().isEmpty()) {
      return OverlayRules.NONE;
    }
    int tunnelPort = PortKeeper.number(present.get(settings.tunnelPort()));
    return new OverlayRules(
        wanted.overlay().network(),
        tunnelPort > 0 ? tunnelPort : NUMBER,
        Math.max(0, PortKeeper.number(present.get(settings.port()))),
        PortKeeper.numbers(present, wanted.ports()));
  }

  private void keepPort(Map<String, String> options) throws IOException, InterruptedException {
    String name = settings.tunnelPort();
    OvsdbMirror.Port port = connections.mirror().ports(settings.bridge()).get(name);
    OvsdbTransaction change = new OvsdbTransaction();
    if (port == null) {
      change.addPort(settings.bridge(), name, TYPE, options, Map.of(), NUMBER);
    } else if (!port.iface().type().equals(TYPE) || !port.iface().options().equals(options)) {
      change.setInterface(port.iface().uuid(), TYPE, options);
    }
    if (change.size() > 0) {
      connections.configure(change);
    }
  }

  private void removePort() throws IOException, InterruptedException {
    OvsdbMirror.Port port =
        connections.mirror().ports(settings.bridge()).get(settings.tunnelPort());
    if (port != null) {
      OvsdbTransaction change = new OvsdbTransaction();
      change.removePort(settings.bridge(), port.uuid());
      connections.configure(change); // its rules are longer there than it
    }
  }

  /** One port for all: the rules say of each frame which network it is of and where it goes. */
  private static Map<String, String> options(OverlayNetwork network) {
    Map<String, String> options = new HashMap<>();
    options.put("remote_ip", "flow");
    options.put("key", "flow");
    options.put("local_ip", network.tunnel().getHostAddress());
    // So that the underlay's switches see of which class the frame inside is.
    options.put("tos", "inherit");
    return options;
  }
}
