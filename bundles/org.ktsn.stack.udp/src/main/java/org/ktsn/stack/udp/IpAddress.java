package org.ktsn.stack.udp;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.ktsn.api.pod.MacAddress;

/**
 * An IP address of either family, as 128 bits in network order: an IPv4 address is the IPv6 address
 * that stands for it, {@code ::ffff:a.b.c.d} (RFC 4291 2.5.5.2), which no IPv6 packet bears. So one
 * table serves both families. The planner has no such objects: it passes the two halves.
 *
 * @param high the first eight octets
 * @param low the last eight octets
 */
record IpAddress(long high, long low) {
  /** No address; neither family has it on a link. */
  static final IpAddress NONE = new IpAddress(0, 0);

  /** The low half of 0.0.0.0; that of another IPv4 address has it in its upper 32 bits. */
  private static final long IPV4 = 0xffff_0000_0000L;

  private static final int IPV6_BITS = 128;
  private static final int IPV4_BITS = 32;

  /** Returns an IPv4 address, whose first octet is the most significant one of {@code address}. */
  static IpAddress ipv4(int address) {
    return new IpAddress(0, lowOf(address));
  }

  /** Returns the low half of an IPv4 address; the high half is 0. */
  static long lowOf(int ipv4) {
    return IPV4 | (ipv4 & 0xffff_ffffL);
  }

  /** Tells whether two halves are an IPv4 address. */
  static boolean isIpv4(long high, long low) {
    return high == 0 && low >>> 32 == 0xffff;
  }

  /** Returns the address of the link that an interface makes of its MAC address (RFC 4291 A). */
  static IpAddress linkLocal(MacAddress mac) {
    return new IpAddress(0xfe80L << 48, mac.interfaceIdentifier());
  }

  /**
   * Reads an address that may have a prefix length behind it, as the pod service has checked it.
   */
  static IpAddress parse(String text) {
    InetAddress address = InetAddress.ofLiteral(text.substring(0, (text + "/").indexOf('/')));
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet4Address
        ? ipv4(octets.getInt())
        : new IpAddress(octets.getLong(), octets.getLong());
  }

  boolean isIpv4() {
    return isIpv4(high, low);
  }

  /** Returns the IPv4 address in it. */
  int toIpv4() {
    return (int) low;
  }

  /** Returns the bits of its family's addresses: 32 or 128. */
  int bits() {
    return isIpv4() ? IPV4_BITS : IPV6_BITS;
  }

  /** Returns the first address of the prefix that it lies in. */
  IpAddress first(int prefixLength) {
    int behind = bits() - prefixLength;
    return new IpAddress(high & ~highBehind(behind), low & ~lowBehind(behind));
  }

  /** Returns the last address of the prefix that it lies in. */
  IpAddress last(int prefixLength) {
    int behind = bits() - prefixLength;
    return new IpAddress(high | highBehind(behind), low | lowBehind(behind));
  }

  private static long highBehind(int bits) {
    return bits <= 64 ? 0 : -1L >>> (IPV6_BITS - bits);
  }

  private static long lowBehind(int bits) {
    return bits == 0 ? 0 : -1L >>> Math.max(0, 64 - bits);
  }

  /** Compares two addresses given in halves, as unsigned numbers. */
  static int compare(long oneHigh, long oneLow, long otherHigh, long otherLow) {
    int high = Long.compareUnsigned(oneHigh, otherHigh);
    return high != 0 ? high : Long.compareUnsigned(oneLow, otherLow);
  }
}
