package org.ktsn.stack.udp;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds rtnetlink messages as a kernel would send them. */
final class MessageBuilder {
  private final ByteBuffer octets = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
  private int start;

  MessageBuilder begin(int type, int flags, int sequence) {
    start = octets.position();
    octets.putInt(0).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(0);
    return this;
  }

  MessageBuilder octet(int value) {
    octets.put((byte) value);
    return this;
  }

  MessageBuilder half(int value) {
    octets.putShort((short) value);
    return this;
  }

  MessageBuilder word(int value) {
    octets.putInt(value);
    return this;
  }

  MessageBuilder attribute(int type, int value) {
    octets.putShort((short) 8).putShort((short) type).putInt(value);
    return this;
  }

  MessageBuilder address(int type, String text) {
    return attribute(type, InetAddress.ofLiteral(text).getAddress());
  }

  MessageBuilder mac(int type, String mac) {
    return attribute(type, ReferenceFrame.mac(mac));
  }

  MessageBuilder text(int type, String text) {
    return attribute(type, (text + "\0").getBytes(StandardCharsets.UTF_8));
  }

  MessageBuilder attribute(int type, byte[] value) {
    octets.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    return pad();
  }

  /** Ends a message: its length is written. */
  MessageBuilder end() {
    octets.putInt(start, octets.position() - start);
    return pad();
  }

  byte[] build() {
    byte[] built = new byte[octets.position()];
    octets.get(0, built);
    return built;
  }

  private MessageBuilder pad() {
    while ((octets.position() & 3) != 0) {
      octets.put((byte) 0);
    }
    return this;
  }
}
