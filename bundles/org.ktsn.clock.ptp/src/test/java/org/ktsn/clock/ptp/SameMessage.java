package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;

/** Compares messages octet by octet. */
final class SameMessage {
  private static final int CONTROL_AT = 32;

  private SameMessage() {}

  /**
   * Asserts that two messages differ at most in controlField: linuxptp 3 writes 4 there, linuxptp 4
   * writes 0, and receivers ignore it (IEEE 1588-2019 13.3.2).
   */
  static void assertSame(byte[] expected, byte[] actual) {
    assertEquals(withoutControl(expected), withoutControl(actual));
  }

  private static String withoutControl(byte[] message) {
    HexFormat hexadecimal = HexFormat.of();
    return hexadecimal.formatHex(message, 0, CONTROL_AT)
        + "--"
        + hexadecimal.formatHex(message, CONTROL_AT + 1, message.length);
  }
}
