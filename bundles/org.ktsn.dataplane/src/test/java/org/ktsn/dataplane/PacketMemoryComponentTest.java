package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PacketMemoryComponentTest {
  @Test
  void shouldNameDpdkTheAllowedProcessorsAndNoOthers() {
    assertEquals("0@(0,2,5)", PacketMemoryComponent.lcores(List.of(0, 2, 5), 128));
    assertEquals("0@(3)", PacketMemoryComponent.lcores(List.of(3), 128));
    assertEquals("0@(1,2,3,7)", PacketMemoryComponent.lcores(List.of(1, 2, 3, 7), 128));
  }

  @Test
  void shouldLeaveOutProcessorsThatDpdkDoesNotTake() {
    assertEquals("0@(126,127)", PacketMemoryComponent.lcores(List.of(126, 127, 128, 300), 128));
  }

  @Test
  void shouldTakeAnyPatchOfTheReleaseThatItWasCompiledWith() {
    PacketMemoryComponent.requireSameRelease("DPDK 22.11.0", "DPDK 22.11");
    PacketMemoryComponent.requireSameRelease("DPDK 22.11.11", "DPDK 22.11");
    PacketMemoryComponent.requireSameRelease("DPDK 25.11.0-rc2", "DPDK 25.11");
  }

  @ParameterizedTest
  @CsvSource({
    "DPDK 24.11.8, DPDK 22.11",
    "DPDK 22.11.11, DPDK 24.11",
    "DPDK 22.11.11, DPDK 22.1",
    "DPDK 22.1.1, DPDK 22.11",
  })
  void shouldRefuseADpdkOfAnotherRelease(String loaded, String builtFor) {
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> PacketMemoryComponent.requireSameRelease(loaded, builtFor))
            .getMessage();
    assertEquals(
        loaded
            + " is loaded, but libktsn-native.so was compiled with "
            + builtFor
            + "; install the headers of the same release (libdpdk-dev) and compile it anew"
            + " (./ktsn build)",
        message);
  }

  @Test
  void shouldSayWhichProcessorsItMayUseIfDpdkTakesNone() {
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> PacketMemoryComponent.lcores(List.of(128, 129), 128))
            .getMessage();
    assertTrue(message.contains("[128, 129]") && message.contains("above 127"), message);
  }
}
