package org.ktsn.api.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PortModelTest {
  private static final long GIGABIT = 1_000_000_000L;

  @Test
  void shouldCountCheckSequencePreambleAndGap() {
    assertEquals((1_514 + 24) * 8, new PortModel(GIGABIT, 0).durationNs(1_514));
  }

  @Test
  void shouldCountAShortFrameAsTheSmallestOne() {
    PortModel port = new PortModel(GIGABIT, 0);
    assertEquals((60 + 24) * 8, port.durationNs(42));
    assertEquals((60 + 24) * 8, port.durationNs(60));
    assertEquals((61 + 24) * 8, port.durationNs(61));
  }

  @Test
  void shouldCountTheHeadersOfATunnel() {
    PortModel vxlan = new PortModel(GIGABIT, 50);
    assertEquals((60 + 50 + 24) * 8, vxlan.durationNs(60));
    assertEquals((1_514 + 50 + 24) * 8, vxlan.durationNs(1_514));
  }

  @Test
  void shouldRoundADurationUp() {
    assertEquals(68, new PortModel(10 * GIGABIT, 0).durationNs(60)); // 67.2 ns
    assertEquals(1, new PortModel(1_000_000_000_000L, 0).durationNs(60)); // 0.672 ns
  }

  @Test
  void shouldNotOverflowAtTheSlowestRate() {
    assertEquals(
        (65_535L + 1_024 + 24) * 8_000_000, new PortModel(1_000, 1_024).durationNs(65_535));
  }

  @Test
  void shouldNameTheRemedyForAWrongModel() {
    assertEquals(
        "port rate is 0 bit/s; give a rate from 1000 to 1000000000000",
        assertThrows(IllegalArgumentException.class, () -> new PortModel(0, 0)).getMessage());
    assertEquals(
        "port overhead is -1 octets; give 0 to 1024",
        assertThrows(IllegalArgumentException.class, () -> new PortModel(GIGABIT, -1))
            .getMessage());
  }
}
