package org.ktsn.overlay;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangDocument;
import org.ktsn.yang.YangModules;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/**
 * Reads a description of the overlay: JSON that somebody else wrote. Nothing of it is used before
 * all of it is checked. One description serves all nodes: a node passes over its own entry, which
 * it knows by the address of the tunnel.
 */
final class OverlayReader {
  /** No description is longer. */
  static final int MAX_CHARACTERS = 16 * 1024 * 1024;

  static final int MAX_NODES = 1_000;
  private static final int MAX_PODS = 1_024;
  private static final int MAX_ADDRESSES = 16;

  /** The smallest MTU of the underlay with which pods have the smallest one of IPv6, 1280. */
  private static final int MIN_MTU = 1_350;

  private static final int MAX_MTU = 9_216;
  private static final YangModules PLAIN = new YangModules(List.of());
  private static final Set<String> NETWORK =
      Set.of("network", "vni", "tunnel", "underlay-mtu", "announcements", "nodes");
  private static final Set<String> NODE = Set.of("name", "tunnel", "pods");
  private static final Set<String> POD = Set.of("name", "mac", "addresses");

  private final Problems problems = new Problems(OverlayException::new);
  private final Claims claims = new Claims();

  private OverlayReader() {}

  /**
   * Reads a description.
   *
   * @throws OverlayException with every problem
   */
  static Description read(String text) {
    return new OverlayReader().network(text);
  }

  private Description network(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw problems.only("has more than " + MAX_CHARACTERS + " characters; leave out nodes");
    }
    YangObject all = PLAIN.read(YangDocument.read(text, problems), NETWORK);
    String name = Values.name(all, "network");
    int vni = (int) all.requiredNumber("vni", 1, OverlayNetwork.MAX_VNI);
    InetAddress tunnel = all.required("tunnel").map(Values::address).orElse(Values.NO_ADDRESS);
    OptionalLong mtu = all.number("underlay-mtu", MIN_MTU, MAX_MTU);
    boolean announcements = all.boolOrFalse("announcements");
    List<RemoteNode> nodes = new ArrayList<>();
    for (YangNode node : all.list("nodes", MAX_NODES)) {
      nodes.add(node(node, tunnel));
    }
    problems.throwIfAny();
    nodes.removeIf(node -> node.tunnel().equals(tunnel));
    return new Description(
        new OverlayNetwork(name, vni, tunnel, (int) mtu.orElse(1_500), nodes), announcements);
  }

  private RemoteNode node(YangNode node, InetAddress own) {
    YangObject members = PLAIN.read(node, NODE);
    String name = Values.name(members, "name");
    claim(members.optional("name"), claims.node(name), name);
    Optional<YangNode> where = members.required("tunnel");
    InetAddress tunnel = where.map(Values::address).orElse(Values.NO_ADDRESS);
    if (where.isPresent() && !tunnel.equals(Values.NO_ADDRESS)) {
      claim(where, claims.tunnel(tunnel, name), name);
      if (tunnel instanceof Inet6Address != own instanceof Inet6Address) {
        where
            .get()
            .problem(
                "is " + text(tunnel) + ", of another family than this node's; give one of that");
      }
    }
    List<RemotePod> pods = new ArrayList<>();
    for (YangNode pod : members.list("pods", MAX_PODS)) {
      pods.add(pod(pod, name));
    }
    return new RemoteNode(name, tunnel, pods);
  }

  private RemotePod pod(YangNode pod, String node) {
    YangObject members = PLAIN.read(pod, POD);
    String name = Values.name(members, "name");
    String owner = name + " of " + node;
    Optional<YangNode> mac = members.required("mac");
    MacAddress station = mac.map(Values::mac).orElse(Values.NO_MAC);
    if (!station.equals(Values.NO_MAC)) {
      claim(mac, claims.mac(station, owner), owner);
    }
    List<InetAddress> addresses = new ArrayList<>();
    for (YangNode each : members.list("addresses", MAX_ADDRESSES)) {
      InetAddress address = Values.address(each);
      if (!address.equals(Values.NO_ADDRESS)) {
        claim(Optional.of(each), claims.address(address, owner), owner);
        addresses.add(address);
      }
    }
    return new RemotePod(name, station, addresses);
  }

  private static void claim(Optional<YangNode> at, Optional<String> other, String claimant) {
    if (at.isPresent() && other.isPresent()) {
      at.get()
          .problem(
              "is claimed by "
                  + other.get()
                  + " and by "
                  + claimant
                  + "; give it to one of the two");
    }
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }
}
