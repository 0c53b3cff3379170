package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class MqttSideshowTest {
  @Test
  void shouldTakeALateRequestThatTookEffectWithALaterCycle() {
    assertTrue(MqttSideshow.isStartOfCycle(5_000_000, 5_000_000, 1_000_000));
    assertTrue(MqttSideshow.isStartOfCycle(8_000_000, 5_000_000, 1_000_000));
  }

  @Test
  void shouldNotTakeAChangeBeforeItsTimeOrInsideACycle() {
    assertFalse(MqttSideshow.isStartOfCycle(4_000_000, 5_000_000, 1_000_000));
    assertFalse(MqttSideshow.isStartOfCycle(5_500_000, 5_000_000, 1_000_000));
  }
}
