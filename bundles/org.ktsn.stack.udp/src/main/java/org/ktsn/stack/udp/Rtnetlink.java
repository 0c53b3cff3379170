package org.ktsn.stack.udp;

/** Numbers of rtnetlink (linux/netlink.h, rtnetlink.h, if_link.h, neighbour.h, fib_rules.h). */
final class Rtnetlink {
  static final int MESSAGE_HEADER_OCTETS = 16;
  static final int ATTRIBUTE_HEADER_OCTETS = 4;
  static final int LINK_OCTETS = 16;
  static final int ADDRESS_OCTETS = 8;
  static final int ROUTE_OCTETS = 12;
  static final int NEXT_HOP_OCTETS = 8;
  static final int NEIGHBOUR_OCTETS = 12;

  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWNEIGH = 28;
  static final int RTM_DELNEIGH = 29;
  static final int RTM_GETNEIGH = 30;
  static final int RTM_NEWRULE = 32;
  static final int RTM_DELRULE = 33;

  static final int NLM_F_REQUEST = 0x001;
  static final int NLM_F_MULTI = 0x002;
  static final int NLM_F_DUMP_INTR = 0x010;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_CREATE = 0x400;

  /** Multicast groups, as bits: links, neighbours, and each family's addresses, routes, rules. */
  static final int GROUPS = 0x1 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 0x4_0000;

  static final int AF_UNSPEC = 0;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int IFF_UP = 0x1;
  static final int IFF_LOWER_UP = 0x10000;
  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_EXT_MASK = 29;
  static final int RTEXT_FILTER_SKIP_STATS = 8;
  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;

  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_MULTIPATH = 9;
  static final int RTA_TABLE = 15;
  static final int RTA_VIA = 18;
  static final int RTM_F_CLONED = 0x200;
  static final int RTN_UNICAST = 1;
  static final int RTN_BROADCAST = 3;
  static final int RT_TABLE_MAIN = 254;
  static final int RT_TABLE_LOCAL = 255;

  static final int NDA_DST = 1;
  static final int NDA_LLADDR = 2;
  static final int NTF_USE = 0x01;
  static final int NTF_PROXY = 0x08;
  static final int NUD_INCOMPLETE = 0x01;
  static final int NUD_REACHABLE = 0x02;
  static final int NUD_STALE = 0x04;
  static final int NUD_DELAY = 0x08;
  static final int NUD_PROBE = 0x10;
  static final int NUD_FAILED = 0x20;
  static final int NUD_NOARP = 0x40;
  static final int NUD_PERMANENT = 0x80;

  private Rtnetlink() {}

  /** Rounds up to the alignment of messages and attributes. */
  static int align(int octets) {
    return (octets + 3) & ~3;
  }
}
