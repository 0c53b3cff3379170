package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/** Unsigned fields of a message. */
final class Octets {
  private static final int FRACTION_BITS = 16;

  private Octets() {}

  static int u8(ByteBuffer in) {
    return Byte.toUnsignedInt(in.get());
  }

  static int u16(ByteBuffer in) {
    return Short.toUnsignedInt(in.getShort());
  }

  static void reserved(ByteBuffer in) {
    in.get();
  }

  /** Rounds a TimeInterval (ns times 2^16, IEEE 1588-2019 5.3.2) to nanoseconds. */
  static long nanoseconds(long timeInterval) {
    return (timeInterval >> FRACTION_BITS) + ((timeInterval >> (FRACTION_BITS - 1)) & 1);
  }
}
