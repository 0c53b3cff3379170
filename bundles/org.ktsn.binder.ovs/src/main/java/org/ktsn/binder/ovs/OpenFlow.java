package org.ktsn.binder.ovs;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages of OpenFlow 1.3 (ONF TS-012), as far as the binder needs them. Sections in the comments
 * are that document's. A message begins with
 *
 * <pre>
 *   0 version  1 type  2 length of the whole  4 xid
 * </pre>
 */
final class OpenFlow {
  static final int HEADER_OCTETS = 8;
  static final int HELLO = 0;
  static final int ERROR = 1;
  static final int ECHO_REQUEST = 2;
  static final int ECHO_REPLY = 3;
  static final int MULTIPART_REPLY = 19;
  static final int BARRIER_REPLY = 21;

  static final int ETHERNET_ARP = 0x0806;
  static final int ETHERNET_IPV4 = 0x0800;
  static final int ETHERNET_IPV6 = 0x86dd;

  static final int ICMPV6 = 58;

  private static final int VERSION = 4;
  private static final int PACKET_OUT = 13;
  private static final int FLOW_MOD = 14;
  private static final int MULTIPART_REQUEST = 18;
  private static final int BARRIER_REQUEST = 20;

  private static final int ADD = 0;
  private static final int DELETE = 3;
  private static final int FLOW_MOD_OCTETS = 48;
  private static final int PACKET_OUT_OCTETS = HEADER_OCTETS + 16;
  private static final int FROM_CONTROLLER = 0xffff_fffd;
  private static final int ALL_TABLES = 0xff;
  private static final int NO_BUFFER = -1;
  private static final int ANY = -1;

  /** Stands for what a learning switch does. */
  static final int NORMAL_PORT = 0xffff_fffa;

  /** Stands for all ports but the one from which a frame came. */
  static final int FLOOD_PORT = 0xffff_fffb;

  private static final int INSTRUCTION_GOTO_TABLE = 1;
  private static final int INSTRUCTION_APPLY_ACTIONS = 4;
  private static final int GOTO_TABLE_OCTETS = 8;
  private static final int APPLY_ACTIONS_OCTETS = 8;
  private static final int INSTRUCTION_OCTETS = 24;
  private static final int ACTION_OUTPUT_OCTETS = 16;

  private static final int MULTIPART_FLOW = 1;
  private static final int MULTIPART_MORE = 1;
  private static final int MULTIPART_HEADER_OCTETS = HEADER_OCTETS + 8;

  /** A message says its length in 16 bits. */
  private static final int MOST_OCTETS = 0xffff;

  private static final int FLOW_PRIORITY = 12;
  private static final int FLOW_COOKIE = 24;
  private static final int FLOW_PACKETS = 32;

  private OpenFlow() {}

  /**
   * One rule of the switch's table, as it tells of it.
   *
   * @param cookie what it was given
   * @param priority its priority
   * @param packets how many frames met it
   */
  record Counted(long cookie, int priority, long packets) {}

  /**
   * What a frame must be like (7.2.3). Fields that depend on others come after them. At most
   * {@value #ROOM} octets.
   */
  static final class Match {
    private static final int ROOM = 96;
    private static final int TYPE_OXM = 1;
    private static final int CLASS_BASIC = Field.CLASS_BASIC;
    private static final int VLAN_PRESENT = 0x1000;
    private static final long GROUP_BIT = 1L << 40;

    private final ByteBuffer fields = ByteBuffer.allocate(ROOM);

    Match inPort(int number) {
      return header(0, 4).putInt32(number);
    }

    Match ethernetDestination(long mac) {
      return header(3, 6).putMac(mac);
    }

    /** A frame to more than one station. */
    Match toGroup() {
      return masked(3, 12).putMac(GROUP_BIT).putMac(GROUP_BIT);
    }

    Match ethernetSource(long mac) {
      return header(4, 6).putMac(mac);
    }

    Match ethernetType(int type) {
      return header(5, 2).putInt16(type);
    }

    /** A frame with a VLAN tag, whatever it says. */
    Match tagged() {
      return masked(6, 4).putInt16(VLAN_PRESENT).putInt16(VLAN_PRESENT);
    }

    /** An IPv4 or IPv6 source, as the Ethernet type before it says. */
    Match source(InetAddress address) {
      return header(address instanceof Inet6Address ? 26 : 11, address.getAddress());
    }

    /** The type of an ICMPv6 message. */
    Match icmpv6Type(int type) {
      return header(10, new byte[] {ICMPV6}).header(29, new byte[] {(byte) type});
    }

    /** What a neighbour solicitation or advertisement is about (RFC 4861 4.3, 4.4). */
    Match neighbourTarget(InetAddress address) {
      return header(31, address.getAddress());
    }

    /** The source's link-layer address in a solicitation; 0: it has none. */
    Match neighbourSourceMac(long mac) {
      return header(32, 6).putMac(mac);
    }

    /** The target's link-layer address in an advertisement; 0: it has none. */
    Match neighbourTargetMac(long mac) {
      return header(33, 6).putMac(mac);
    }

    Match arpOperation(int operation) {
      return header(21, 2).putInt16(operation);
    }

    Match arpSender(long mac, InetAddress address) {
      return header(22, address.getAddress()).header(24, 6).putMac(mac);
    }

    Match arpTarget(InetAddress address) {
      return header(23, address.getAddress());
    }

    /** The network identifier of the tunnel through which a frame came. */
    Match tunnelId(int vni) {
      fields.putInt(Field.TUNNEL_ID).putLong(vni);
      return this;
    }

    /** From where in the underlay a frame came. */
    Match tunnelSource(InetAddress address) {
      fields.putInt(Field.tunnelSource(address)).put(address.getAddress());
      return this;
    }

    private Match header(int field, int octets) {
      fields.putShort((short) CLASS_BASIC).put((byte) (field << 1)).put((byte) octets);
      return this;
    }

    private Match header(int field, byte[] value) {
      header(field, value.length);
      fields.put(value);
      return this;
    }

    private Match masked(int field, int octets) {
      fields.putShort((short) CLASS_BASIC).put((byte) (field << 1 | 1)).put((byte) octets);
      return this;
    }

    private Match putInt32(int value) {
      fields.putInt(value);
      return this;
    }

    private Match putInt16(int value) {
      fields.putShort((short) value);
      return this;
    }

    private Match putMac(long mac) {
      fields.putShort((short) (mac >>> 32)).putInt((int) mac);
      return this;
    }

    private int octets() {
      return (4 + fields.position() + 7) / 8 * 8;
    }

    private void writeTo(ByteBuffer message) {
      int end = message.position() + octets();
      message.putShort((short) TYPE_OXM).putShort((short) (4 + fields.position()));
      message.put(fields.array(), 0, fields.position());
      message.position(end);
    }
  }

  static ByteBuffer hello(int xid) {
    return message(HELLO, HEADER_OCTETS, xid).flip();
  }

  static ByteBuffer echoReply(int xid, ByteBuffer body) {
    return message(ECHO_REPLY, HEADER_OCTETS + body.remaining(), xid).put(body).flip();
  }

  /** Asks for an answer once everything before it is done (7.3.7). */
  static ByteBuffer barrier(int xid) {
    return message(BARRIER_REQUEST, HEADER_OCTETS, xid).flip();
  }

  /**
   * Adds a rule in place of one with the same priority and match (7.3.4.1).
   *
   * @param forward whether frames are forwarded as by a learning switch; else they are dropped
   */
  static ByteBuffer add(int xid, long cookie, int priority, Match match, boolean forward) {
    if (forward) {
      return output(xid, cookie, priority, match, NORMAL_PORT);
    }
    int octets = FLOW_MOD_OCTETS + match.octets();
    ByteBuffer message = flowMod(xid, octets, cookie, 0, 0, ADD, priority);
    match.writeTo(message);
    return message.flip();
  }

  /** As {@link #add}, for frames that go to a port. */
  static ByteBuffer output(int xid, long cookie, int priority, Match match, int port) {
    int octets = FLOW_MOD_OCTETS + match.octets() + INSTRUCTION_OCTETS;
    ByteBuffer message = flowMod(xid, octets, cookie, 0, 0, ADD, priority);
    match.writeTo(message);
    message.putShort((short) INSTRUCTION_APPLY_ACTIONS).putShort((short) INSTRUCTION_OCTETS);
    message.putInt(0);
    message.putShort((short) 0).putShort((short) ACTION_OUTPUT_OCTETS).putInt(port);
    message.putLong(0);
    return message.flip();
  }

  /** As {@link #add}, in any table, for frames with which several things are done in turn. */
  static ByteBuffer act(
      int xid, long cookie, int table, int priority, Match match, Actions actions) {
    byte[] list = actions.octets();
    int octets = FLOW_MOD_OCTETS + match.octets() + APPLY_ACTIONS_OCTETS + list.length;
    ByteBuffer message = flowMod(xid, octets, cookie, 0, table, ADD, priority);
    match.writeTo(message);
    message.putShort((short) INSTRUCTION_APPLY_ACTIONS);
    message.putShort((short) (APPLY_ACTIONS_OCTETS + list.length)).putInt(0).put(list);
    return message.flip();
  }

  /** As {@link #add}, for frames on which another table decides. */
  static ByteBuffer goOn(int xid, long cookie, int priority, Match match, int table) {
    int octets = FLOW_MOD_OCTETS + match.octets() + GOTO_TABLE_OCTETS;
    ByteBuffer message = flowMod(xid, octets, cookie, 0, 0, ADD, priority);
    match.writeTo(message);
    message.putShort((short) INSTRUCTION_GOTO_TABLE).putShort((short) GOTO_TABLE_OCTETS);
    message.put((byte) table).put((byte) 0).putShort((short) 0);
    return message.flip();
  }

  /** Has the switch do something with a frame that it is given (7.3.6). */
  static ByteBuffer packetOut(int xid, Actions actions, byte[] frame) {
    byte[] list = actions.octets();
    return message(PACKET_OUT, PACKET_OUT_OCTETS + list.length + frame.length, xid)
        .putInt(NO_BUFFER)
        .putInt(FROM_CONTROLLER)
        .putShort((short) list.length)
        .putShort((short) 0)
        .putInt(0)
        .put(list)
        .put(frame)
        .flip();
  }

  /** Removes the rules with a cookie. */
  static ByteBuffer delete(int xid, long cookie) {
    Match everything = new Match();
    int octets = FLOW_MOD_OCTETS + everything.octets();
    ByteBuffer message = flowMod(xid, octets, cookie, -1L, ALL_TABLES, DELETE, 0);
    everything.writeTo(message);
    return message.flip();
  }

  private static ByteBuffer flowMod(
      int xid, int octets, long cookie, long cookieMask, int table, int command, int priority) {
    return message(FLOW_MOD, octets, xid)
        .putLong(cookie)
        .putLong(cookieMask)
        .put((byte) table)
        .put((byte) command)
        .putInt(0) // neither time-out
        .putShort((short) priority)
        .putInt(NO_BUFFER)
        .putInt(ANY)
        .putInt(ANY)
        .putInt(0);
  }

  /** Asks for the rules whose cookies are alike under a mask (7.3.5.2). */
  static ByteBuffer listRules(int xid, long cookie, long cookieMask) {
    Match everything = new Match();
    ByteBuffer message =
        message(MULTIPART_REQUEST, MULTIPART_HEADER_OCTETS + 32 + everything.octets(), xid)
            .putShort((short) MULTIPART_FLOW)
            .putShort((short) 0)
            .putInt(0)
            .putInt(ALL_TABLES << 24)
            .putInt(ANY)
            .putInt(ANY)
            .putInt(0)
            .putLong(cookie)
            .putLong(cookieMask);
    everything.writeTo(message);
    return message.flip();
  }

  /** Tells whether a part of an answer is not the last one. */
  static boolean hasMore(ByteBuffer part) {
    return (part.getShort(HEADER_OCTETS + 2) & MULTIPART_MORE) != 0;
  }

  /**
   * Reads a part of the answer to {@link #listRules}.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static List<Counted> rules(ByteBuffer part) {
    List<Counted> rules = new ArrayList<>();
    int at = MULTIPART_HEADER_OCTETS;
    while (at < part.limit()) {
      int octets = part.getShort(at) & 0xffff;
      if (octets < FLOW_PACKETS + 8 || at + octets > part.limit()) {
        throw new IllegalArgumentException("a rule of " + octets + " octets at " + at);
      }
      rules.add(
          new Counted(
              part.getLong(at + FLOW_COOKIE),
              part.getShort(at + FLOW_PRIORITY) & 0xffff,
              part.getLong(at + FLOW_PACKETS)));
      at += octets;
    }
    return rules;
  }

  private static ByteBuffer message(int type, int octets, int xid) {
    if (octets > MOST_OCTETS) {
      throw new IllegalArgumentException(
          "a message of "
              + octets
              + " octets, of which OpenFlow takes "
              + MOST_OCTETS
              + "; have fewer nodes or pods");
    }
    return ByteBuffer.allocate(octets)
        .put((byte) VERSION)
        .put((byte) type)
        .putShort((short) octets)
        .putInt(xid);
  }
}
