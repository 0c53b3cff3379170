package org.ktsn.stack.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Writes the few rtnetlink requests that the mirror makes. */
final class RtnetlinkWriter {
  /** Room for any of them. */
  static final int MAX_OCTETS = 64;

  private RtnetlinkWriter() {}

  /**
   * Writes a request for a dump of all links, or of all addresses, routes or neighbours of every
   * family.
   *
   * @param type one of {@code RTM_GET…}
   * @return the message's length
   */
  static int dump(MemorySegment message, int type, int sequence) {
    message.fill((byte) 0);
    int length = Rtnetlink.MESSAGE_HEADER_OCTETS;
    switch (type) {
      case Rtnetlink.RTM_GETLINK -> {
        length += Rtnetlink.LINK_OCTETS;
        length =
            integer(message, length, Rtnetlink.IFLA_EXT_MASK, Rtnetlink.RTEXT_FILTER_SKIP_STATS);
      }
      case Rtnetlink.RTM_GETADDR -> length += Rtnetlink.ADDRESS_OCTETS;
      default -> length += Rtnetlink.ROUTE_OCTETS;
    }
    header(message, length, type, Rtnetlink.NLM_F_REQUEST | Rtnetlink.NLM_F_DUMP, sequence);
    return length;
  }

  /**
   * Writes the request that makes the kernel behave as if a packet for the neighbour had just been
   * sent: it resolves an unknown one and confirms a stale one.
   *
   * @return the message's length
   */
  static int useNeighbour(
      MemorySegment message, int interfaceIndex, IpAddress address, int sequence) {
    message.fill((byte) 0);
    int body = Rtnetlink.MESSAGE_HEADER_OCTETS;
    message.set(
        JAVA_INT_UNALIGNED, body, address.isIpv4() ? Rtnetlink.AF_INET : Rtnetlink.AF_INET6);
    message.set(JAVA_INT_UNALIGNED, body + 4L, interfaceIndex);
    message.set(JAVA_INT_UNALIGNED, body + 8L, Rtnetlink.NTF_USE << 16); // state none, flags
    int length = destination(message, body + Rtnetlink.NEIGHBOUR_OCTETS, address);
    header(
        message,
        length,
        Rtnetlink.RTM_NEWNEIGH,
        Rtnetlink.NLM_F_REQUEST | Rtnetlink.NLM_F_CREATE,
        sequence);
    return length;
  }

  private static void header(MemorySegment message, int length, int type, int flags, int sequence) {
    message.set(JAVA_INT_UNALIGNED, 0, length);
    message.set(JAVA_SHORT_UNALIGNED, 4, (short) type);
    message.set(JAVA_SHORT_UNALIGNED, 6, (short) flags);
    message.set(JAVA_INT_UNALIGNED, 8, sequence);
  }

  private static int destination(MemorySegment message, int at, IpAddress address) {
    if (address.isIpv4()) {
      return integer(message, at, Rtnetlink.NDA_DST, Integer.reverseBytes(address.toIpv4()));
    }
    int value = at + Rtnetlink.ATTRIBUTE_HEADER_OCTETS;
    message.set(JAVA_SHORT_UNALIGNED, at, (short) (Rtnetlink.ATTRIBUTE_HEADER_OCTETS + 16));
    message.set(JAVA_SHORT_UNALIGNED, at + 2L, (short) Rtnetlink.NDA_DST);
    message.set(JAVA_LONG_UNALIGNED, value, Long.reverseBytes(address.high()));
    message.set(JAVA_LONG_UNALIGNED, value + 8L, Long.reverseBytes(address.low()));
    return value + 16;
  }

  private static int integer(MemorySegment message, int at, int type, int value) {
    message.set(JAVA_SHORT_UNALIGNED, at, (short) (Rtnetlink.ATTRIBUTE_HEADER_OCTETS + 4));
    message.set(JAVA_SHORT_UNALIGNED, at + 2L, (short) type);
    message.set(JAVA_INT_UNALIGNED, at + 4L, value);
    return at + Rtnetlink.ATTRIBUTE_HEADER_OCTETS + 4;
  }
}
