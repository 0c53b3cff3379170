package org.ktsn.stack.udp;

import org.ktsn.api.stack.AddressFamily;
import org.ktsn.foreign.NativeMemory;

/**
 * Reads and completes a frame that waits for its next hop's MAC address. It has the next hop in
 * itself meanwhile: an IPv4 address in its first four octets; an IPv6 address where the frame will
 * have both MAC addresses and, of the last four octets, the two lengths, which follow from the
 * frame's.
 *
 * <pre>
 *   0                    12          ip + 4           ip + 44
 *  +--------------------+-- ...  --+----------+-- ... --+----------+
 *  | octets 0 to 11     |          | 12, 13   |         | 14, 15   |
 *  +--------------------+-- ...  --+----------+-- ... --+----------+
 *   MAC addresses                    IPv6 payload length  UDP length
 * </pre>
 */
final class HeldFrame {
  private static final int PAYLOAD_LENGTH = 4;
  private static final int UDP_LENGTH = FrameEncoder.IPV6_OCTETS + 4;

  private HeldFrame() {}

  /**
   * Returns the octets before the IP header of a frame that some stack wrote, or -1 if it has no
   * whole header of IPv4 or of IPv6 and UDP.
   */
  static int findIp(long at, int lengthOctets) {
    if (lengthOctets < FrameEncoder.MIN_FRAME_OCTETS) {
      return -1;
    }
    boolean tagged = type(at + 12) == FrameEncoder.ETHERTYPE_TAG;
    int header = FrameEncoder.ETHERNET_OCTETS + (tagged ? FrameEncoder.TAG_OCTETS : 0);
    int type = type(at + header - 2);
    int version = NativeMemory.getByte(at + header) & 0xf0;
    boolean ipv4 = type == FrameEncoder.ETHERTYPE_IPV4 && version == 0x40;
    boolean ipv6 =
        type == FrameEncoder.ETHERTYPE_IPV6
            && version == 0x60
            && lengthOctets >= header + FrameEncoder.ipUdpOctets(true);
    return ipv4 || ipv6 ? header : -1;
  }

  /** Tells whether the IP header at {@code ip} is one of IPv6. */
  static boolean isIpv6(long ip) {
    return (NativeMemory.getByte(ip) & 0xf0) == 0x60;
  }

  // Addresses as a datagram gives them.

  static long sourceHigh(long ip, boolean ipv6) {
    return ipv6 ? bigEndianLong(ip + 8) : AddressFamily.highOf(bigEndianInt(ip + 12));
  }

  static long sourceLow(long ip, boolean ipv6) {
    return ipv6 ? bigEndianLong(ip + 16) : 0;
  }

  static long destinationHigh(long ip, boolean ipv6) {
    return ipv6 ? bigEndianLong(ip + 24) : AddressFamily.highOf(bigEndianInt(ip + 16));
  }

  static long destinationLow(long ip, boolean ipv6) {
    return ipv6 ? bigEndianLong(ip + 32) : 0;
  }

  /**
   * Writes the next hop of a whole frame into it.
   *
   * @param headerOctets the octets before the IP header
   * @param high the first half of the next hop's {@link IpAddress}
   * @param low the second half
   */
  static void writeNextHop(long at, int headerOctets, long high, long low) {
    long ip = at + headerOctets;
    if (isIpv6(ip)) {
      NativeMemory.putLong(at, Long.reverseBytes(high));
      NativeMemory.putInt(at + 8, Integer.reverseBytes((int) (low >>> 32)));
      putBigEndianShort(ip + PAYLOAD_LENGTH, (int) (low >>> 16));
      putBigEndianShort(ip + UDP_LENGTH, (int) low);
    } else {
      NativeMemory.putInt(at, Integer.reverseBytes((int) low));
    }
  }

  /** Reads the first half of what {@link #writeNextHop} wrote. */
  static long nextHopHigh(long at, boolean ipv6) {
    return ipv6 ? bigEndianLong(at) : 0;
  }

  /** Reads the second half of what {@link #writeNextHop} wrote. */
  static long nextHopLow(long at, long ip, boolean ipv6) {
    if (!ipv6) {
      return IpAddress.lowOf(bigEndianInt(at));
    }
    return (bigEndianInt(at + 8) & 0xffff_ffffL) << 32
        | (long) type(ip + PAYLOAD_LENGTH) << 16
        | type(ip + UDP_LENGTH);
  }

  /**
   * Puts back the lengths of an IPv6 packet.
   *
   * @param ipOctets the packet's length with its header; the smallest frame has room for less, so
   *     there is no padding
   */
  static void restoreLengths(long ip, boolean ipv6, int ipOctets) {
    if (ipv6) {
      int octets = ipOctets - FrameEncoder.IPV6_OCTETS;
      putBigEndianShort(ip + PAYLOAD_LENGTH, octets);
      putBigEndianShort(ip + UDP_LENGTH, octets);
    }
  }

  private static int type(long address) {
    return Short.reverseBytes(NativeMemory.getShort(address)) & 0xffff;
  }

  private static long bigEndianLong(long address) {
    return Long.reverseBytes(NativeMemory.getLong(address));
  }

  private static int bigEndianInt(long address) {
    return Integer.reverseBytes(NativeMemory.getInt(address));
  }

  private static void putBigEndianShort(long address, int value) {
    NativeMemory.putShort(address, Short.reverseBytes((short) value));
  }
}
