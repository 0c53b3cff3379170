package org.ktsn.pod;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;

/**
 * A subnet of the overlay, out of which pods have their addresses.
 *
 * @param network the network's address, without host bits
 * @param prefixLength 8 to 30; of IPv6 8 to 126
 */
record Subnet(InetAddress network, int prefixLength) {
  private static final int LEAST_LENGTH = 8;

  /** The first address is left to a gateway. */
  private static final int FIRST_HOST = 2;

  Subnet {
    int greatest = HostAddress.bits(network) - 2;
    if (prefixLength < LEAST_LENGTH || prefixLength > greatest) {
      throw new IllegalArgumentException(
          "the overlay's prefix length " + prefixLength + " is not in 8.." + greatest);
    }
    int hostBits = HostAddress.bits(network) - prefixLength;
    BigInteger bits = value(network);
    network = address(network, bits.shiftRight(hostBits).shiftLeft(hostBits));
  }

  /** Reads {@code 10.77.0.0/16} or {@code fd77::/64}. */
  static Subnet parse(String text) {
    HostAddress address = HostAddress.parse(text);
    return new Subnet(address.address(), address.prefixLength());
  }

  boolean isIpv6() {
    return HostAddress.isIpv6(network);
  }

  /**
   * Tells whether a host of this subnet can have an address: not the first one, which is the
   * network's or any router's, nor the last one of IPv4, which is everybody's.
   */
  boolean hasHost(InetAddress address) {
    if (HostAddress.isIpv6(address) != isIpv6()) {
      return false;
    }
    BigInteger host = value(address).subtract(value(network));
    return host.signum() > 0 && host.compareTo(end()) < 0;
  }

  /** Returns the lowest address that is free. */
  Optional<HostAddress> firstFree(Set<InetAddress> used) {
    for (BigInteger host = BigInteger.valueOf(FIRST_HOST);
        host.compareTo(end()) < 0;
        host = host.add(BigInteger.ONE)) {
      InetAddress address = address(network, value(network).add(host));
      if (!used.contains(address)) {
        return Optional.of(new HostAddress(address, prefixLength));
      }
    }
    return Optional.empty();
  }

  /** How far behind the network's address hosts end. */
  private BigInteger end() {
    BigInteger size = BigInteger.ONE.shiftLeft(HostAddress.bits(network) - prefixLength);
    return isIpv6() ? size : size.subtract(BigInteger.ONE);
  }

  private static BigInteger value(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  private static InetAddress address(InetAddress like, BigInteger value) {
    byte[] octets = new byte[like.getAddress().length];
    byte[] bits = value.toByteArray();
    int count = Math.min(bits.length, octets.length);
    System.arraycopy(bits, bits.length - count, octets, octets.length - count, count);
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("as many octets as an address has", e);
    }
  }

  @Override
  public String toString() {
    return HostAddress.text(network) + "/" + prefixLength;
  }
}
