package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OvsSettingsTest {
  private static final Path RUN = Path.of("/run/ktsn");

  @Test
  void shouldTakeNamesOfFifteenCharacters() {
    assertDoesNotThrow(() -> OvsSettings.of(RUN, "br-345678901234", "k0-345678901234", RUN));
  }

  @Test
  void shouldRefuseNamesThatNoInterfaceCanHave() {
    assertThrows(
        IllegalArgumentException.class, () -> OvsSettings.of(RUN, "br-3456789012345", "k0", RUN));
    assertThrows(IllegalArgumentException.class, () -> OvsSettings.of(RUN, "br-x", "", RUN));
    assertThrows(IllegalArgumentException.class, () -> OvsSettings.of(RUN, "br x", "k0", RUN));
    assertThrows(IllegalArgumentException.class, () -> OvsSettings.of(RUN, "-br", "k0", RUN));
  }

  @Test
  void shouldRefusePathsThatNoSocketCanHave() {
    Path longPath = Path.of("/" + "x".repeat(100));
    assertThrows(
        IllegalArgumentException.class, () -> OvsSettings.of(longPath, "br-x", "k0-x", RUN));
    assertThrows(
        IllegalArgumentException.class,
        () -> OvsSettings.of(RUN, "br-x", "k0-x", longPath.resolve("vhost.sock")));
  }
}
