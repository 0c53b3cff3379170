package org.ktsn.overlay;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
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

  private static final int MAX_NODES = 1_000;
  private static final int MAX_PODS = 1_024;
  private static final int MAX_ADDRESSES = 16;

  /** The smallest MTU of the underlay with which pods have the smallest one of IPv6, 1280. */
  private static final int MIN_MTU = 1_350;

  private static final int MAX_MTU = 9_216;
  private static final YangModules PLAIN = new YangModules(List.of());
  private static final Set<String> NETWORK =
      Set.of("network", "vni", "tunnel", "underlay-mtu", "nodes");
  private static final Set<String> NODE = Set.of("name", "tunnel", "pods");
  private static final Set<String> POD = Set.of("name", "mac", "addresses");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final InetAddress NO_ADDRESS = InetAddress.ofLiteral("0.0.0.0");
  private static final MacAddress NO_MAC = new MacAddress(0);
  private static final long GROUP_BIT = 1L << 40;

  private final Problems problems = new Problems(OverlayException::new);
  private final Claims claims = new Claims();

  private OverlayReader() {}

  /**
   * Reads a description.
   *
   * @throws OverlayException with every problem
   */
  static OverlayNetwork read(String text) {
    return new OverlayReader().network(text);
  }

  private OverlayNetwork network(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw problems.only("has more than " + MAX_CHARACTERS + " characters; leave out nodes");
    }
    YangObject all = PLAIN.read(YangDocument.read(text, problems), NETWORK);
    String name = name(all, "network");
    int vni = (int) all.requiredNumber("vni", 1, OverlayNetwork.MAX_VNI);
    InetAddress tunnel = all.required("tunnel").map(this::address).orElse(NO_ADDRESS);
    OptionalLong mtu = all.number("underlay-mtu", MIN_MTU, MAX_MTU);
    List<RemoteNode> nodes = new ArrayList<>();
    for (YangNode node : all.list("nodes", MAX_NODES)) {
      nodes.add(node(node, tunnel));
    }
    problems.throwIfAny();
    nodes.removeIf(node -> node.tunnel().equals(tunnel));
    return new OverlayNetwork(name, vni, tunnel, (int) mtu.orElse(1_500), nodes);
  }

  private RemoteNode node(YangNode node, InetAddress own) {
    YangObject members = PLAIN.read(node, NODE);
    String name = name(members, "name");
    claim(members.optional("name"), claims.node(name), name);
    Optional<YangNode> where = members.required("tunnel");
    InetAddress tunnel = where.map(this::address).orElse(NO_ADDRESS);
    if (where.isPresent() && !tunnel.equals(NO_ADDRESS)) {
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
    String name = name(members, "name");
    String owner = name + " of " + node;
    Optional<YangNode> mac = members.required("mac");
    MacAddress station = mac.map(this::mac).orElse(NO_MAC);
    if (!station.equals(NO_MAC)) {
      claim(mac, claims.mac(station, owner), owner);
    }
    List<InetAddress> addresses = new ArrayList<>();
    for (YangNode each : members.list("addresses", MAX_ADDRESSES)) {
      InetAddress address = address(each);
      if (!address.equals(NO_ADDRESS)) {
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

  private String name(YangObject object, String member) {
    Optional<YangNode> node = object.required(member);
    String name = node.flatMap(YangNode::string).orElse("");
    if (node.isPresent() && !NAME.matcher(name).matches()) {
      node.get()
          .problem(
              "is '"
                  + Problems.shown(name)
                  + "'; use 1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or"
                  + " digit");
      return "";
    }
    return name;
  }

  private MacAddress mac(YangNode node) {
    String text = node.string().orElse("");
    try {
      MacAddress mac = MacAddress.parse(text);
      if ((mac.value() & GROUP_BIT) == 0 && mac.value() != 0) {
        return mac;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    node.problem(
        "is '"
            + Problems.shown(text)
            + "', not the MAC address of one station; write it as 02:00:5e:10:00:01");
    return NO_MAC;
  }

  private InetAddress address(YangNode node) {
    String text = node.string().orElse("");
    try {
      if (IPV4.matcher(text).matches() || IPV6.matcher(text).matches()) {
        InetAddress address = InetAddress.ofLiteral(text);
        if (!address.isAnyLocalAddress()
            && !address.isMulticastAddress()
            && !address.isLoopbackAddress()
            && !text.equals("255.255.255.255")) {
          return address;
        }
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    node.problem(
        "is '"
            + Problems.shown(text)
            + "', not the IP address of one host; write it as 10.77.0.2 or fd77::2");
    return NO_ADDRESS;
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }
}
