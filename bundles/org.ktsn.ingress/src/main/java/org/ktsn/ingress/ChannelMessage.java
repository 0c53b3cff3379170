package org.ktsn.ingress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.ktsn.api.stack.AddressFamily;

/**
 * What a program says on its channel, as {@code ktsn_channel.h} has it; read from memory that
 * nobody else writes. No threads.
 */
sealed interface ChannelMessage {
  /** How long the longest message is that is understood, in octets. */
  int LONGEST_OCTETS = 256;

  /**
   * A program introduces itself.
   *
   * @param program its name, without what a terminal would obey
   */
  record Hello(String program) implements ChannelMessage {}

  /**
   * A program asks for a next hop's resolution.
   *
   * @param family the number of the address's family, perhaps of none
   * @param nextHopHigh the first half of the address, as {@link AddressFamily} lays it out
   * @param nextHopLow the second half
   */
  record Resolve(int family, long nextHopHigh, long nextHopLow) implements ChannelMessage {}

  /**
   * A program asks for the reports of one of its sockets.
   *
   * @param socket the socket, as the kernel names it ({@code SO_COOKIE})
   */
  record Reports(long socket) implements ChannelMessage {}

  /**
   * Something that ends the connection.
   *
   * @param reason a sentence for the program's user
   */
  record Wrong(String reason) implements ChannelMessage {}

  /**
   * Reads a message.
   *
   * @param message as long as what was received
   * @param welcomed whether its sender has said HELLO already
   */
  static ChannelMessage read(MemorySegment message, boolean welcomed) {
    if (message.byteSize() < 8
        || int32(message, ChannelLayout.MESSAGE_MAGIC) != ChannelLayout.MAGIC) {
      return new Wrong("this is KTSN's channel; the first message must be HELLO");
    }
    int version = int16(message, ChannelLayout.MESSAGE_VERSION);
    int type = int16(message, ChannelLayout.MESSAGE_TYPE);
    if (version != ChannelLayout.VERSION) {
      return new Wrong(
          "libktsn speaks version "
              + version
              + " of the channel, KTSNd version "
              + ChannelLayout.VERSION
              + "; install both from one release");
    }
    if (type == ChannelLayout.HELLO && welcomed) {
      return new Wrong("HELLO was said already; a program connects once");
    }
    if (type == ChannelLayout.HELLO && message.byteSize() >= ChannelLayout.HELLO_OCTETS) {
      return new Hello(programName(message));
    }
    if (type == ChannelLayout.RESOLVE && message.byteSize() >= ChannelLayout.RESOLVE_OCTETS) {
      return new Resolve(
          message.get(ValueLayout.JAVA_BYTE, ChannelLayout.RESOLVE_FAMILY) & 0xff,
          octets(message, ChannelLayout.RESOLVE_NEXT_HOP),
          octets(message, ChannelLayout.RESOLVE_NEXT_HOP + Long.BYTES));
    }
    if (type == ChannelLayout.REPORTS && message.byteSize() >= ChannelLayout.REPORTS_OCTETS) {
      return new Reports(message.get(ValueLayout.JAVA_LONG, ChannelLayout.REPORTS_SOCKET));
    }
    return new Wrong("message type " + type + " of " + message.byteSize() + " octets is unknown");
  }

  /** Writes what lets a program in: how large what it gets is. */
  static MemorySegment welcome(
      Arena arena, long statusOctets, long ringOctets, int slotCount, int slotOctets) {
    MemorySegment welcome = message(arena, ChannelLayout.WELCOME, ChannelLayout.WELCOME_OCTETS);
    welcome.set(ValueLayout.JAVA_INT, ChannelLayout.WELCOME_STATUS_OCTETS, (int) statusOctets);
    welcome.set(ValueLayout.JAVA_INT, ChannelLayout.WELCOME_RING_OCTETS, (int) ringOctets);
    welcome.set(ValueLayout.JAVA_INT, ChannelLayout.WELCOME_SLOT_COUNT, slotCount);
    welcome.set(ValueLayout.JAVA_INT, ChannelLayout.WELCOME_SLOT_OCTETS, slotOctets);
    return welcome;
  }

  /** Writes what goes with a socket's report socket. */
  static MemorySegment reports(Arena arena, long socket) {
    MemorySegment reports = message(arena, ChannelLayout.REPORTS, ChannelLayout.REPORTS_OCTETS);
    reports.set(ValueLayout.JAVA_LONG, ChannelLayout.REPORTS_SOCKET, socket);
    return reports;
  }

  /** Writes why a program is not let in; a reason that is too long is cut off. */
  static MemorySegment refusal(Arena arena, String reason) {
    MemorySegment refused = message(arena, ChannelLayout.REFUSED, ChannelLayout.REFUSED_OCTETS);
    byte[] octets = reason.getBytes(StandardCharsets.UTF_8);
    int room = ChannelLayout.REFUSED_OCTETS - ChannelLayout.REFUSED_REASON - 1;
    MemorySegment.copy(
        octets,
        0,
        refused,
        ValueLayout.JAVA_BYTE,
        ChannelLayout.REFUSED_REASON,
        Math.min(room, octets.length));
    return refused;
  }

  private static String programName(MemorySegment hello) {
    int begin = ChannelLayout.HELLO_PROGRAM;
    byte[] octets =
        hello.asSlice(begin, ChannelLayout.HELLO_OCTETS - begin).toArray(ValueLayout.JAVA_BYTE);
    return new String(octets, StandardCharsets.US_ASCII).replaceAll("[^!-~]", "");
  }

  private static MemorySegment message(Arena arena, int type, int octets) {
    MemorySegment message = arena.allocate(octets, 8);
    message.set(ValueLayout.JAVA_INT, ChannelLayout.MESSAGE_MAGIC, ChannelLayout.MAGIC);
    message.set(
        ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_VERSION, (short) ChannelLayout.VERSION);
    message.set(ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_TYPE, (short) type);
    return message;
  }

  private static int int32(MemorySegment message, long offset) {
    return message.get(ValueLayout.JAVA_INT, offset);
  }

  /** Reads eight octets, the first of which is the most significant one. */
  private static long octets(MemorySegment message, long offset) {
    return Long.reverseBytes(message.get(ValueLayout.JAVA_LONG, offset));
  }

  private static int int16(MemorySegment message, long offset) {
    return message.get(ValueLayout.JAVA_SHORT, offset) & 0xffff;
  }
}
