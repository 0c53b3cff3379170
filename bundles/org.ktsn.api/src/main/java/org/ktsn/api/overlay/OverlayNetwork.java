package org.ktsn.api.overlay;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;

/**
 * The pods' network as it goes on beyond this node: VXLAN tunnels (RFC 7348) to the nodes that have
 * pods of it.
 *
 * @param name its name
 * @param vni its VXLAN network identifier, 1 to {@value #MAX_VNI}
 * @param tunnel where this node's tunnels end, an address of the underlay
 * @param underlayMtuOctets the largest IP packet of the underlay, in octets
 * @param nodes the others, whose tunnels end at addresses of the same family as this one's
 */
public record OverlayNetwork(
    String name, int vni, InetAddress tunnel, int underlayMtuOctets, List<RemoteNode> nodes) {
  /** The greatest identifier: it has 24 bits. */
  public static final int MAX_VNI = 0xff_ffff;

  private static final int ETHERNET_OCTETS = 14;
  private static final int UDP_AND_VXLAN_OCTETS = 16;
  private static final int IPV4_OCTETS = 20;
  private static final int IPV6_OCTETS = 40;

  /** Checks the ranges and copies the list. */
  public OverlayNetwork {
    if (vni < 1 || vni > MAX_VNI) {
      throw new IllegalArgumentException(
          "the VNI of network '" + name + "' is " + vni + "; give 1 to " + MAX_VNI);
    }
    nodes = List.copyOf(nodes);
  }

  /**
   * Returns by how many octets a frame is longer on the underlay than it was before: outer
   * Ethernet, IP and UDP headers and that of VXLAN, 50 over IPv4, 70 over IPv6.
   */
  public int encapsulationOctets() {
    int ipOctets = tunnel instanceof Inet6Address ? IPV6_OCTETS : IPV4_OCTETS;
    return ETHERNET_OCTETS + ipOctets + UDP_AND_VXLAN_OCTETS;
  }

  /** Returns the largest IP packet of a pod that fits the underlay, in octets. */
  public int podMtuOctets() {
    // The pod's Ethernet header travels inside, the outer one is not counted in an MTU.
    return underlayMtuOctets - encapsulationOctets();
  }
}
