package org.ktsn.stack.udp;

import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

/**
 * Writes the frame itself: Ethernet II, perhaps one 802.1Q tag, IPv4 without options or IPv6
 * without extension headers, UDP. A pure function of its arguments; it judges nothing.
 *
 * <pre>
 *   0         6         12       [12     16]     +0 IPv4          +20 UDP     +28
 *  +---------+---------+--------+---------------+----------------+-----------+---------+- - - - -+
 *  | dst MAC | src MAC |  0800  | 8100 TCI 0800 | 45 TOS length  | ports     | payload | zeros   |
 *  |         |         |        |   (tagged)    | … source, dest | length,sum|         | (to 60) |
 *  +---------+---------+--------+---------------+----------------+-----------+---------+- - - - -+
 *                       86dd            86dd      IPv6: 40 octets
 * </pre>
 */
final class FrameEncoder {
  /** No 802.1Q tag. */
  static final int UNTAGGED = -1;

  /** The smallest frame without the FCS (IEEE 802.3 4.2.3.3), tagged or not. */
  static final int MIN_FRAME_OCTETS = 60;

  static final int ETHERNET_OCTETS = 14;
  static final int TAG_OCTETS = 4;
  static final int IPV4_OCTETS = 20;
  static final int IPV6_OCTETS = 40;
  static final int UDP_OCTETS = 8;
  static final int ETHERTYPE_IPV4 = 0x0800;
  static final int ETHERTYPE_IPV6 = 0x86dd;
  static final int ETHERTYPE_TAG = 0x8100;

  private static final int PROTOCOL_UDP = 17;
  private static final int VERSION_6 = 6;
  private static final int DONT_FRAGMENT = 0x4000;
  private static final int VERSION_AND_HEADER_LENGTH = 0x45;

  private FrameEncoder() {}

  /** Returns the octets of an IP header and a UDP header. */
  static int ipUdpOctets(boolean ipv6) {
    return (ipv6 ? IPV6_OCTETS : IPV4_OCTETS) + UDP_OCTETS;
  }

  /** Returns the octets before the IP header. */
  static int headerOctets(int tag) {
    return tag == UNTAGGED ? ETHERNET_OCTETS : ETHERNET_OCTETS + TAG_OCTETS;
  }

  /** Returns the frame's length in octets with padding, without the FCS. */
  static int lengthOctets(int tag, boolean ipv6, int payloadOctets) {
    return Math.max(MIN_FRAME_OCTETS, headerOctets(tag) + ipUdpOctets(ipv6) + payloadOctets);
  }

  /**
   * Writes a frame. The payload is read once, by the copy into the frame; the checksum is that of
   * the copy.
   *
   * @param at where the frame begins; {@link #lengthOctets} octets are written
   * @param destinationMac 48 bits
   * @param sourceMac 48 bits
   * @param tag the 802.1Q tag control information, 16 bits, or {@link #UNTAGGED}
   * @param datagram gives family, addresses, ports, TOS, TTL, flags and the payload's place
   * @param payloadOctets the payload's length, 0 to 65,507
   * @param identification the IPv4 identification, 16 bits; IPv6 has none
   */
  static void write(
      long at,
      long destinationMac,
      long sourceMac,
      int tag,
      Datagram datagram,
      int payloadOctets,
      int identification) {
    writeAddresses(at, destinationMac, sourceMac);
    long ip = at + headerOctets(tag);
    if (tag != UNTAGGED) {
      putBigEndianInt(at + 12, ETHERTYPE_TAG << 16 | tag);
    }
    boolean ipv6 = datagram.family() == AddressFamily.INET6;
    putBigEndianShort(ip - 2, ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);

    long payload = ip + ipUdpOctets(ipv6);
    NativeMemory.copy(datagram.payloadAddress(), payload, payloadOctets);

    long addresses;
    if (ipv6) {
      addresses = writeIpv6(ip, datagram, payloadOctets);
    } else {
      int source = datagram.sourceIpv4();
      int destination = datagram.destinationIpv4();
      addresses = (source & 0xffff_ffffL) + (destination & 0xffff_ffffL);
      writeIpv4(ip, datagram, source, destination, payloadOctets, identification);
    }
    writeUdp(payload - UDP_OCTETS, datagram, addresses, payload, payloadOctets);

    for (long pad = payload + payloadOctets; pad < at + MIN_FRAME_OCTETS; pad++) {
      NativeMemory.putByte(pad, (byte) 0);
    }
  }

  private static void writeIpv4(
      long ip,
      Datagram datagram,
      int source,
      int destination,
      int payloadOctets,
      int identification) {
    long first =
        (long) VERSION_AND_HEADER_LENGTH << 56
            | (long) datagram.tos() << 48
            | (long) (IPV4_OCTETS + UDP_OCTETS + payloadOctets) << 32
            | (long) identification << 16
            | (datagram.dontFragment() ? DONT_FRAGMENT : 0);
    long second = (long) datagram.ttl() << 56 | (long) PROTOCOL_UDP << 48 | (source & 0xffff_ffffL);
    long sum = halves(first) + halves(second) + (destination & 0xffff_ffffL);
    second |= (long) InternetChecksum.finish(sum) << 32;
    putBigEndianLong(ip, first);
    putBigEndianLong(ip + 8, second);
    putBigEndianInt(ip + 16, destination);
  }

  /** Writes an IPv6 header (RFC 8200 3); returns the partial sum of its addresses. */
  private static long writeIpv6(long ip, Datagram datagram, int payloadOctets) {
    long first =
        (long) VERSION_6 << 60
            | (long) datagram.tos() << 52
            | (long) datagram.flowLabel() << 32
            | (long) (UDP_OCTETS + payloadOctets) << 16
            | PROTOCOL_UDP << 8
            | datagram.ttl();
    putBigEndianLong(ip, first);
    putBigEndianLong(ip + 8, datagram.sourceHigh());
    putBigEndianLong(ip + 16, datagram.sourceLow());
    putBigEndianLong(ip + 24, datagram.destinationHigh());
    putBigEndianLong(ip + 32, datagram.destinationLow());
    return halves(datagram.sourceHigh())
        + halves(datagram.sourceLow())
        + halves(datagram.destinationHigh())
        + halves(datagram.destinationLow());
  }

  /** Writes a UDP header; both families' pseudo headers have the same sum but for the addresses. */
  private static void writeUdp(
      long udp, Datagram datagram, long addresses, long payload, int payloadOctets) {
    int length = payloadOctets + UDP_OCTETS;
    long header =
        (long) datagram.sourcePort() << 48
            | (long) datagram.destinationPort() << 32
            | (long) length << 16;
    if (!datagram.noChecksum()) {
      long sum =
          halves(header)
              + addresses
              + PROTOCOL_UDP
              + length
              + InternetChecksum.sum(payload, payloadOctets);
      int checksum = InternetChecksum.finish(sum);
      header |= checksum == 0 ? 0xffff : checksum;
    }
    putBigEndianLong(udp, header);
  }

  /** Writes both MAC addresses of a frame. */
  static void writeAddresses(long at, long destinationMac, long sourceMac) {
    putBigEndianLong(at, destinationMac << 16 | sourceMac >>> 32);
    putBigEndianInt(at + 8, (int) sourceMac);
  }

  /**
   * Two 32-bit halves are as good for the checksum as four 16-bit words: 2^16 is 1 modulo 0xffff.
   */
  private static long halves(long word) {
    return (word >>> 32) + (word & 0xffff_ffffL);
  }

  private static void putBigEndianLong(long address, long value) {
    NativeMemory.putLong(address, Long.reverseBytes(value));
  }

  private static void putBigEndianInt(long address, int value) {
    NativeMemory.putInt(address, Integer.reverseBytes(value));
  }

  private static void putBigEndianShort(long address, int value) {
    NativeMemory.putShort(address, Short.reverseBytes((short) value));
  }
}
