package org.ktsn.binder.ovs;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.ktsn.api.pod.MacAddress;

/**
 * What a pod may send through its port of the switch: frames from its own MAC address that are IPv4
 * or IPv6 from one of its addresses, or ARP and neighbour discovery that tell nothing but these.
 * Everything else that comes from the port is dropped, a router's messages among it.
 *
 * <p>Each rule bears a cookie by which it is recognised: 16 bits that stand for KTSN, 16 for the
 * port, 32 for what the rules say; the rules that drop have 0 there.
 *
 * @param port the port's OpenFlow number
 * @param mac the pod's MAC address
 * @param addresses its addresses; besides them it has the IPv6 address of the link that its
 *     interface makes of the MAC address
 * @param overlay whether what is permitted goes where the rules of the overlay say
 */
record SourceRules(int port, MacAddress mac, List<InetAddress> addresses, boolean overlay) {
  /** What the cookies of all rules have in common. */
  static final long COOKIE = 0x4b54_0000_0000_0000L;

  static final long COOKIE_MASK = 0xffff_0000_0000_0000L;

  /** The rule that lets through what no other rule is about. */
  static final long REST_COOKIE = COOKIE | 0xffff_ffff_ffffL;

  private static final int DROP_PRIORITY = 0x2000;
  private static final int PERMIT_PRIORITY = 0x2001;
  private static final int DISCOVERY_DROP_PRIORITY = 0x2002;
  private static final int DISCOVERY_PERMIT_PRIORITY = 0x2003;
  private static final int ARP_REQUEST = 1;
  private static final InetAddress NO_IPV4 = InetAddress.ofLiteral("0.0.0.0");
  private static final InetAddress NO_IPV6 = InetAddress.ofLiteral("::");

  /** No link-layer address. */
  private static final long NO_MAC = 0;

  // ICMPv6 types (RFC 4861 4, RFC 3810 5.2).
  private static final int ROUTER_ADVERTISEMENT = 134;
  private static final int NEIGHBOUR_SOLICITATION = 135;
  private static final int NEIGHBOUR_ADVERTISEMENT = 136;
  private static final int REDIRECT = 137;
  private static final int LISTENER_REPORT = 143;

  /** What tells others who is who and where routers are. */
  private static final List<Integer> DISCOVERY =
      List.of(ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT, REDIRECT);

  SourceRules {
    addresses = List.copyOf(addresses);
  }

  /** Rules of a node whose pods' network ends at it. */
  SourceRules(int port, MacAddress mac, List<InetAddress> addresses) {
    this(port, mac, addresses, false);
  }

  /** Returns the number of the port that a rule is about. */
  static int port(long cookie) {
    return (int) (cookie >>> 32) & 0xffff;
  }

  /** Tells whether a rule is one that drops what its port may not send. */
  static boolean drops(long cookie) {
    return (int) cookie == 0;
  }

  /**
   * Tells whether a rule that drops is about what tells others who is who and where routers are.
   */
  static boolean isAboutDiscovery(OpenFlow.Counted rule) {
    return rule.priority() == DISCOVERY_DROP_PRIORITY;
  }

  /** Returns the message that adds the rule for the rest. */
  static IntFunction<ByteBuffer> rest() {
    return xid -> OpenFlow.add(xid, REST_COOKIE, 0, new OpenFlow.Match(), true);
  }

  long dropCookie() {
    return COOKIE | (long) port << 32;
  }

  /** Returns the cookie of the rules that permit; other addresses have another one. */
  long permitCookie() {
    CRC32 digest = new CRC32();
    digest.update(ByteBuffer.allocate(8).putLong(0, mac.value()));
    addresses.forEach(address -> digest.update(address.getAddress()));
    if (overlay) {
      digest.update(OverlayRules.DELIVERY);
    }
    return dropCookie() | digest.getValue() | 1;
  }

  /** Returns how many rules permit something. */
  int permits() {
    return messages().size() - drops();
  }

  /** Returns how many rules drop something. */
  int drops() {
    return 1 + DISCOVERY.size();
  }

  /** Returns the messages that add the rules; those that drop go first. */
  List<IntFunction<ByteBuffer>> messages() {
    List<IntFunction<ByteBuffer>> messages = new ArrayList<>();
    drop(messages, DROP_PRIORITY, () -> new OpenFlow.Match().inPort(port));
    for (int type : DISCOVERY) {
      drop(messages, DISCOVERY_DROP_PRIORITY, () -> discovery(type));
    }
    for (InetAddress address : addresses) {
      if (address instanceof Inet6Address) {
        permitIpv6(messages, address);
      } else {
        permit(messages, () -> arp().arpSender(mac.value(), address));
        permit(messages, () -> from(OpenFlow.ETHERNET_IPV4).source(address));
      }
    }
    // Who looks whether its address is free has none yet (RFC 5227).
    permit(messages, () -> arp().arpOperation(ARP_REQUEST).arpSender(mac.value(), NO_IPV4));
    permitIpv6(messages, linkLocal());
    // Who joins a group meanwhile has none either (RFC 3590).
    permit(messages, () -> discovery(LISTENER_REPORT, NO_IPV6));
    return messages;
  }

  private void permitIpv6(List<IntFunction<ByteBuffer>> messages, InetAddress address) {
    permit(messages, () -> from(OpenFlow.ETHERNET_IPV6).source(address));
    permitDiscovery(
        messages, () -> discovery(NEIGHBOUR_SOLICITATION, NO_IPV6).neighbourTarget(address));
    for (long named : new long[] {mac.value(), NO_MAC}) {
      permitDiscovery(
          messages, () -> discovery(NEIGHBOUR_SOLICITATION, address).neighbourSourceMac(named));
      permitDiscovery(
          messages,
          () ->
              discovery(NEIGHBOUR_ADVERTISEMENT, address)
                  .neighbourTarget(address)
                  .neighbourTargetMac(named));
    }
  }

  private InetAddress linkLocal() {
    byte[] octets =
        ByteBuffer.allocate(16).putLong(0xfe80L << 48).putLong(mac.interfaceIdentifier()).array();
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 octets are an IPv6 address", e);
    }
  }

  private void drop(
      List<IntFunction<ByteBuffer>> messages, int priority, Supplier<OpenFlow.Match> match) {
    messages.add(xid -> OpenFlow.add(xid, dropCookie(), priority, match.get(), false));
  }

  private void permit(List<IntFunction<ByteBuffer>> messages, Supplier<OpenFlow.Match> match) {
    permit(messages, PERMIT_PRIORITY, match);
  }

  private void permitDiscovery(
      List<IntFunction<ByteBuffer>> messages, Supplier<OpenFlow.Match> match) {
    permit(messages, DISCOVERY_PERMIT_PRIORITY, match);
  }

  private void permit(
      List<IntFunction<ByteBuffer>> messages, int priority, Supplier<OpenFlow.Match> match) {
    messages.add(
        overlay
            ? xid ->
                OpenFlow.goOn(xid, permitCookie(), priority, match.get(), OverlayRules.DELIVERY)
            : xid -> OpenFlow.add(xid, permitCookie(), priority, match.get(), true));
  }

  private OpenFlow.Match discovery(int type) {
    return new OpenFlow.Match().inPort(port).ethernetType(OpenFlow.ETHERNET_IPV6).icmpv6Type(type);
  }

  private OpenFlow.Match discovery(int type, InetAddress source) {
    return from(OpenFlow.ETHERNET_IPV6).source(source).icmpv6Type(type);
  }

  private OpenFlow.Match arp() {
    return from(OpenFlow.ETHERNET_ARP);
  }

  private OpenFlow.Match from(int ethernetType) {
    return new OpenFlow.Match().inPort(port).ethernetSource(mac.value()).ethernetType(ethernetType);
  }
}
