package org.ktsn.binder.ovs;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** What is done with a frame, one thing after the other (ONF TS-012 7.2.5). One thread. */
final class Actions {
  private static final int OUTPUT = 0;
  private static final int OUTPUT_OCTETS = 16;
  private static final int SET_FIELD = 25;
  private static final int EXPERIMENTER = 0xffff;
  private static final int NICIRA = 0x2320;
  private static final int MOVE = 6;
  private static final int MOVE_OCTETS = 24;

  /** The port from which the frame came. */
  private static final int IN_PORT = 0xffff_fff8;

  private final ByteArrayOutputStream list = new ByteArrayOutputStream();

  /** Sends the frame, as it is by now, to a port. */
  Actions output(int port) {
    return add(
        ByteBuffer.allocate(OUTPUT_OCTETS)
            .putShort((short) OUTPUT)
            .putShort((short) OUTPUT_OCTETS)
            .putInt(port));
  }

  /** Sends the frame, as it is by now, back to where it came from. */
  Actions reply() {
    return output(IN_PORT);
  }

  /**
   * Sends the frame through a tunnel.
   *
   * @param port the switch's port of the tunnels
   */
  Actions tunnel(int port, int vni, InetAddress to) {
    return set(Field.TUNNEL_ID, vni).set(Field.tunnelDestination(to), to.getAddress()).output(port);
  }

  /** Writes a field of up to eight octets. */
  Actions set(int field, long value) {
    byte[] octets = new byte[Field.octets(field)];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) (value >>> (8 * (octets.length - 1 - i)));
    }
    return set(field, octets);
  }

  /** Writes a field. */
  Actions set(int field, byte[] value) {
    int octets = (8 + value.length + 7) / 8 * 8;
    return add(
        ByteBuffer.allocate(octets)
            .putShort((short) SET_FIELD)
            .putShort((short) octets)
            .putInt(field)
            .put(value));
  }

  /** Writes what one field says into another of the same length. */
  Actions copy(int from, int to) {
    return add(
        ByteBuffer.allocate(MOVE_OCTETS)
            .putShort((short) EXPERIMENTER)
            .putShort((short) MOVE_OCTETS)
            .putInt(NICIRA)
            .putShort((short) MOVE)
            .putShort((short) (8 * Field.octets(from)))
            .putInt(0) // from the first bit of either
            .putInt(from)
            .putInt(to));
  }

  byte[] octets() {
    return list.toByteArray();
  }

  private Actions add(ByteBuffer action) {
    byte[] octets = new byte[action.capacity()]; // with zeros at its end, as it was allocated
    action.rewind().get(octets);
    list.writeBytes(octets);
    return this;
  }
}
