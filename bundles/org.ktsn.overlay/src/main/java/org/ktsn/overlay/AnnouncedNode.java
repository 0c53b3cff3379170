package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.overlay.RemotePod;

/**
 * What a node says of itself.
 *
 * @param id by which it is known again when its tunnel ends elsewhere
 * @param tunnel where its tunnels end, an address of the underlay
 * @param networks the networks that it takes part in, each with another VNI
 */
record AnnouncedNode(String id, InetAddress tunnel, List<Network> networks) {
  AnnouncedNode {
    networks = List.copyOf(networks);
  }

  /**
   * A network as one node has it.
   *
   * @param name its name, for people
   * @param vni its VXLAN network identifier
   * @param subnets where the node's pods have their addresses
   * @param pods the node's pods in it
   */
  record Network(String name, int vni, List<Range> subnets, List<RemotePod> pods) {
    Network {
      subnets = List.copyOf(subnets);
      pods = List.copyOf(pods);
    }
  }

  /** Returns the network of an identifier, if the node takes part in it. */
  Optional<Network> network(int vni) {
    return networks.stream().filter(network -> network.vni() == vni).findFirst();
  }

  int pods() {
    return networks.stream().mapToInt(network -> network.pods().size()).sum();
  }

  /** Tells whether two announcements can be of one node: it may move, or forget who it was. */
  boolean isSameNode(AnnouncedNode other) {
    return id.equals(other.id()) || tunnel.equals(other.tunnel());
  }
}
