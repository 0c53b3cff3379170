package org.ktsn.overlay;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.Pod;

/**
 * What of the overlay is in force: who claims an address that another has is left out, and told.
 * This node's own pods go first, then what the file says, then what nodes say of themselves: of
 * these who had the address before, and of others who came first. Who is not confirmed gives way.
 *
 * @param network what is in force
 * @param refusals a sentence for each that is not, and one for all that are too many to be told
 * @param refused these: nodes, and pods as {@code NODE/POD}
 * @param owners who has what
 */
record Judgement(
    OverlayNetwork network, List<String> refusals, Set<String> refused, Owners owners) {

  static final int MAX_REFUSALS = 1_000;

  /** Judges. */
  static Judgement of(
      OverlayNetwork described,
      Collection<Pod> own,
      Map<String, Neighbours.Neighbour> announced,
      Owners before) {
    return new Judge(described, before).judge(own, announced);
  }

  private static final class Judge {
    private final OverlayNetwork described;
    private final Owners before;
    private final Owners owners = new Owners();
    private final List<String> refusals = new ArrayList<>();
    private final Set<String> refused = new HashSet<>();
    private final List<RemoteNode> nodes = new ArrayList<>();
    private int more;

    Judge(OverlayNetwork described, Owners before) {
      this.described = described;
      this.before = before;
    }

    Judgement judge(Collection<Pod> own, Map<String, Neighbours.Neighbour> announced) {
      Optional<String> nobody = owners.tunnel(described.tunnel(), Owners.SELF);
      assert nobody.isEmpty() : "it is the first one";
      for (Pod pod : own) {
        List<InetAddress> addresses =
            pod.addresses().stream().map(AnnouncementWriter::withoutLength).toList();
        owners.own(pod.name(), pod.mac(), addresses);
      }
      Set<String> names = new HashSet<>();
      for (RemoteNode node : described.nodes()) {
        names.add(node.name());
        Optional<String> other = owners.tunnel(node.tunnel(), node.name());
        assert other.isEmpty() : "the reader has refused it";
      }
      described.nodes().forEach(this::take);
      Map<String, RemoteNode> confirmed = new LinkedHashMap<>();
      Map<String, RemoteNode> others = new LinkedHashMap<>();
      announced.forEach(
          (name, neighbour) ->
              member(name, neighbour.node(), names)
                  .ifPresent(
                      node ->
                          (neighbour.state() == State.UNCONFIRMED ? others : confirmed)
                              .put(name, node)));
      takeAll(confirmed);
      takeAll(others);
      if (more > 0) {
        refusals.add(
            "and "
                + more
                + " more of what nodes announce is not in force, for reasons like these; give each"
                + " node and pod addresses of its own");
      }
      return new Judgement(
          new OverlayNetwork(
              described.name(),
              described.vni(),
              described.tunnel(),
              described.underlayMtuOctets(),
              nodes),
          List.copyOf(refusals),
          Set.copyOf(refused),
          owners);
    }

    /** Returns an announced node as one of the network, if it takes part in it. */
    private Optional<RemoteNode> member(String name, AnnouncedNode node, Set<String> described) {
      Optional<AnnouncedNode.Network> network = node.network(this.described.vni());
      if (network.isEmpty()) {
        return Optional.empty();
      }
      if (described.contains(name)) {
        refuse(
            name,
            "node "
                + name
                + " announces itself, and a file says what it is, which counts; remove it from the"
                + " file, or give the other one another name");
        return Optional.empty();
      }
      if (node.tunnel() instanceof Inet6Address
          != this.described.tunnel() instanceof Inet6Address) {
        refuse(
            name,
            "node "
                + name
                + " announces the tunnel address "
                + node.tunnel().getHostAddress()
                + ", of another family than this node's, and is not reached; give it one of that");
        return Optional.empty();
      }
      return Optional.of(new RemoteNode(name, node.tunnel(), network.get().pods()));
    }

    private void takeAll(Map<String, RemoteNode> claimants) {
      claimants.forEach((name, node) -> owners.keepTunnel(node.tunnel(), name, before));
      List<RemoteNode> reached = new ArrayList<>();
      claimants.forEach(
          (name, node) -> {
            Optional<String> other = owners.tunnel(node.tunnel(), name);
            if (other.isPresent()) {
              refuse(
                  name,
                  "node "
                      + name
                      + " announces the tunnel address "
                      + node.tunnel().getHostAddress()
                      + ", which "
                      + (other.get().equals(Owners.SELF) ? "this node" : "node " + other.get())
                      + " has, and is not reached; give one of the two another");
            } else {
              reached.add(node);
            }
          });
      while (nodes.size() + reached.size() > OverlayReader.MAX_NODES) {
        RemoteNode last = reached.removeLast();
        refuse(
            last.name(),
            "node "
                + last.name()
                + " is beyond the "
                + OverlayReader.MAX_NODES
                + " that the network may have with those of the file, and is not reached; remove"
                + " others");
      }
      for (RemoteNode node : reached) {
        node.pods().forEach(pod -> owners.keep(pod, node.name(), before));
      }
      reached.forEach(this::take);
    }

    private void take(RemoteNode node) {
      List<RemotePod> pods = new ArrayList<>();
      for (RemotePod pod : node.pods()) {
        Optional<String> refusal = owners.claim(pod, node.name());
        if (refusal.isPresent()) {
          refuse(node.name() + "/" + pod.name(), refusal.get());
        } else {
          pods.add(pod);
        }
      }
      // The same list of the same pods: whoever compares them is done at once.
      nodes.add(
          pods.size() == node.pods().size()
              ? node
              : new RemoteNode(node.name(), node.tunnel(), pods));
    }

    private void refuse(String what, String sentence) {
      refused.add(what);
      if (refusals.size() < MAX_REFUSALS) {
        refusals.add(sentence);
      } else {
        more++;
      }
    }
  }
}
