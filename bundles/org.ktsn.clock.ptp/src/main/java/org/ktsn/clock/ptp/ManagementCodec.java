package org.ktsn.clock.ptp;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Writes and reads management messages. Stateless.
 *
 * <pre>
 *  0 transportSpecific &lt;&lt; 4 | 0xd     20 sourcePortIdentity  10      46 action, low nibble
 *  1 version                            30 sequenceId  u16             48 tlvType  u16
 *  2 messageLength  u16                 32 control  4                  50 tlvLength  u16
 *  4 domainNumber  u8                   33 logMessageInterval  0x7f    52 managementId  u16
 *  6 flags  u16                         34 targetPortIdentity  10      54 data
 *  8 correction  s64                    44 startingBoundaryHops, 45 boundaryHops
 * </pre>
 */
final class ManagementCodec {
  /** The most octets of a message that linuxptp sends. */
  static final int LONGEST = 1500;

  private static final int TLV_AT = 48;
  private static final int TLV_HEAD = 4;
  private static final int ID_OCTETS = 2;
  private static final int REFUSAL_OCTETS = 8;

  private static final int MANAGEMENT = 0xd;
  private static final int VERSION = 2;
  private static final int CONTROL = 4;
  private static final int LOG_MESSAGE_INTERVAL = 0x7f;
  private static final int TLV_MANAGEMENT = 1;
  private static final int TLV_ERROR = 2;

  private ManagementCodec() {}

  /** Writes a message. */
  static byte[] encode(ManagementMessage message) {
    int tlvLength =
        switch (message.tlv()) {
          case ManagementTlv.Query query -> ID_OCTETS + query.meaninglessOctets();
          case ManagementTlv.Content content -> ID_OCTETS + content.dataSet().id().octets();
          case ManagementTlv.Refusal refusal -> REFUSAL_OCTETS;
          case ManagementTlv.Unknown unknown ->
              throw new IllegalArgumentException("what is not known can't be written: " + unknown);
        };
    int length = TLV_AT + TLV_HEAD + tlvLength;
    ByteBuffer out = ByteBuffer.allocate(length);
    out.put((byte) (message.transportSpecific() << 4 | MANAGEMENT)).put((byte) message.version());
    out.putShort((short) length).put((byte) message.domainNumber()).put((byte) 0);
    out.putShort((short) 0).putLong(0).putInt(0);
    message.source().encode(out);
    out.putShort((short) message.sequenceId());
    out.put((byte) CONTROL).put((byte) LOG_MESSAGE_INTERVAL);
    message.target().encode(out);
    out.put((byte) message.startingBoundaryHops()).put((byte) message.boundaryHops());
    out.put((byte) message.action().value()).put((byte) 0);
    boolean refused = message.tlv() instanceof ManagementTlv.Refusal;
    out.putShort((short) (refused ? TLV_ERROR : TLV_MANAGEMENT)).putShort((short) tlvLength);
    switch (message.tlv()) {
      case ManagementTlv.Query query -> out.putShort((short) query.managementId());
      case ManagementTlv.Content content -> {
        out.putShort((short) content.managementId());
        content.dataSet().encode(out);
      }
      case ManagementTlv.Refusal refusal ->
          out.putShort((short) refusal.errorId()).putShort((short) refusal.managementId());
      case ManagementTlv.Unknown unknown -> throw new AssertionError(unknown);
    }
    return out.array();
  }

  /**
   * Reads a message. What follows its length, or its data, is not looked at.
   *
   * @param octets holds the message from its beginning
   * @param length how many octets were received
   * @throws MalformedMessageException if they are no management message
   */
  static ManagementMessage decode(byte[] octets, int length) {
    try {
      return decode(ByteBuffer.wrap(octets, 0, length).slice());
    } catch (BufferUnderflowException e) {
      throw new MalformedMessageException("it ends within a field, after " + length + " octets");
    }
  }

  private static ManagementMessage decode(ByteBuffer in) {
    int first = Octets.u8(in);
    int version = Octets.u8(in);
    int length = Octets.u16(in);
    check((first & 0xf) == MANAGEMENT, "it is of type", first & 0xf);
    check((version & 0xf) == VERSION, "it is of PTP version", version & 0xf);
    check(length <= in.limit() && length >= TLV_AT + TLV_HEAD + ID_OCTETS, "it has length", length);
    in.limit(length);
    int domain = Octets.u8(in);
    in.position(20);
    PortIdentity source = PortIdentity.decode(in);
    int sequence = Octets.u16(in);
    in.position(34);
    PortIdentity target = PortIdentity.decode(in);
    int startingHops = Octets.u8(in);
    int hops = Octets.u8(in);
    ManagementAction action = ManagementAction.of(Octets.u8(in) & 0xf);
    in.position(TLV_AT);
    return new ManagementMessage(
        first >> 4,
        version,
        domain,
        source,
        sequence,
        target,
        startingHops,
        hops,
        action,
        tlv(in, action));
  }

  private static ManagementTlv tlv(ByteBuffer in, ManagementAction action) {
    int type = Octets.u16(in);
    int length = Octets.u16(in);
    check(length >= ID_OCTETS && length <= in.remaining(), "its TLV has length", length);
    in.limit(in.position() + length);
    if (type == TLV_ERROR) {
      int error = Octets.u16(in);
      return new ManagementTlv.Refusal(error, Octets.u16(in));
    }
    check(type == TLV_MANAGEMENT, "its TLV is of type", type);
    int number = Octets.u16(in);
    if (action == ManagementAction.GET) {
      return new ManagementTlv.Query(number, in.remaining());
    }
    return ManagementId.of(number)
        .<ManagementTlv>map(id -> new ManagementTlv.Content(DataSet.decode(id, in)))
        .orElseGet(() -> new ManagementTlv.Unknown(number));
  }

  private static void check(boolean fine, String what, int value) {
    if (!fine) {
      throw new MalformedMessageException(what + " " + value);
    }
  }
}
