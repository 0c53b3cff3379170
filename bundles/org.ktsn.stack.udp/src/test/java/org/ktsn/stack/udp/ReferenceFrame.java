package org.ktsn.stack.udp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Frames the slow and obvious way, written from RFC 768, 791, 1071 and 8200 alone: what the encoder
 * is compared with.
 */
final class ReferenceFrame {
  private ReferenceFrame() {}

  /** Builds the frame that a datagram should become. */
  static byte[] build(
      TestDatagram datagram, String destinationMac, String sourceMac, int tag, int identification) {
    byte[] udp = udp(datagram);
    byte[] packet = datagram.ipv6 ? ipv6(datagram, udp) : ipv4(datagram, udp, identification);
    ByteBuffer frame = ByteBuffer.allocate(18 + packet.length);
    frame.put(mac(destinationMac)).put(mac(sourceMac));
    if (tag >= 0) {
      frame.putShort((short) 0x8100).putShort((short) tag);
    }
    frame.putShort((short) (datagram.ipv6 ? 0x86dd : 0x0800)).put(packet);
    return Arrays.copyOf(frame.array(), Math.max(60, frame.position()));
  }

  private static byte[] udp(TestDatagram datagram) {
    byte[] payload = datagram.payload();
    ByteBuffer udp = ByteBuffer.allocate(8 + payload.length);
    udp.putShort((short) datagram.sourcePort);
    udp.putShort((short) datagram.destinationPort);
    udp.putShort((short) (8 + payload.length));
    udp.putShort((short) 0);
    udp.put(payload);
    if (!datagram.noChecksum) {
      ByteBuffer pseudo = ByteBuffer.allocate(40 + udp.capacity());
      if (datagram.ipv6) {
        addresses(pseudo, datagram).putInt(udp.capacity()).putInt(17).put(udp.array());
      } else {
        pseudo.putInt(datagram.source.toIpv4()).putInt(datagram.destination.toIpv4());
        pseudo.put((byte) 0).put((byte) 17).putShort((short) udp.capacity()).put(udp.array());
      }
      int checksum = checksum(pseudo.array());
      udp.putShort(6, (short) (checksum == 0 ? 0xffff : checksum));
    }
    return udp.array();
  }

  private static ByteBuffer addresses(ByteBuffer buffer, TestDatagram datagram) {
    return buffer
        .putLong(datagram.source.high())
        .putLong(datagram.source.low())
        .putLong(datagram.destination.high())
        .putLong(datagram.destination.low());
  }

  private static byte[] ipv6(TestDatagram datagram, byte[] udp) {
    ByteBuffer ip = ByteBuffer.allocate(40 + udp.length);
    ip.putInt(6 << 28 | datagram.tos << 20 | datagram.flowLabel);
    ip.putShort((short) udp.length).put((byte) 17).put((byte) datagram.ttl);
    return addresses(ip, datagram).put(udp).array();
  }

  private static byte[] ipv4(TestDatagram datagram, byte[] udp, int identification) {
    ByteBuffer ip = ByteBuffer.allocate(20 + udp.length);
    ip.put((byte) 0x45).put((byte) datagram.tos).putShort((short) (20 + udp.length));
    ip.putShort((short) identification);
    ip.putShort((short) (datagram.dontFragment ? 0x4000 : 0));
    ip.put((byte) datagram.ttl).put((byte) 17).putShort((short) 0);
    ip.putInt(datagram.source.toIpv4()).putInt(datagram.destination.toIpv4());
    ip.putShort(10, (short) checksum(Arrays.copyOf(ip.array(), 20)));
    return ip.put(udp).array();
  }

  /** The Internet checksum, 16 bits at a time. */
  static int checksum(byte[] octets) {
    int sum = 0;
    for (int i = 0; i < octets.length; i += 2) {
      int high = octets[i] & 0xff;
      int low = i + 1 < octets.length ? octets[i + 1] & 0xff : 0;
      sum += high << 8 | low;
      if (sum > 0xffff) {
        sum = sum - 0x10000 + 1;
      }
    }
    return ~sum & 0xffff;
  }

  static byte[] mac(String text) {
    return HexFormat.ofDelimiter(":").parseHex(text);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
