package org.ktsn.stack.udp;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * What a pod's interface leads to at first hand: the prefixes on its link, the gateways of its
 * routes, the broadcast addresses of its link; of both families, whatever table they are in. Which
 * route a datagram takes is the kernel's decision, made when the pod sends; this tells whether the
 * neighbour that the pod names can be one at all. Immutable; a look-up allocates nothing.
 */
final class NextHops {
  /** An interface without routes. */
  static final NextHops NONE = new Builder().build();

  /** Apart, because an IPv6 prefix may have the addresses in it that stand for IPv4 ones. */
  private final AddressRanges ipv4;

  private final AddressRanges ipv6;

  /** IPv4 addresses, as low halves. */
  private final long[] broadcasts;

  private NextHops(AddressRanges ipv4, AddressRanges ipv6, long[] broadcasts) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.broadcasts = broadcasts;
  }

  /** Tells whether an address is on the link, or a gateway. */
  boolean contains(long high, long low) {
    return IpAddress.isIpv4(high, low) ? ipv4.contains(high, low) : ipv6.contains(high, low);
  }

  /** Tells whether an address stands for all stations on the link. */
  boolean isBroadcast(long high, long low) {
    return high == 0 && Arrays.binarySearch(broadcasts, low) >= 0;
  }

  /** Collects routes; each distinct one counts once. */
  static final class Builder {
    private final Set<AddressRanges.Range> ipv4 = new HashSet<>();
    private final Set<AddressRanges.Range> ipv6 = new HashSet<>();
    private final Set<Long> broadcasts = new HashSet<>();

    /** Adds what is on the link. */
    void addPrefix(IpAddress network, int prefixLength) {
      (network.isIpv4() ? ipv4 : ipv6)
          .add(new AddressRanges.Range(network.first(prefixLength), network.last(prefixLength)));
    }

    void addGateway(IpAddress address) {
      addPrefix(address, address.bits());
    }

    /** Adds an IPv4 address that stands for all. */
    void addBroadcast(IpAddress address) {
      broadcasts.add(address.low());
    }

    /** Returns how many there are. */
    int size() {
      return ipv4.size() + ipv6.size() + broadcasts.size();
    }

    NextHops build() {
      return new NextHops(
          new AddressRanges(ipv4),
          new AddressRanges(ipv6),
          broadcasts.stream().mapToLong(Long::longValue).sorted().toArray());
    }
  }
}
