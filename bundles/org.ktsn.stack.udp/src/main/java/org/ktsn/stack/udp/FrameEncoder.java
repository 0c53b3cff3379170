package org.ktsn.stack.udp;

import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

/**
 * Writes and reads the frame itself: Ethernet II, perhaps one 802.1Q tag, IPv4 without options,
 * UDP. A pure function of its arguments; it judges nothing.
 *
 * <pre>
 *   0         6         12       [12     16]     +0 IPv4          +20 UDP     +28
 *  +---------+---------+--------+---------------+----------------+-----------+---------+- - - - -+
 *  | dst MAC | src MAC |  0800  | 8100 TCI 0800 | 45 TOS length  | ports     | payload | zeros   |
 *  |         |         |        |   (tagged)    | … source, dest | length,sum|         | (to 60) |
 *  +---------+---------+--------+---------------+----------------+-----------+---------+- - - - -+
 * </pre>
 */
final class FrameEncoder {
  /** No 802.1Q tag. */
  static final int UNTAGGED = -1;

  /** The octets of an IPv4 header without options and a UDP header. */
  static final int IP_UDP_OCTETS = 28;

  /** The smallest frame without the FCS (IEEE 802.3 4.2.3.3), tagged or not. */
  static final int MIN_FRAME_OCTETS = 60;

  private static final int ETHERNET_OCTETS = 14;
  private static final int TAG_OCTETS = 4;
  private static final int IPV4_OCTETS = 20;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_TAG = 0x8100;
  private static final int PROTOCOL_UDP = 17;
  private static final int DONT_FRAGMENT = 0x4000;
  private static final int VERSION_AND_HEADER_LENGTH = 0x45;

  private FrameEncoder() {}

  /** Returns the octets before the IPv4 header. */
  static int headerOctets(int tag) {
    return tag == UNTAGGED ? ETHERNET_OCTETS : ETHERNET_OCTETS + TAG_OCTETS;
  }

  /** Returns the frame's length in octets with padding, without the FCS. */
  static int lengthOctets(int tag, int payloadOctets) {
    return Math.max(MIN_FRAME_OCTETS, headerOctets(tag) + IP_UDP_OCTETS + payloadOctets);
  }

  /**
   * Writes a frame. The payload is read once, by the copy into the frame; the checksum is that of
   * the copy.
   *
   * @param at where the frame begins; {@link #lengthOctets} octets are written
   * @param destinationMac 48 bits
   * @param sourceMac 48 bits
   * @param tag the 802.1Q tag control information, 16 bits, or {@link #UNTAGGED}
   * @param datagram gives addresses, ports, TOS, TTL, flags and the payload's place
   * @param payloadOctets the payload's length, 0 to 65,507
   * @param identification the IPv4 identification, 16 bits
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
    putBigEndianShort(ip - 2, ETHERTYPE_IPV4);

    long payload = ip + IP_UDP_OCTETS;
    NativeMemory.copy(datagram.payloadAddress(), payload, payloadOctets);

    int source = datagram.sourceIpv4();
    int destination = datagram.destinationIpv4();
    writeIpv4(ip, datagram, source, destination, payloadOctets, identification);
    writeUdp(ip + IPV4_OCTETS, datagram, source, destination, payload, payloadOctets);

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
            | (long) (IP_UDP_OCTETS + payloadOctets) << 32
            | (long) identification << 16
            | (datagram.dontFragment() ? DONT_FRAGMENT : 0);
    long second = (long) datagram.ttl() << 56 | (long) PROTOCOL_UDP << 48 | (source & 0xffff_ffffL);
    long sum = halves(first) + halves(second) + (destination & 0xffff_ffffL);
    second |= (long) InternetChecksum.finish(sum) << 32;
    putBigEndianLong(ip, first);
    putBigEndianLong(ip + 8, second);
    putBigEndianInt(ip + 16, destination);
  }

  private static void writeUdp(
      long udp, Datagram datagram, int source, int destination, long payload, int payloadOctets) {
    int length = payloadOctets + 8;
    long header =
        (long) datagram.sourcePort() << 48
            | (long) datagram.destinationPort() << 32
            | (long) length << 16;
    if (!datagram.noChecksum()) {
      long sum =
          halves(header)
              + (source & 0xffff_ffffL)
              + (destination & 0xffff_ffffL)
              + PROTOCOL_UDP
              + length
              + InternetChecksum.sum(payload, payloadOctets);
      int checksum = InternetChecksum.finish(sum);
      header |= checksum == 0 ? 0xffff : checksum;
    }
    putBigEndianLong(udp, header);
  }

  /** Writes the next hop of a frame to the place of the destination MAC, which is not known yet. */
  static void writeNextHop(long at, int nextHop) {
    putBigEndianInt(at, nextHop);
  }

  /** Reads what {@link #writeNextHop} wrote. */
  static int readNextHop(long at) {
    return Integer.reverseBytes(NativeMemory.getInt(at));
  }

  /** Writes both MAC addresses of a frame. */
  static void writeAddresses(long at, long destinationMac, long sourceMac) {
    putBigEndianLong(at, destinationMac << 16 | sourceMac >>> 32);
    putBigEndianInt(at + 8, (int) sourceMac);
  }

  /**
   * Returns the octets before the IPv4 header of a frame that some stack wrote, or -1 if it is no
   * IPv4 frame of at least a whole header.
   */
  static int findIpv4(long at, int lengthOctets) {
    int header = ETHERNET_OCTETS;
    if (lengthOctets >= MIN_FRAME_OCTETS && type(at + 12) == ETHERTYPE_TAG) {
      header += TAG_OCTETS;
    }
    boolean ipv4 =
        lengthOctets >= MIN_FRAME_OCTETS
            && type(at + header - 2) == ETHERTYPE_IPV4
            && (NativeMemory.getByte(at + header) & 0xf0) == 0x40;
    return ipv4 ? header : -1;
  }

  /** Returns the source address in the IPv4 header at {@code ip}. */
  static int readSource(long ip) {
    return Integer.reverseBytes(NativeMemory.getInt(ip + 12));
  }

  /** Returns the destination address in the IPv4 header at {@code ip}. */
  static int readDestination(long ip) {
    return Integer.reverseBytes(NativeMemory.getInt(ip + 16));
  }

  private static int type(long address) {
    return Short.reverseBytes(NativeMemory.getShort(address)) & 0xffff;
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
