package org.ktsn.filter.psfp.line;

import org.ktsn.api.filter.FrameView;

/**
 * What stream identification sees of a frame, read from its octets once. One mutable object that
 * shows one frame after another. Planner thread only; allocates nothing.
 */
final class FrameHeader {
  private static final int ETHERNET_OCTETS = 14;
  private static final int TAG_OCTETS = 4;
  private static final int CUSTOMER_TAG = 0x8100;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int IPV4_OCTETS = 20;
  private static final int IPV6_OCTETS = 40;
  private static final int DROP_ELIGIBLE = 0x1000;

  /** The upper half of an IPv4 address as an IPv6 one, and what stands before its octets. */
  static final long MAPPED_HIGH = 0;

  static final long MAPPED_PREFIX = 0xffff_0000_0000L;

  /** What a number is that the frame does not have. */
  static final int NONE = -1;

  long destinationMac;
  long sourceMac;

  boolean dropEligible;
  int vlan;

  /** Addresses as those of IPv6; IPv4's are mapped. Meaningless without {@link #ip}. */
  long sourceHigh;

  long sourceLow;
  long destinationHigh;
  long destinationLow;
  boolean ip;
  int dscp;
  int protocol;

  /** The ports, or {@link #NONE}: in fragments but the first, and where the frame is too short. */
  int sourcePort;

  int destinationPort;

  /** Reads a frame's header. */
  void read(FrameView frame) {
    int length = frame.lengthOctets();
    ip = false;
    dropEligible = false;
    vlan = 0;
    if (length < ETHERNET_OCTETS) {
      destinationMac = NONE;
      sourceMac = NONE;
      return;
    }
    destinationMac = sixOctets(frame, 0);
    sourceMac = sixOctets(frame, 6);
    int type = frame.twoOctets(12);
    int at = ETHERNET_OCTETS;
    if (type == CUSTOMER_TAG && length >= ETHERNET_OCTETS + TAG_OCTETS) {
      int tag = frame.twoOctets(at);
      dropEligible = (tag & DROP_ELIGIBLE) != 0;
      vlan = tag & 0xfff;
      type = frame.twoOctets(at + 2);
      at += TAG_OCTETS;
    }
    if (type == IPV4 && length >= at + IPV4_OCTETS) {
      readIpv4(frame, at, length);
    } else if (type == IPV6 && length >= at + IPV6_OCTETS) {
      readIpv6(frame, at, length);
    }
  }

  private void readIpv4(FrameView frame, int at, int length) {
    ip = true;
    dscp = frame.octet(at + 1) >> 2;
    protocol = frame.octet(at + 9);
    sourceHigh = MAPPED_HIGH;
    sourceLow = MAPPED_PREFIX | fourOctets(frame, at + 12);
    destinationHigh = MAPPED_HIGH;
    destinationLow = MAPPED_PREFIX | fourOctets(frame, at + 16);
    boolean first = (frame.twoOctets(at + 6) & 0x1fff) == 0;
    readPorts(frame, at + (frame.octet(at) & 0xf) * 4, first ? length : 0);
  }

  private void readIpv6(FrameView frame, int at, int length) {
    ip = true;
    dscp = frame.twoOctets(at) >> 6 & 0x3f;
    protocol = frame.octet(at + 6);
    sourceHigh = fourOctets(frame, at + 8) << 32 | fourOctets(frame, at + 12);
    sourceLow = fourOctets(frame, at + 16) << 32 | fourOctets(frame, at + 20);
    destinationHigh = fourOctets(frame, at + 24) << 32 | fourOctets(frame, at + 28);
    destinationLow = fourOctets(frame, at + 32) << 32 | fourOctets(frame, at + 36);
    readPorts(frame, at + IPV6_OCTETS, length);
  }

  private void readPorts(FrameView frame, int at, int length) {
    boolean there = length >= at + 4;
    sourcePort = there ? frame.twoOctets(at) : NONE;
    destinationPort = there ? frame.twoOctets(at + 2) : NONE;
  }

  private static long sixOctets(FrameView frame, int at) {
    return (long) frame.twoOctets(at) << 32 | fourOctets(frame, at + 2);
  }

  private static long fourOctets(FrameView frame, int at) {
    return frame.fourOctets(at) & 0xffff_ffffL;
  }
}
