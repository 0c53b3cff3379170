package org.ktsn.binder.ovs;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchProgram.Drop;
import org.ktsn.api.binder.SwitchProgram.Node;
import org.ktsn.api.binder.SwitchProgram.PodPort;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.binder.ovs.Meaning.Purpose;

/**
 * Puts together what is wanted of the switch and what it has, with what it has counted. It asks
 * beside the keeper, so that what is being changed at this moment may be told as a difference. Any
 * thread.
 */
final class ProgramReader {
  private final OvsSettings settings;
  private final DesiredState desired;
  private final SwitchConnections connections;

  ProgramReader(OvsSettings settings, DesiredState desired, SwitchConnections connections) {
    this.settings = settings;
    this.desired = desired;
    this.connections = connections;
  }

  /**
   * Reads it.
   *
   * @throws IOException if the switch is away
   */
  SwitchProgram read() throws IOException {
    Optional<SwitchFlows> flows = connections.openFlows();
    if (!connections.areOpen() || flows.isEmpty()) {
      throw new IOException("it is not connected");
    }
    DesiredState.Snapshot wanted = desired.snapshot();
    return new Reading(wanted, flows.get().counts()).program();
  }

  /** One reading. One thread. */
  private final class Reading {
    private final DesiredState.Snapshot wanted;
    private final SwitchFlows.Counts counts;
    private final Map<String, OvsdbMirror.Port> present =
        connections.mirror().ports(settings.bridge());
    private final List<Drop> drops = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();

    Reading(DesiredState.Snapshot wanted, SwitchFlows.Counts counts) {
      this.wanted = wanted;
      this.counts = counts;
    }

    SwitchProgram program() throws IOException {
      List<PodPort> ports = podPorts();
      lookForPins();
      OverlayRules rules = OverlayKeeper.rules(settings, present, wanted);
      List<SwitchProgram.RemotePod> remote = remotePods(rules);
      return new SwitchProgram(
          ports,
          nodes(),
          remote,
          drops,
          differences,
          connections.daemon().moved(settings.bridge()));
    }

    private List<PodPort> podPorts() {
      List<PodPort> ports = new ArrayList<>();
      boolean overlay = wanted.overlay().network().isPresent();
      new TreeMap<>(wanted.ports())
          .forEach(
              (name, source) -> {
                int number = PortKeeper.number(present.get(name));
                if (number > 0) {
                  ports.add(podPort(name, source.on(number, overlay)));
                } else {
                  differences.add("port " + name + " of a pod is not on the bridge");
                }
              });
      return ports;
    }

    private PodPort podPort(String name, SourceRules rules) {
      int there = 0;
      long letThrough = 0;
      long untrue = 0;
      long discovery = 0;
      for (OpenFlow.Counted rule : counts.ofPorts()) {
        if (rule.cookie() == rules.permitCookie()) {
          letThrough += rule.packets();
        } else if (rule.cookie() != rules.dropCookie()) {
          continue;
        } else if (SourceRules.isAboutDiscovery(rule)) {
          discovery += rule.packets();
        } else {
          untrue += rule.packets();
        }
        there++;
      }
      int missing = rules.permits() + rules.drops() - there;
      if (missing > 0) {
        differences.add("port " + name + ": " + missing + " rules are missing");
      }
      drops.add(
          new Drop(
              name,
              "from a MAC or IP address that is not the pod's, or neither IP nor ARP",
              untrue));
      drops.add(
          new Drop(name, "a router's message, or one about a neighbour that it is not", discovery));
      return new PodPort(name, there, letThrough);
    }

    private void lookForPins() throws IOException {
      Map<MacAddress, Integer> there = connections.daemon().pinned(settings.bridge());
      wanted
          .pins()
          .forEach(
              (mac, port) -> {
                int number = PortKeeper.number(present.get(port));
                if (!Integer.valueOf(number).equals(there.get(mac))) {
                  differences.add("address " + mac + " is not pinned to port " + port);
                }
              });
    }

    private List<SwitchProgram.RemotePod> remotePods(OverlayRules rules) {
      Map<Long, Meaning> meanings = rules.meanings();
      Map<Meaning, Long> frames = new HashMap<>();
      Map<String, Integer> ofPods = new HashMap<>();
      Set<Long> missing = new HashSet<>(meanings.keySet());
      int strange = 0;
      for (OpenFlow.Counted rule : counts.overlay()) {
        Meaning meaning = meanings.get(rule.cookie());
        if (meaning == null) {
          strange++;
          continue;
        }
        missing.remove(rule.cookie());
        frames.merge(meaning, rule.packets(), Long::sum);
        ofPods.merge(meaning.node() + "/" + meaning.pod(), 1, Integer::sum);
      }
      if (wanted.overlay().known()) {
        compare(meanings, missing, strange);
      }
      if (rules.network().isEmpty()) {
        return List.of();
      }
      dropped(frames, Purpose.DROP_STRANGER, "from no pod of the network's nodes that are known");
      dropped(frames, Purpose.DROP_UNKNOWN, "for a MAC address that no pod here has");
      List<SwitchProgram.RemotePod> pods = new ArrayList<>();
      for (RemoteNode node : rules.network().get().nodes()) {
        for (RemotePod pod : node.pods()) {
          pods.add(
              new SwitchProgram.RemotePod(
                  node.name(),
                  pod.name(),
                  ofPods.getOrDefault(node.name() + "/" + pod.name(), 0),
                  frames.getOrDefault(new Meaning(Purpose.SEND, node.name(), pod.name()), 0L),
                  frames.getOrDefault(new Meaning(Purpose.ASK, node.name(), pod.name()), 0L),
                  frames.getOrDefault(new Meaning(Purpose.TAKE, node.name(), pod.name()), 0L)));
        }
      }
      return pods;
    }

    private void dropped(Map<Meaning, Long> frames, Purpose purpose, String reason) {
      drops.add(
          new Drop(settings.tunnelPort(), reason, frames.getOrDefault(Meaning.of(purpose), 0L)));
    }

    private void compare(Map<Long, Meaning> meanings, Set<Long> missing, int strange) {
      Map<String, Integer> byNode = new TreeMap<>();
      for (long cookie : missing) {
        byNode.merge(meanings.get(cookie).node(), 1, Integer::sum);
      }
      byNode.forEach(
          (node, count) ->
              differences.add(
                  (node.isEmpty() ? "tunnels" : "node " + node)
                      + ": "
                      + count
                      + " rules are missing"));
      if (strange > 0) {
        differences.add("tunnels: " + strange + " rules are there that are not wanted");
      }
    }

    private List<Node> nodes() throws IOException {
      Optional<OverlayNetwork> network = wanted.overlay().network();
      if (network.isEmpty()) {
        return List.of();
      }
      Map<InetAddress, String> nextHops = connections.daemon().nextHops();
      List<Node> nodes = new ArrayList<>();
      for (RemoteNode node : network.get().nodes()) {
        Optional<SwitchDaemon.Way> way = connections.daemon().way(node.tunnel());
        Optional<String> mac = way.map(of -> nextHops.get(of.nextHop()));
        nodes.add(
            new Node(
                node.name(),
                node.tunnel().getHostAddress(),
                way.map(of -> words(of, mac)).orElse("no route"),
                mac.isPresent()));
      }
      return nodes;
    }

    private static String words(SwitchDaemon.Way way, Optional<String> mac) {
      return "by "
          + way.device()
          + " to "
          + way.nextHop().getHostAddress()
          + mac.map(of -> " at " + of).orElse(", which does not answer");
    }
  }
}
