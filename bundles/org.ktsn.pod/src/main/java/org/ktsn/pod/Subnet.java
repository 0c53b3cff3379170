package org.ktsn.pod;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.stack.AddressFamily;

/**
 * The overlay's IPv4 subnet, out of which pods have their addresses. Addresses are {@code int}s in
 * network order.
 *
 * @param network the network's address, without host bits
 * @param prefixLength 8 to 30
 */
record Subnet(int network, int prefixLength) {
  private static final Pattern CIDR =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

  /** An address with its prefix length, as it is given to an interface. */
  record HostAddress(int address, int prefixLength) {
    /**
     * Reads {@code 10.77.0.2/16}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static HostAddress parse(String text) {
      Matcher matcher = CIDR.matcher(text);
      if (!matcher.matches()) {
        throw malformed(text);
      }
      int address = 0;
      for (int octet = 1; octet <= 4; octet++) {
        int value = Integer.parseInt(matcher.group(octet));
        if (value > 255) {
          throw malformed(text);
        }
        address = address << 8 | value;
      }
      int prefixLength = Integer.parseInt(matcher.group(5));
      if (prefixLength > 32) {
        throw malformed(text);
      }
      return new HostAddress(address, prefixLength);
    }

    @Override
    public String toString() {
      return text(address) + "/" + prefixLength;
    }

    private static IllegalArgumentException malformed(String text) {
      return new IllegalArgumentException(
          "'" + text + "' is not an IPv4 address with prefix length; write it as 10.77.0.2/16");
    }
  }

  Subnet {
    if (prefixLength < 8 || prefixLength > 30) {
      throw new IllegalArgumentException(
          "the overlay's prefix length " + prefixLength + " is not in 8..30");
    }
    network &= mask(prefixLength);
  }

  /** Reads {@code 10.77.0.0/16}. */
  static Subnet parse(String text) {
    HostAddress address = HostAddress.parse(text);
    return new Subnet(address.address(), address.prefixLength());
  }

  /** Tells whether a host of this subnet can have an address. */
  boolean hasHost(int address) {
    return (address & mask(prefixLength)) == network
        && address != network
        && address != broadcast();
  }

  /** Returns the lowest address that is free; the first one is left to a gateway. */
  Optional<HostAddress> firstFree(Set<Integer> used) {
    for (int address = network + 2; address != broadcast(); address++) {
      if (!used.contains(address)) {
        return Optional.of(new HostAddress(address, prefixLength));
      }
    }
    return Optional.empty();
  }

  private int broadcast() {
    return network | ~mask(prefixLength);
  }

  @Override
  public String toString() {
    return text(network) + "/" + prefixLength;
  }

  private static String text(int address) {
    return AddressFamily.INET.text(AddressFamily.highOf(address), 0);
  }

  private static int mask(int prefixLength) {
    return -1 << (32 - prefixLength);
  }
}
