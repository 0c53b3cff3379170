package org.ktsn.stack.packet;

import org.ktsn.api.frame.Verdict;
import org.ktsn.foreign.NativeMemory;

/**
 * Judges what a frame says of its protocol and, in IP, of where it comes from. Tags and SNAP
 * headers are looked through, however many there are: a kernel that receives the frame does so,
 * too. A pure function of the frame; every length is bounded. Nothing allocates.
 *
 * <pre>
 *  0             6        12      14
 *  | destination | source | type  | …                        Ethernet II
 *  | destination | source | 8100 or 88a8 | TCI | type | …    tagged, once or more
 *  | destination | source | length | AA AA 03 | OUI | type | SNAP
 *  | destination | source | length | …                       LLC
 * </pre>
 */
final class FrameJudge {
  /** Destination, source and type. */
  static final int HEADER_OCTETS = 14;

  static final int TAG_OCTETS = 4;

  private static final int TYPE_OFFSET = 12;
  private static final int MAX_LENGTH = 1500;
  private static final int SNAP_OCTETS = 8;
  private static final int SNAP_LSAPS = 0xaaaa;
  private static final int SNAP_LSAP_MASK = 0xfefe; // the group and the response bit
  private static final int UNNUMBERED_INFORMATION = 0x03;
  private static final int IPV4_OCTETS = 20;
  private static final int IPV6_OCTETS = 40;
  private static final int ICMPV6 = 58;
  private static final int ROUTER_SOLICITATION = 133;
  private static final int REDIRECT = 137;

  private FrameJudge() {}

  /** Reads a MAC address. */
  static long mac(long at) {
    return Long.reverseBytes(NativeMemory.getLong(at)) >>> 16;
  }

  /** Returns what stands for the type in the first header, perhaps that of a tag. */
  static int outerType(long frame) {
    return type(frame + TYPE_OFFSET);
  }

  /** Returns the priority code point of a tagged frame. */
  static int pcp(long frame) {
    return octet(frame + HEADER_OCTETS) >>> 5;
  }

  private static int octet(long at) {
    return NativeMemory.getByte(at) & 0xff;
  }

  private static int type(long at) {
    return Short.reverseBytes(NativeMemory.getShort(at)) & 0xffff;
  }

  /**
   * Judges a frame.
   *
   * @param frame its address
   * @param octets its length, at least {@link #HEADER_OCTETS}
   * @return {@link Verdict#ACCEPTED}, or why it can't be sent
   */
  static Verdict judge(long frame, int octets, PodEnd end, EtherTypes allowed) {
    int offset = TYPE_OFFSET;
    int type = type(frame + offset);
    while (EtherTypes.isTag(type)) {
      offset += TAG_OCTETS;
      if (offset + Short.BYTES > octets) {
        return Verdict.MALFORMED;
      }
      type = type(frame + offset);
    }
    offset += Short.BYTES;
    if (type < EtherTypes.LEAST) {
      if (type > MAX_LENGTH || type > octets - offset) {
        return Verdict.MALFORMED;
      }
      if (!isSnap(frame + offset, octets - offset)) {
        return allowed.allows(EtherTypes.LLC) ? Verdict.ACCEPTED : PacketDrops.REFUSED_TYPE;
      }
      type = type(frame + offset + SNAP_OCTETS - Short.BYTES);
      offset += SNAP_OCTETS;
    }
    if (!allowed.allows(type) || EtherTypes.isTag(type)) {
      return PacketDrops.REFUSED_TYPE;
    }
    return switch (type) {
      case EtherTypes.IPV4 -> judgeIpv4(frame + offset, octets - offset, end);
      case EtherTypes.IPV6 -> judgeIpv6(frame + offset, octets - offset, end);
      default -> Verdict.ACCEPTED;
    };
  }

  private static boolean isSnap(long at, int octets) {
    return octets >= SNAP_OCTETS
        && (type(at) & SNAP_LSAP_MASK) == SNAP_LSAPS
        && octet(at + 2) == UNNUMBERED_INFORMATION;
  }

  private static Verdict judgeIpv4(long at, int octets, PodEnd end) {
    if (octets < IPV4_OCTETS || octet(at) >>> 4 != 4) {
      return Verdict.MALFORMED;
    }
    return end.owns(Integer.reverseBytes(NativeMemory.getInt(at + 12)))
        ? Verdict.ACCEPTED
        : Verdict.BAD_SOURCE;
  }

  /**
   * Neighbour discovery speaks of other addresses than the one that it comes from, and extension
   * headers would hide it.
   */
  private static Verdict judgeIpv6(long at, int octets, PodEnd end) {
    if (octets < IPV6_OCTETS || octet(at) >>> 4 != 6) {
      return Verdict.MALFORMED;
    }
    if (!end.owns(
        Long.reverseBytes(NativeMemory.getLong(at + 8)),
        Long.reverseBytes(NativeMemory.getLong(at + 16)))) {
      return Verdict.BAD_SOURCE;
    }
    int next = octet(at + 6);
    boolean discovers =
        next == ICMPV6 && (octets == IPV6_OCTETS || isDiscovery(octet(at + IPV6_OCTETS)));
    return discovers || isExtension(next) ? PacketDrops.REFUSED_TYPE : Verdict.ACCEPTED;
  }

  private static boolean isDiscovery(int icmpType) {
    return icmpType >= ROUTER_SOLICITATION && icmpType <= REDIRECT;
  }

  /**
   * The headers behind which another one may stand (RFC 8200 4.1, RFC 6275, RFC 7401, RFC 5533).
   */
  private static boolean isExtension(int next) {
    return switch (next) {
      case 0, 43, 44, 51, 60, 135, 139, 140 -> true;
      default -> false;
    };
  }
}
