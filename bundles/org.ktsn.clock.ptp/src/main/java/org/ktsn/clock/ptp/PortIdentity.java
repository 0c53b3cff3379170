package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * A PTP port (IEEE 1588-2019 5.3.5).
 *
 * @param clockIdentity the clock's eight octets
 * @param portNumber the port, 0 to 65535
 */
record PortIdentity(long clockIdentity, int portNumber) {
  static final int OCTETS = 10;

  /** All ports of all clocks. */
  static final PortIdentity ANY = new PortIdentity(-1, 0xffff);

  static PortIdentity decode(ByteBuffer in) {
    return new PortIdentity(in.getLong(), Short.toUnsignedInt(in.getShort()));
  }

  void encode(ByteBuffer out) {
    out.putLong(clockIdentity).putShort((short) portNumber);
  }

  /** Writes a clock identity as linuxptp does: {@code 001122.fffe.334455}. */
  static String clock(long identity) {
    String digits = String.format("%016x", identity);
    return digits.substring(0, 6) + "." + digits.substring(6, 10) + "." + digits.substring(10);
  }

  @Override
  public String toString() {
    return clock(clockIdentity) + "-" + portNumber;
  }
}
