package org.ktsn.pod;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.stack.AddressFamily;

/**
 * An IP address of either family with its prefix length, as it is given to an interface.
 *
 * @param address the address, without a zone
 * @param prefixLength 0 to 32, or to 128
 */
record HostAddress(InetAddress address, int prefixLength) {
  /** The first 64 bits of the addresses of links. */
  private static final long LINK = 0xfe80L << 48;

  /**
   * Reads {@code 10.77.0.2/16} or {@code fd77::2/64}.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static HostAddress parse(String text) {
    int slash = text.indexOf('/');
    String length = text.substring(slash + 1);
    if (slash < 0 || !length.matches("\\d{1,3}")) {
      throw malformed(text);
    }
    InetAddress address = address(text.substring(0, slash), text);
    int prefixLength = Integer.parseInt(length);
    if (prefixLength > bits(address)) {
      throw malformed(text);
    }
    return new HostAddress(address, prefixLength);
  }

  /**
   * Returns the address of the link that an interface makes of its MAC address (RFC 4291 2.5.6).
   */
  static HostAddress ofLink(MacAddress mac) {
    return parse(AddressFamily.INET6.text(LINK, mac.interfaceIdentifier()) + "/64");
  }

  /** Reads an address without a prefix length. */
  static InetAddress parseAddress(String text) {
    return address(text, text);
  }

  private static InetAddress address(String literal, String text) {
    boolean ipv4 = literal.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!ipv4 && (literal.indexOf(':') < 0 || literal.indexOf('%') >= 0)) {
      throw malformed(text);
    }
    InetAddress address;
    try {
      address = InetAddress.ofLiteral(literal);
    } catch (IllegalArgumentException e) {
      throw malformed(text);
    }
    // Java takes ::ffff:10.77.0.2 for the IPv4 address that it stands for.
    if (ipv4 == address instanceof Inet6Address) {
      throw malformed(text);
    }
    return address;
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "'"
            + text
            + "' is not an IP address with prefix length; write it as 10.77.0.2/16 or fd77::2/64");
  }

  /** Returns the bits of an address. */
  static int bits(InetAddress address) {
    return address.getAddress().length * Byte.SIZE;
  }

  static boolean isIpv6(InetAddress address) {
    return address instanceof Inet6Address;
  }

  boolean isIpv6() {
    return isIpv6(address);
  }

  @Override
  public String toString() {
    return text(address) + "/" + prefixLength;
  }

  /** Writes an address as the kernel's tools do (RFC 5952). */
  static String text(InetAddress address) {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return isIpv6(address)
        ? AddressFamily.INET6.text(octets.getLong(), octets.getLong())
        : AddressFamily.INET.text(AddressFamily.highOf(octets.getInt()), 0);
  }
}
