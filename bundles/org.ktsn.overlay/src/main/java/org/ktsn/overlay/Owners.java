package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;

/** Who has which address, of all nodes: the first one who says so. One thread. */
final class Owners {
  /** The node itself, where others have their names. */
  static final String SELF = "";

  /**
   * A pod.
   *
   * @param node its node
   */
  record Owner(String node, String pod) {
    @Override
    public String toString() {
      return "pod '" + pod + "' of " + (node.equals(SELF) ? "this node" : "node " + node);
    }
  }

  private final Map<InetAddress, String> tunnels = new HashMap<>();
  private final Map<MacAddress, Owner> macs = new HashMap<>();
  private final Map<InetAddress, Owner> addresses = new HashMap<>();

  /** Claims a tunnel's end; returns the node that has it, if that is another. */
  Optional<String> tunnel(InetAddress tunnel, String node) {
    String former = tunnels.putIfAbsent(tunnel, node);
    return Optional.ofNullable(former).filter(owner -> !owner.equals(node));
  }

  /** Leaves to a node the tunnel's end that it had before. */
  void keepTunnel(InetAddress tunnel, String node, Owners before) {
    if (node.equals(before.tunnels.get(tunnel))) {
      tunnels.putIfAbsent(tunnel, node);
    }
  }

  /** Claims what a pod has; returns a sentence if another node's has some of it. */
  Optional<String> claim(RemotePod pod, String node) {
    Owner claimant = new Owner(node, pod.name());
    Owner owner = macs.putIfAbsent(pod.mac(), claimant);
    if (owner != null && !owner.equals(claimant)) {
      return Optional.of(sentence(claimant, pod.mac().toString(), owner));
    }
    for (InetAddress address : pod.addresses()) {
      owner = addresses.putIfAbsent(address, claimant);
      if (owner != null && !owner.equals(claimant)) {
        return Optional.of(sentence(claimant, address.getHostAddress(), owner));
      }
    }
    return Optional.empty();
  }

  /** Leaves to a pod what its node had before. */
  void keep(RemotePod pod, String node, Owners before) {
    Owner claimant = new Owner(node, pod.name());
    if (has(before.macs.get(pod.mac()), node)) {
      macs.putIfAbsent(pod.mac(), claimant);
    }
    for (InetAddress address : pod.addresses()) {
      if (has(before.addresses.get(address), node)) {
        addresses.putIfAbsent(address, claimant);
      }
    }
  }

  /** Gives a node what it had, but for what was refused then. */
  void restore(String name, AnnouncedNode node, Set<String> refused) {
    tunnels.putIfAbsent(node.tunnel(), name);
    for (AnnouncedNode.Network network : node.networks()) {
      for (RemotePod pod : network.pods()) {
        if (!refused.contains(name + "/" + pod.name())) {
          Optional<String> other = claim(pod, name);
          assert other.isEmpty() || !name.isEmpty() : "a pod of this node is none of these";
        }
      }
    }
  }

  /** Gives a pod of this node what it has. */
  void own(String pod, MacAddress mac, Iterable<InetAddress> its) {
    Owner owner = new Owner(SELF, pod);
    macs.putIfAbsent(mac, owner);
    its.forEach(address -> addresses.putIfAbsent(address, owner));
  }

  private static boolean has(Owner owner, String node) {
    return owner != null && owner.node().equals(node);
  }

  private static String sentence(Owner claimant, String what, Owner owner) {
    return claimant
        + " claims "
        + what
        + ", which "
        + owner
        + " has, and is not reached; give one of the two another address";
  }
}
