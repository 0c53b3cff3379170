package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangDocument;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/**
 * Reads what a node says of itself: JSON from the network. Nothing of it is used before all of it
 * is checked; members that are not known are passed over, because a later release may have more.
 */
final class AnnouncementReader {
  /** As many as a node has at most. */
  static final int MAX_PODS = 1_024;

  private static final int MAX_NETWORKS = 16;

  /** One for each pod, if that shall be so. */
  private static final int MAX_SUBNETS = MAX_PODS;

  private static final int MAX_ADDRESSES = 16;
  private static final Set<String> NODE = Set.of("id", "tunnel", "networks");
  private static final Set<String> NETWORK = Set.of("name", "vni", "subnets", "pods");
  private static final Set<String> POD = Set.of("name", "mac", "addresses");

  private final Problems problems = new Problems(OverlayException::new);

  private AnnouncementReader() {}

  /**
   * Reads an announcement.
   *
   * @throws OverlayException with every problem
   */
  static AnnouncedNode read(String text) {
    return new AnnouncementReader().node(text);
  }

  private AnnouncedNode node(String text) {
    if (text.length() > OverlayAnnouncements.MAX_OCTETS) {
      throw problems.only(
          "has more than " + OverlayAnnouncements.MAX_OCTETS + " octets; have fewer pods a node");
    }
    YangObject members = known(YangDocument.read(text, problems), NODE);
    String id = Values.name(members, "id");
    InetAddress tunnel = members.required("tunnel").map(Values::address).orElse(Values.NO_ADDRESS);
    YangNode all = members.required("networks").orElse(members.node());
    List<AnnouncedNode.Network> networks = new ArrayList<>();
    Set<Integer> identifiers = new HashSet<>();
    int pods = 0;
    for (YangNode each : members.list("networks", MAX_NETWORKS)) {
      AnnouncedNode.Network network = network(each);
      networks.add(network);
      pods += network.pods().size();
      if (!identifiers.add(network.vni())) {
        each.problem("has the VNI " + network.vni() + " of another one; give each its own");
      }
    }
    if (pods > MAX_PODS) {
      all.problem("have " + pods + " pods; give " + MAX_PODS + " at most");
    }
    problems.throwIfAny();
    return new AnnouncedNode(id, tunnel, networks);
  }

  private static AnnouncedNode.Network network(YangNode node) {
    YangObject members = known(node, NETWORK);
    String name = Values.name(members, "name");
    int vni = (int) members.requiredNumber("vni", 1, OverlayNetwork.MAX_VNI);
    List<Range> subnets =
        members.list("subnets", MAX_SUBNETS).stream()
            .map(Range::read)
            .flatMap(Optional::stream)
            .toList();
    Subnets all = new Subnets(subnets);
    Claims claims = new Claims();
    List<RemotePod> pods = new ArrayList<>();
    for (YangNode pod : members.list("pods", MAX_PODS)) {
      pods.add(pod(pod, all, claims));
    }
    return new AnnouncedNode.Network(name, vni, subnets, pods);
  }

  private static RemotePod pod(YangNode node, Subnets subnets, Claims claims) {
    YangObject members = known(node, POD);
    String name = Values.name(members, "name");
    Optional<YangNode> mac = members.required("mac");
    MacAddress station = mac.map(Values::mac).orElse(Values.NO_MAC);
    if (!station.equals(Values.NO_MAC)) {
      twice(mac.get(), claims.mac(station, name));
    }
    List<InetAddress> addresses = new ArrayList<>();
    for (YangNode each : members.list("addresses", MAX_ADDRESSES)) {
      InetAddress address = Values.address(each);
      if (!address.equals(Values.NO_ADDRESS)) {
        twice(each, claims.address(address, name));
        if (!subnets.contains(address)) {
          each.problem(
              "is "
                  + address.getHostAddress()
                  + ", of none of the network's subnets; give it one of these, or add its subnet");
        }
        addresses.add(address);
      }
    }
    return new RemotePod(name, station, addresses);
  }

  private static void twice(YangNode at, Optional<String> other) {
    other.ifPresent(
        pod -> at.problem("is that of pod '" + pod + "' as well; give it to one of the two"));
  }

  private static YangObject known(YangNode node, Set<String> names) {
    Map<String, YangNode> members = new LinkedHashMap<>(node.members());
    members.keySet().retainAll(names);
    return new YangObject(node, members);
  }
}
