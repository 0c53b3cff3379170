package org.ktsn.stack.udp;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

/**
 * A {@link PodNetwork} in the making: collects what the kernel dumps, links first. Mirror thread
 * only.
 *
 * <p>The pod's interface is the one that it was before, whatever it is called now; at first, and
 * after the interface was removed, it is the one of the pod's name, or else of the pod's MAC
 * address (of several the first: what is put on top of an interface shares its address).
 */
final class NetworkDraft {
  /** More next hops than this are not mirrored. */
  static final int MAX_NEXT_HOPS = 16_384;

  private final String interfaceName;
  private final MacAddress mac;
  private final Set<IpAddress> granted;
  private final int formerIndex;
  private PodNetwork.Interface attachment = PodNetwork.Interface.MISSING;
  private Likeness likeness = Likeness.NONE;
  private final List<IpAddress> addresses = new ArrayList<>();
  private final NextHops.Builder nextHops = new NextHops.Builder();
  private boolean tooManyNextHops;

  /** By what an interface is the pod's; a later one counts more. */
  private enum Likeness {
    NONE,
    MAC,
    NAME,
    INDEX
  }

  /**
   * Begins with what the pod was given: whatever the namespace says, the pod sends from no other
   * hardware address and no other IP address, but for the IPv6 address of the link that its
   * interface makes of the hardware address.
   *
   * @param formerIndex the interface's index when it was last seen; 0 if it is not known
   */
  NetworkDraft(Pod pod, int formerIndex) {
    this.formerIndex = formerIndex;
    interfaceName = pod.interfaceName();
    mac = pod.mac();
    granted =
        Stream.concat(
                pod.addresses().stream().map(IpAddress::parse), Stream.of(IpAddress.linkLocal(mac)))
            .collect(Collectors.toSet());
  }

  /** Returns the index of the pod's interface, 0 if it was not dumped. */
  int interfaceIndex() {
    return attachment.index();
  }

  /** Tells whether there were more than {@link #MAX_NEXT_HOPS}. */
  boolean hasTooManyNextHops() {
    return tooManyNextHops;
  }

  void add(RouteMessage.Link link) {
    Likeness found = likeness(link);
    boolean nearer = found.compareTo(likeness) > 0;
    boolean first = found == likeness && link.index() < attachment.index();
    if (nearer || first) {
      boolean up = (link.flags() & Rtnetlink.IFF_UP) != 0;
      boolean carrier = (link.flags() & Rtnetlink.IFF_LOWER_UP) != 0;
      likeness = found;
      attachment =
          new PodNetwork.Interface(
              link.index(), up && carrier && link.mac().isPresent(), mac, link.mtu());
    }
  }

  private Likeness likeness(RouteMessage.Link link) {
    if (link.index() == formerIndex) {
      return Likeness.INDEX;
    }
    if (link.name().equals(interfaceName)) {
      return Likeness.NAME;
    }
    boolean sameMac = link.mac().isPresent() && link.mac().getAsLong() == mac.value();
    return sameMac ? Likeness.MAC : Likeness.NONE;
  }

  void add(RouteMessage.Address address) {
    if (address.index() == attachment.index() && granted.contains(address.address())) {
      addresses.add(address.address());
    }
  }

  void add(RouteMessage.Route route) {
    if (attachment.index() == 0 || (route.flags() & Rtnetlink.RTM_F_CLONED) != 0) {
      return;
    }
    for (RouteMessage.Hop hop : route.hops()) {
      if (hop.index() != attachment.index() || !hop.sameFamily()) {
        continue;
      }
      if (nextHops.size() >= MAX_NEXT_HOPS) {
        tooManyNextHops = true;
      } else if (route.type() == Rtnetlink.RTN_BROADCAST) {
        nextHops.addBroadcast(route.destination());
      } else if (route.type() == Rtnetlink.RTN_UNICAST && !hop.gateway().equals(IpAddress.NONE)) {
        nextHops.addGateway(hop.gateway());
      } else if (route.type() == Rtnetlink.RTN_UNICAST) {
        nextHops.addPrefix(route.destination(), route.prefixLength());
      }
    }
  }

  /** Returns the network without neighbours. */
  PodNetwork finish() {
    return PodNetwork.of(attachment, addresses, nextHops.build(), NeighbourTable.EMPTY);
  }
}
