package org.ktsn.api.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.trace.TraceLayout.Outcome;

class TraceLayoutTest {
  @Test
  void shouldBeginWithItsNameInALittleEndianFile() {
    byte[] octets =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(TraceLayout.magic()).array();
    assertEquals("KTSNTRC1", new String(octets, StandardCharsets.US_ASCII));
  }

  @Test
  void shouldReadBackTheNumberOfEachOutcome() {
    for (Outcome outcome : Outcome.values()) {
      assertEquals(Optional.of(outcome), Outcome.of(outcome.number()));
    }
    assertEquals(Optional.empty(), Outcome.of(5));
    assertEquals(Optional.empty(), Outcome.of(-1));
  }
}
