package org.ktsn.stack.udp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Reads rtnetlink messages. A pod with the right to configure its network can send to our socket,
 * so every length is checked; what can't be read is left out, and nothing is thrown.
 */
final class RtnetlinkReader {
  private static final int IPV6_OCTETS = 16;

  private RtnetlinkReader() {}

  /**
   * Reads the messages of one datagram.
   *
   * @param datagram holds them from its beginning
   * @param octets the datagram's length
   * @param consumer takes each message
   * @return false if the datagram ended within a message or a message was not well formed
   */
  static boolean read(MemorySegment datagram, int octets, Consumer<RouteMessage> consumer) {
    boolean sound = true;
    int at = 0;
    while (octets - at >= Rtnetlink.MESSAGE_HEADER_OCTETS) {
      int length = datagram.get(JAVA_INT_UNALIGNED, at);
      if (length < Rtnetlink.MESSAGE_HEADER_OCTETS || length > octets - at) {
        return false;
      }
      RouteMessage message;
      try {
        message = message(datagram.asSlice(at, length));
      } catch (IndexOutOfBoundsException e) {
        message = null;
        sound = false;
      }
      if (message != null) {
        consumer.accept(message);
      }
      at += Rtnetlink.align(length);
    }
    return sound && at >= octets;
  }

  private static RouteMessage message(MemorySegment message) {
    int type = unsignedShort(message, 4);
    int flags = unsignedShort(message, 6);
    int sequence = message.get(JAVA_INT_UNALIGNED, 8);
    MemorySegment body = message.asSlice(Rtnetlink.MESSAGE_HEADER_OCTETS);
    return new RouteMessage(
        sequence,
        (flags & Rtnetlink.NLM_F_MULTI) != 0,
        (flags & Rtnetlink.NLM_F_DUMP_INTR) != 0,
        content(type, body));
  }

  private static RouteMessage.Content content(int type, MemorySegment body) {
    return switch (type) {
      case Rtnetlink.NLMSG_DONE ->
          new RouteMessage.Done(body.byteSize() < 4 ? 0 : -body.get(JAVA_INT_UNALIGNED, 0));
      case Rtnetlink.NLMSG_ERROR -> new RouteMessage.Refused(-body.get(JAVA_INT_UNALIGNED, 0));
      case Rtnetlink.RTM_NEWLINK, Rtnetlink.RTM_DELLINK ->
          link(type == Rtnetlink.RTM_DELLINK, body);
      case Rtnetlink.RTM_NEWADDR, Rtnetlink.RTM_DELADDR ->
          address(type == Rtnetlink.RTM_DELADDR, body);
      case Rtnetlink.RTM_NEWROUTE, Rtnetlink.RTM_DELROUTE ->
          route(type == Rtnetlink.RTM_DELROUTE, body);
      case Rtnetlink.RTM_NEWNEIGH, Rtnetlink.RTM_DELNEIGH ->
          neighbour(type == Rtnetlink.RTM_DELNEIGH, body);
      case Rtnetlink.RTM_NEWRULE, Rtnetlink.RTM_DELRULE ->
          rule(type == Rtnetlink.RTM_DELRULE, body);
      default -> new RouteMessage.Other(type);
    };
  }

  private static RouteMessage.Content link(boolean removed, MemorySegment body) {
    int index = body.get(JAVA_INT_UNALIGNED, 4);
    int flags = body.get(JAVA_INT_UNALIGNED, 8);
    String name = "";
    OptionalLong mac = OptionalLong.empty();
    int mtu = 0;
    for (Attribute attribute : attributes(body, Rtnetlink.LINK_OCTETS)) {
      switch (attribute.type()) {
        case Rtnetlink.IFLA_IFNAME -> name = attribute.text();
        case Rtnetlink.IFLA_ADDRESS -> mac = attribute.mac();
        case Rtnetlink.IFLA_MTU -> mtu = attribute.integer();
        default -> {}
      }
    }
    return new RouteMessage.Link(removed, index, flags, name, mac, mtu);
  }

  private static RouteMessage.Content address(boolean removed, MemorySegment body) {
    if (!isInternet(body)) {
      return new RouteMessage.Other(Rtnetlink.RTM_NEWADDR);
    }
    int prefixLength = unsignedByte(body, 1);
    int index = body.get(JAVA_INT_UNALIGNED, 4);
    IpAddress local = IpAddress.NONE;
    IpAddress address = IpAddress.NONE;
    for (Attribute attribute : attributes(body, Rtnetlink.ADDRESS_OCTETS)) {
      switch (attribute.type()) {
        case Rtnetlink.IFA_LOCAL -> local = attribute.address();
        case Rtnetlink.IFA_ADDRESS -> address = attribute.address();
        default -> {}
      }
    }
    IpAddress own = local.equals(IpAddress.NONE) ? address : local;
    return new RouteMessage.Address(removed, index, own, prefixLength);
  }

  private static RouteMessage.Content route(boolean removed, MemorySegment body) {
    int prefixLength = unsignedByte(body, 1);
    IpAddress destination = isIpv4(body) ? IpAddress.ipv4(0) : IpAddress.NONE;
    if (!isInternet(body) || prefixLength > destination.bits()) {
      return new RouteMessage.Other(Rtnetlink.RTM_NEWROUTE);
    }
    int tos = unsignedByte(body, 3);
    int table = unsignedByte(body, 4);
    int type = unsignedByte(body, 7);
    int flags = body.get(JAVA_INT_UNALIGNED, 8);
    int metric = 0;
    int index = 0;
    IpAddress gateway = IpAddress.NONE;
    boolean sameFamily = true;
    List<RouteMessage.Hop> hops = new ArrayList<>();
    for (Attribute attribute : attributes(body, Rtnetlink.ROUTE_OCTETS)) {
      switch (attribute.type()) {
        case Rtnetlink.RTA_DST -> destination = attribute.address();
        case Rtnetlink.RTA_OIF -> index = attribute.integer();
        case Rtnetlink.RTA_GATEWAY -> gateway = attribute.address();
        case Rtnetlink.RTA_VIA -> sameFamily = false;
        case Rtnetlink.RTA_PRIORITY -> metric = attribute.integer();
        case Rtnetlink.RTA_TABLE -> table = attribute.integer();
        case Rtnetlink.RTA_MULTIPATH -> hops.addAll(hops(attribute.value()));
        default -> {}
      }
    }
    if (destination.isIpv4() != isIpv4(body)) {
      return new RouteMessage.Other(Rtnetlink.RTM_NEWROUTE); // stands for an address of ours
    }
    if (hops.isEmpty()) {
      hops.add(new RouteMessage.Hop(index, gateway, flags, sameFamily));
    }
    return new RouteMessage.Route(
        removed,
        table,
        type,
        destination.first(prefixLength),
        prefixLength,
        tos,
        flags,
        metric,
        List.copyOf(hops));
  }

  private static List<RouteMessage.Hop> hops(MemorySegment value) {
    List<RouteMessage.Hop> hops = new ArrayList<>();
    int at = 0;
    while (value.byteSize() - at >= Rtnetlink.NEXT_HOP_OCTETS) {
      int length = unsignedShort(value, at);
      if (length < Rtnetlink.NEXT_HOP_OCTETS) {
        throw new IndexOutOfBoundsException("next hop of " + length + " octets");
      }
      MemorySegment hop = value.asSlice(at, length);
      int flags = unsignedByte(hop, 2);
      int index = hop.get(JAVA_INT_UNALIGNED, 4);
      IpAddress gateway = IpAddress.NONE;
      boolean sameFamily = true;
      for (Attribute attribute : attributes(hop, Rtnetlink.NEXT_HOP_OCTETS)) {
        switch (attribute.type()) {
          case Rtnetlink.RTA_GATEWAY -> gateway = attribute.address();
          case Rtnetlink.RTA_VIA -> sameFamily = false;
          default -> {}
        }
      }
      hops.add(new RouteMessage.Hop(index, gateway, flags, sameFamily));
      at += Rtnetlink.align(length);
    }
    return hops;
  }

  private static RouteMessage.Content rule(boolean removed, MemorySegment body) {
    if (!isInternet(body)) {
      return new RouteMessage.Other(Rtnetlink.RTM_NEWRULE);
    }
    return new RouteMessage.Rule(removed);
  }

  private static RouteMessage.Content neighbour(boolean removed, MemorySegment body) {
    if (!isInternet(body)) {
      return new RouteMessage.Other(Rtnetlink.RTM_NEWNEIGH);
    }
    int index = body.get(JAVA_INT_UNALIGNED, 4);
    int state = unsignedShort(body, 8);
    int flags = unsignedByte(body, 10);
    IpAddress address = IpAddress.NONE;
    OptionalLong mac = OptionalLong.empty();
    for (Attribute attribute : attributes(body, Rtnetlink.NEIGHBOUR_OCTETS)) {
      switch (attribute.type()) {
        case Rtnetlink.NDA_DST -> address = attribute.address();
        case Rtnetlink.NDA_LLADDR -> mac = attribute.mac();
        default -> {}
      }
    }
    return new RouteMessage.Neighbour(removed, index, flags, state, address, mac);
  }

  /** The family comes first in all but links. */
  private static boolean isIpv4(MemorySegment body) {
    return unsignedByte(body, 0) == Rtnetlink.AF_INET;
  }

  private static boolean isInternet(MemorySegment body) {
    return isIpv4(body) || unsignedByte(body, 0) == Rtnetlink.AF_INET6;
  }

  private static List<Attribute> attributes(MemorySegment body, int from) {
    List<Attribute> attributes = new ArrayList<>();
    int at = Rtnetlink.align(from);
    while (body.byteSize() - at >= Rtnetlink.ATTRIBUTE_HEADER_OCTETS) {
      int length = unsignedShort(body, at);
      if (length < Rtnetlink.ATTRIBUTE_HEADER_OCTETS) {
        throw new IndexOutOfBoundsException("attribute of " + length + " octets");
      }
      // The two highest bits are flags (nested, network order).
      int type = unsignedShort(body, at + 2) & 0x3fff;
      MemorySegment value =
          body.asSlice(
              at + Rtnetlink.ATTRIBUTE_HEADER_OCTETS, length - Rtnetlink.ATTRIBUTE_HEADER_OCTETS);
      attributes.add(new Attribute(type, value));
      at += Rtnetlink.align(length);
    }
    return attributes;
  }

  private static int unsignedByte(MemorySegment segment, long offset) {
    return segment.get(JAVA_BYTE, offset) & 0xff;
  }

  private static int unsignedShort(MemorySegment segment, long offset) {
    return segment.get(JAVA_SHORT_UNALIGNED, offset) & 0xffff;
  }

  /** One attribute: its type and its value's octets. */
  private record Attribute(int type, MemorySegment value) {
    int integer() {
      return value.get(JAVA_INT_UNALIGNED, 0);
    }

    /** An address of its length's family. */
    IpAddress address() {
      if (value.byteSize() < IPV6_OCTETS) {
        return IpAddress.ipv4(value.get(JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0));
      }
      return new IpAddress(
          value.get(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0),
          value.get(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 8));
    }

    OptionalLong mac() {
      if (value.byteSize() != 6) {
        return OptionalLong.empty();
      }
      long mac = 0;
      for (int i = 0; i < 6; i++) {
        mac = mac << 8 | unsignedByte(value, i);
      }
      return OptionalLong.of(mac);
    }

    String text() {
      byte[] octets = value.toArray(JAVA_BYTE);
      int length = octets.length;
      while (length > 0 && octets[length - 1] == 0) {
        length--;
      }
      return new String(octets, 0, length, StandardCharsets.UTF_8);
    }
  }
}
