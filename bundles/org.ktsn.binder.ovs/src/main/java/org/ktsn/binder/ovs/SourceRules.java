package org.ktsn.binder.ovs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.ktsn.api.pod.MacAddress;

/**
 * What a pod may send through its port of the switch: frames from its own MAC address that are IPv4
 * from one of its addresses, IPv6, or ARP that tells nothing but these. Everything else that comes
 * from the port is dropped.
 *
 * <p>Each rule bears a cookie by which it is recognised: 16 bits that stand for KTSN, 16 for the
 * port, 32 for what the rules say; the rule that drops has 0 there.
 *
 * @param port the port's OpenFlow number
 * @param mac the pod's MAC address
 * @param addresses its IPv4 addresses
 */
record SourceRules(int port, MacAddress mac, List<Integer> addresses) {
  /** What the cookies of all rules have in common. */
  static final long COOKIE = 0x4b54_0000_0000_0000L;

  static final long COOKIE_MASK = 0xffff_0000_0000_0000L;

  /** The rule that lets through what no other rule is about. */
  static final long REST_COOKIE = COOKIE | 0xffff_ffff_ffffL;

  private static final int DROP_PRIORITY = 0x2000;
  private static final int PERMIT_PRIORITY = 0x2001;
  private static final int ARP_REQUEST = 1;
  private static final int NO_ADDRESS = 0;

  SourceRules {
    addresses = List.copyOf(addresses);
  }

  /** Returns the number of the port that a rule is about. */
  static int port(long cookie) {
    return (int) (cookie >>> 32) & 0xffff;
  }

  /** Tells whether a rule is the one that drops what its port may not send. */
  static boolean drops(long cookie) {
    return (int) cookie == 0;
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
    ByteBuffer said = ByteBuffer.allocate(8 + 4 * addresses.size()).putLong(mac.value());
    addresses.forEach(said::putInt);
    digest.update(said.flip());
    return dropCookie() | digest.getValue() | 1;
  }

  /** Returns how many rules permit something. */
  int permits() {
    return 2 + 2 * addresses.size();
  }

  /** Returns the messages that add the rules; the one that drops goes first. */
  List<IntFunction<ByteBuffer>> messages() {
    List<IntFunction<ByteBuffer>> messages = new ArrayList<>();
    messages.add(
        xid ->
            OpenFlow.add(
                xid, dropCookie(), DROP_PRIORITY, new OpenFlow.Match().inPort(port), false));
    for (int address : addresses) {
      permit(messages, () -> arp().arpSender(mac.value(), address));
      permit(messages, () -> from(OpenFlow.ETHERNET_IPV4).ipv4Source(address));
    }
    // Who looks whether its address is free has none yet (RFC 5227).
    permit(messages, () -> arp().arpOperation(ARP_REQUEST).arpSender(mac.value(), NO_ADDRESS));
    permit(messages, () -> from(OpenFlow.ETHERNET_IPV6));
    return messages;
  }

  private void permit(List<IntFunction<ByteBuffer>> messages, Supplier<OpenFlow.Match> match) {
    messages.add(xid -> OpenFlow.add(xid, permitCookie(), PERMIT_PRIORITY, match.get(), true));
  }

  private OpenFlow.Match arp() {
    return from(OpenFlow.ETHERNET_ARP);
  }

  private OpenFlow.Match from(int ethernetType) {
    return new OpenFlow.Match().inPort(port).ethernetSource(mac.value()).ethernetType(ethernetType);
  }
}
