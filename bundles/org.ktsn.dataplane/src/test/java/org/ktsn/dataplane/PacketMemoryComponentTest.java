package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

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
  void shouldSayWhichProcessorsItMayUseIfDpdkTakesNone() {
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> PacketMemoryComponent.lcores(List.of(128, 129), 128))
            .getMessage();
    assertTrue(message.contains("[128, 129]") && message.contains("above 127"), message);
  }
}
