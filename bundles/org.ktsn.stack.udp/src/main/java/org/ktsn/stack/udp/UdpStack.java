package org.ktsn.stack.udp;

import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The UDP stack of IPv4 and IPv6: judges a datagram against the pod's own network and builds its
 * frame.
 *
 * <p>The next hop is the one that the pod's kernel chose when the pod sent. It trusts nothing that
 * the pod said: source address, next hop and size are checked against what the pod's kernel knows.
 * Planner thread only, but for the configuration.
 */
@Component(
    name = "org.ktsn.stack.udp",
    service = NetworkStack.class,
    property = {NetworkStack.FAMILY + "=INET", NetworkStack.FAMILY + "=INET6"})
@Designate(ocd = UdpStack.Config.class)
public final class UdpStack implements NetworkStack {
  private static final Logger LOG = LoggerFactory.getLogger(UdpStack.class);

  /** How often, at most, an unresolved next hop is asked for. */
  private static final long RESOLVE_INTERVAL_NS = 200_000_000L;

  /** How often, at most, a stale neighbour in use is confirmed. */
  private static final long CONFIRM_INTERVAL_NS = 1_000_000_000L;

  private static final int MAX_PAYLOAD_OCTETS = 65_507;
  private static final int MAX_FLOW_LABEL = 0xf_ffff;

  private final PodNetworks networks;
  private final ResolutionLimiter limiter = new ResolutionLimiter();
  private volatile TagTable tags;
  private int identification = (int) System.nanoTime();

  /** Configuration of {@link UdpStack}, PID {@code org.ktsn.stack.udp}. */
  @ObjectClassDefinition(
      name = "KTSN UDP/IP stack",
      description = "How pods' datagrams become Ethernet frames.")
  public @interface Config {
    /** Returns whether and how frames are tagged. */
    @AttributeDefinition(
        name = "802.1Q tag",
        description = "none, priority (VLAN identifier 0) or vlan (vlan.id).",
        options = {
          @Option(label = "none", value = "none"),
          @Option(label = "priority tag", value = "priority"),
          @Option(label = "VLAN tag", value = "vlan")
        })
    String tag() default "none";

    /** Returns the VLAN identifier for {@code tag=vlan}; the key is {@code vlan.id}. */
    @AttributeDefinition(
        name = "VLAN identifier",
        description = "1 to 4094, with tag=vlan.",
        min = "0",
        max = "4094")
    @SuppressWarnings("MemberName") // two underscores stand for one in the key
    int vlan_id() default 0;

    /** Returns the map from priority to PCP; the key is {@code pcp.map}. */
    @AttributeDefinition(
        name = "Priority to PCP",
        description =
            "8 or 16 priority code points by socket priority, for instance 0,1,2,3,4,5,6,7. Empty:"
                + " the priority itself, at most 7.")
    @SuppressWarnings("MemberName") // two underscores stand for one in the key
    String pcp_map() default "";
  }

  /** Made by the component runtime. */
  @Activate
  public UdpStack(Config config, @Reference PodNetworks networks) {
    this(read(config), networks);
    StackRehearsal.run();
  }

  UdpStack(Tagging tagging, PodNetworks networks) {
    this.tags = new TagTable(tagging);
    this.networks = networks;
  }

  /** Takes up a changed configuration between two datagrams; a bad one changes nothing. */
  @Modified
  void modified(Config config) {
    try {
      tags = new TagTable(read(config));
    } catch (IllegalArgumentException e) {
      LOG.error(
          "event=configuration-refused reason=\"{}\" effect=previous-one-stays", e.getMessage());
    }
  }

  private static Tagging read(Config config) {
    return Tagging.parse(config.tag(), config.vlan_id(), config.pcp_map());
  }

  @Override
  public Verdict encode(Datagram datagram, long bufferAddress, int bufferOctets, EncodedFrame out) {
    int pod = datagram.pod();
    PodNetwork network = networks.network(pod);
    if (network == PodNetwork.GONE) {
      return Verdict.POD_GONE;
    }
    if (isMalformed(datagram)) {
      return Verdict.MALFORMED;
    }
    boolean ipv6 = datagram.family() == AddressFamily.INET6;
    if (!owns(network, ipv6, datagram.sourceHigh(), datagram.sourceLow())) {
      return Verdict.BAD_SOURCE;
    }
    int payloadOctets = datagram.payloadLength();
    PodNetwork.Interface attachment = network.attachment();
    TagTable table = tags;
    int priority = datagram.priority();
    int tag = table.tag(priority);
    int lengthOctets = FrameEncoder.lengthOctets(tag, ipv6, payloadOctets);
    if (payloadOctets + FrameEncoder.ipUdpOctets(ipv6) > attachment.mtu()
        || lengthOctets > bufferOctets) {
      return Verdict.TOO_LARGE;
    }
    long hopHigh = high(ipv6, datagram.nextHopHigh());
    long hopLow = low(ipv6, datagram.nextHopHigh(), datagram.nextHopLow());
    long route =
        route(
            network,
            ipv6,
            high(ipv6, datagram.destinationHigh()),
            low(ipv6, datagram.destinationHigh(), datagram.destinationLow()),
            hopHigh,
            hopLow);
    if (route == PodNetwork.NO_ROUTE) {
      return Verdict.NO_ROUTE;
    }
    long neighbour = neighbour(pod, network, route, hopHigh, hopLow);
    Verdict verdict = verdict(neighbour, route);
    if (verdict.isDrop()) {
      return verdict;
    }
    FrameEncoder.write(
        bufferAddress,
        NeighbourTable.mac(neighbour),
        attachment.mac().value(),
        tag,
        datagram,
        payloadOctets,
        ipv6 || datagram.dontFragment() ? 0 : ++identification & 0xffff);
    if (verdict == Verdict.HOLD) {
      HeldFrame.writeNextHop(bufferAddress, FrameEncoder.headerOctets(tag), hopHigh, hopLow);
    }
    out.lengthOctets = lengthOctets;
    out.headerOctets = FrameEncoder.headerOctets(tag);
    out.pcp = table.pcp(priority);
    return verdict;
  }

  @Override
  public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
    PodNetwork network = networks.network(pod);
    if (network == PodNetwork.GONE) {
      return Verdict.POD_GONE;
    }
    int headerOctets = HeldFrame.findIp(bufferAddress, lengthOctets);
    if (headerOctets < 0) {
      return Verdict.MALFORMED;
    }
    long ip = bufferAddress + headerOctets;
    boolean ipv6 = HeldFrame.isIpv6(ip);
    long source = HeldFrame.sourceHigh(ip, ipv6);
    if (!owns(network, ipv6, source, HeldFrame.sourceLow(ip, ipv6))) {
      return Verdict.BAD_SOURCE;
    }
    long destination = HeldFrame.destinationHigh(ip, ipv6);
    long hopHigh = HeldFrame.nextHopHigh(bufferAddress, ipv6);
    long hopLow = HeldFrame.nextHopLow(bufferAddress, ip, ipv6);
    long route =
        route(
            network,
            ipv6,
            high(ipv6, destination),
            low(ipv6, destination, HeldFrame.destinationLow(ip, ipv6)),
            hopHigh,
            hopLow);
    if (route == PodNetwork.NO_ROUTE) {
      return Verdict.NO_ROUTE;
    }
    long neighbour = neighbour(pod, network, route, hopHigh, hopLow);
    Verdict verdict = verdict(neighbour, route);
    if (verdict == Verdict.ACCEPTED) {
      FrameEncoder.writeAddresses(
          bufferAddress, NeighbourTable.mac(neighbour), network.attachment().mac().value());
      HeldFrame.restoreLengths(ip, ipv6, lengthOctets - headerOctets);
    }
    return verdict;
  }

  /** Returns the first half of the {@link IpAddress} that a datagram's address is. */
  private static long high(boolean ipv6, long high) {
    return ipv6 ? high : 0;
  }

  private static long low(boolean ipv6, long high, long low) {
    return ipv6 ? low : IpAddress.lowOf(AddressFamily.ipv4(high));
  }

  private static boolean owns(PodNetwork network, boolean ipv6, long high, long low) {
    return isOfFamily(ipv6, high, low) && network.owns(high(ipv6, high), low(ipv6, high, low));
  }

  /** An IPv6 packet that bears an address which stands for an IPv4 one goes nowhere. */
  private static boolean isOfFamily(boolean ipv6, long high, long low) {
    return !ipv6 || !IpAddress.isIpv4(high, low);
  }

  private static long route(
      PodNetwork network, boolean ipv6, long high, long low, long hopHigh, long hopLow) {
    return isOfFamily(ipv6, high, low) && isOfFamily(ipv6, hopHigh, hopLow)
        ? network.route(high, low, hopHigh, hopLow)
        : PodNetwork.NO_ROUTE;
  }

  /** Returns the entry of a route's next hop, and asks the kernel for it where that is needed. */
  private long neighbour(int pod, PodNetwork network, long route, long hopHigh, long hopLow) {
    if (!PodNetwork.isNeighbour(route)) {
      return NeighbourTable.entry(NeighbourTable.REACHABLE, PodNetwork.fixedMac(route));
    }
    long neighbour = network.neighbour(hopHigh, hopLow);
    switch (NeighbourTable.state(neighbour)) {
      case NeighbourTable.REACHABLE, NeighbourTable.FAILED -> {}
      case NeighbourTable.STALE -> ask(pod, hopHigh, hopLow, CONFIRM_INTERVAL_NS);
      case NeighbourTable.INCOMPLETE -> ask(pod, hopHigh, hopLow, RESOLVE_INTERVAL_NS);
      default -> {
        // Unknown, or refused when the routes were read last.
        if (PodNetwork.isProven(route)) {
          ask(pod, hopHigh, hopLow, RESOLVE_INTERVAL_NS);
        } else if (NeighbourTable.state(neighbour) == NeighbourTable.UNKNOWN) {
          doubt(pod, hopHigh, hopLow);
        }
      }
    }
    return neighbour;
  }

  /** The pod's kernel may know of a route since just now. */
  private void doubt(int pod, long hopHigh, long hopLow) {
    if (limiter.permit(pod, hopHigh, hopLow, System.nanoTime(), RESOLVE_INTERVAL_NS)) {
      networks.doubt(pod, hopHigh, hopLow);
    }
  }

  private void ask(int pod, long hopHigh, long hopLow, long intervalNs) {
    // Not a clock for planning: it only spaces requests to the kernel.
    if (limiter.permit(pod, hopHigh, hopLow, System.nanoTime(), intervalNs)) {
      networks.request(pod, hopHigh, hopLow);
    }
  }

  private static Verdict verdict(long neighbour, long route) {
    return switch (NeighbourTable.state(neighbour)) {
      case NeighbourTable.REACHABLE, NeighbourTable.STALE -> Verdict.ACCEPTED;
      case NeighbourTable.FAILED -> Verdict.NO_NEIGHBOUR;
      case NeighbourTable.REFUSED -> PodNetwork.isProven(route) ? Verdict.HOLD : Verdict.NO_ROUTE;
      default -> Verdict.HOLD;
    };
  }

  private static boolean isMalformed(Datagram datagram) {
    return outside(datagram.payloadLength(), 0, MAX_PAYLOAD_OCTETS)
        || outside(datagram.sourcePort(), 1, 65_535)
        || outside(datagram.destinationPort(), 1, 65_535)
        || outside(datagram.tos(), 0, 255)
        || outside(datagram.ttl(), datagram.family() == AddressFamily.INET6 ? 0 : 1, 255)
        || outside(datagram.flowLabel(), 0, MAX_FLOW_LABEL)
        || outside(datagram.priority(), 0, Tagging.PRIORITIES - 1);
  }

  private static boolean outside(int value, int least, int greatest) {
    return value < least || value > greatest;
  }

  /** A {@link Tagging} as plain arrays. */
  private static final class TagTable {
    private final int[] pcp = new int[Tagging.PRIORITIES];
    private final int[] tag = new int[Tagging.PRIORITIES];

    TagTable(Tagging tagging) {
      for (int priority = 0; priority < Tagging.PRIORITIES; priority++) {
        pcp[priority] = tagging.pcpByPriority().get(priority);
        tag[priority] =
            tagging.tagged() ? pcp[priority] << 13 | tagging.vlanId() : FrameEncoder.UNTAGGED;
      }
    }

    int pcp(int priority) {
      return pcp[priority];
    }

    int tag(int priority) {
      return tag[priority];
    }
  }
}
