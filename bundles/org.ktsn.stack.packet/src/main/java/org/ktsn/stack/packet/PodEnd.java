package org.ktsn.stack.packet;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

/**
 * A pod's end of its link: what a frame of the pod may say of where it comes from, and how long it
 * may be. Immutable; no method that the planner calls allocates.
 */
final class PodEnd {
  /** The end of a pod that is not attached. */
  static final PodEnd GONE = new PodEnd(new MacAddress(0), new int[0], new long[0], 0, 0);

  /** Nobody has told yet. */
  private static final int UNKNOWN = -1;

  private static final long LINK_LOCAL = 0xfe80L << 48;

  private final MacAddress mac;
  private final int[] ipv4;

  /** Two halves for each address. */
  private final long[] ipv6;

  private final int interfaceIndex;
  private final int mtu;

  private PodEnd(MacAddress mac, int[] ipv4, long[] ipv6, int interfaceIndex, int mtu) {
    this.mac = mac;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.interfaceIndex = interfaceIndex;
    this.mtu = mtu;
  }

  /** Returns the end of a pod of whose network nobody has told yet. */
  static PodEnd of(Pod pod) {
    List<Integer> ipv4 = new ArrayList<>();
    List<Long> ipv6 = new ArrayList<>();
    for (String address : pod.addresses()) {
      InetAddress parsed = InetAddress.ofLiteral(address.replaceFirst("/.*", ""));
      ByteBuffer octets = ByteBuffer.wrap(parsed.getAddress());
      if (parsed instanceof Inet4Address) {
        ipv4.add(octets.getInt());
      } else {
        ipv6.add(octets.getLong());
        ipv6.add(octets.getLong());
      }
    }
    ipv6.add(LINK_LOCAL);
    ipv6.add(pod.mac().interfaceIdentifier());
    return new PodEnd(
        pod.mac(),
        ipv4.stream().mapToInt(Integer::intValue).toArray(),
        ipv6.stream().mapToLong(Long::longValue).toArray(),
        UNKNOWN,
        0);
  }

  /** Returns the same end with another network. */
  PodEnd with(int index, int octets) {
    return new PodEnd(mac, ipv4, ipv6, index, octets);
  }

  /** Returns the pod's MAC address. */
  MacAddress mac() {
    return mac;
  }

  /** Tells whether somebody has told of the pod's interface. */
  boolean isKnown() {
    return interfaceIndex != UNKNOWN;
  }

  /** Tells whether the pod's interface is there and up. */
  boolean isUp() {
    return interfaceIndex > 0;
  }

  /** Returns how many octets fit behind a frame's header. */
  int mtu() {
    return mtu;
  }

  /** Tells whether an IPv4 address is the pod's. */
  boolean owns(int address) {
    for (int own : ipv4) {
      if (own == address) {
        return true;
      }
    }
    return false;
  }

  /** Tells whether an IPv6 address is the pod's. */
  boolean owns(long high, long low) {
    for (int i = 0; i < ipv6.length; i += 2) {
      if (ipv6[i] == high && ipv6[i + 1] == low) {
        return true;
      }
    }
    return false;
  }
}
