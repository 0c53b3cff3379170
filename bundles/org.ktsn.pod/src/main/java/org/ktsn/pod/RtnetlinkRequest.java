package org.ktsn.pod;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.ktsn.api.pod.PodAssignment;

/**
 * Writes rtnetlink requests (linux/netlink.h, rtnetlink.h, if_link.h, veth.h) one behind the other;
 * the kernel carries them out in this order. One thread.
 *
 * <pre>
 *  0        4      6       8          12     16
 *  | length | type | flags | sequence | port | fixed part | attribute | …
 *                                                         0        2      4
 *                                                         | length | type | value, padded to 4
 * </pre>
 */
final class RtnetlinkRequest {
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_NEWROUTE = 24;

  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;
  static final int IFLA_NET_NS_FD = 28;
  static final int VETH_INFO_PEER = 1;
  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_METRICS = 8;
  static final int RTA_TABLE = 15;
  static final int RTAX_MTU = 2;
  static final int RTAX_ADVMSS = 8;

  private static final int NLM_F_REQUEST = 0x001;
  private static final int NLM_F_ACK = 0x004;
  private static final int NLM_F_EXCL = 0x200;
  private static final int NLM_F_CREATE = 0x400;
  private static final byte AF_INET = 2;
  private static final byte AF_INET6 = 10;

  /** Whoever gives the address knows that nobody else has it: it is usable at once. */
  private static final byte IFA_F_NODAD = 2;

  private static final int IFF_UP = 1;
  private static final int RT_TABLE_UNSPECIFIED = 0;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RT_TABLE_LARGEST_SMALL = 255;
  private static final byte RTPROT_BOOT = 3;
  private static final byte RT_SCOPE_UNIVERSE = 0;
  private static final int RT_SCOPE_LINK = PodAssignment.Route.SCOPE_LINK;
  private static final byte RTN_UNICAST = 1;
  private static final int ROOM_OCTETS = 16 * 1024;

  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(ROOM_OCTETS).order(ByteOrder.nativeOrder());
  private int message;
  private int count;

  /** Begins a request about an interface; index 0: its name follows as an attribute. */
  RtnetlinkRequest link(int type, int index, boolean up) {
    begin(type, type == RTM_NEWLINK && index == 0 ? NLM_F_CREATE | NLM_F_EXCL : 0);
    return linkPart(index, up);
  }

  /** Writes the fixed part of what describes an interface. */
  RtnetlinkRequest linkPart(int index, boolean up) {
    buffer.putInt(0).putInt(index).putInt(up ? IFF_UP : 0).putInt(up ? IFF_UP : 0);
    return measured();
  }

  /** Adds a request for an address. */
  RtnetlinkRequest address(int index, HostAddress address) {
    begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    buffer.put(family(address)).put((byte) address.prefixLength());
    buffer.put(address.isIpv6() ? IFA_F_NODAD : 0).put(RT_SCOPE_UNIVERSE);
    buffer.putInt(index);
    octets(IFA_LOCAL, address.address().getAddress());
    return octets(IFA_ADDRESS, address.address().getAddress());
  }

  private static byte family(HostAddress address) {
    return address.isIpv6() ? AF_INET6 : AF_INET;
  }

  /** Adds a request for a route, which the kernel refuses if it has one like it. */
  RtnetlinkRequest route(int index, PodAssignment.Route route) {
    HostAddress destination = HostAddress.parse(route.destination());
    boolean isDirect = route.gateway().isEmpty();
    long table = route.table().orElse(RT_TABLE_MAIN);
    boolean isSmall = table <= RT_TABLE_LARGEST_SMALL;
    begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    buffer.put(family(destination)).put((byte) destination.prefixLength());
    buffer.put((byte) 0).put((byte) 0);
    buffer.put((byte) (isSmall ? table : RT_TABLE_UNSPECIFIED)).put(RTPROT_BOOT);
    buffer.put((byte) route.scope().orElse(isDirect ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE));
    buffer.put(RTN_UNICAST).putInt(0);
    if (destination.prefixLength() > 0) {
      octets(RTA_DST, destination.address().getAddress());
    }
    number(RTA_OIF, index);
    if (!isDirect) {
      octets(RTA_GATEWAY, HostAddress.parseAddress(route.gateway()).getAddress());
    }
    if (!isSmall) {
      number(RTA_TABLE, (int) table);
    }
    if (route.priority() > 0) {
      number(RTA_PRIORITY, (int) route.priority());
    }
    return metrics(route);
  }

  private RtnetlinkRequest metrics(PodAssignment.Route route) {
    if (route.mtuOctets() == 0 && route.advMssOctets() == 0) {
      return this;
    }
    int metrics = open(RTA_METRICS);
    if (route.mtuOctets() > 0) {
      number(RTAX_MTU, route.mtuOctets());
    }
    if (route.advMssOctets() > 0) {
      number(RTAX_ADVMSS, route.advMssOctets());
    }
    return close(metrics);
  }

  RtnetlinkRequest number(int attribute, int value) {
    int at = open(attribute);
    buffer.putInt(value);
    return close(at);
  }

  RtnetlinkRequest text(int attribute, String value) {
    return octets(attribute, (value + "\0").getBytes(StandardCharsets.US_ASCII));
  }

  RtnetlinkRequest octets(int attribute, byte[] value) {
    int at = open(attribute);
    buffer.put(value);
    return close(at);
  }

  /** Begins an attribute; returns where it is, for {@link #close}. */
  int open(int attribute) {
    int at = buffer.position();
    buffer.putShort((short) 0).putShort((short) attribute);
    return at;
  }

  /** Ends an attribute, which may hold others. */
  RtnetlinkRequest close(int at) {
    buffer.putShort(at, (short) (buffer.position() - at));
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
    return measured();
  }

  /** Returns how many requests there are: so many answers come. */
  int count() {
    return count;
  }

  /** Returns how long all of them are, in octets. */
  int length() {
    return buffer.position();
  }

  MemorySegment octets() {
    return MemorySegment.ofBuffer(buffer.duplicate().flip());
  }

  private RtnetlinkRequest measured() {
    buffer.putInt(message, buffer.position() - message);
    return this;
  }

  private void begin(int type, int flags) {
    message = buffer.position();
    count++;
    buffer.putInt(0).putShort((short) type);
    buffer.putShort((short) (NLM_F_REQUEST | NLM_F_ACK | flags));
    buffer.putInt(count).putInt(0);
  }
}
