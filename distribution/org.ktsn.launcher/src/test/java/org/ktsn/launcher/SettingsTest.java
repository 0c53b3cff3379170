package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static Settings of(Map<String, String> properties) {
    return Settings.of(properties::get);
  }

  @Test
  void shouldTakeUsualValuesWhereNothingIsSaid() {
    assertEquals(
        new Settings(
            "ktsn",
            Path.of("/opt/ktsn"),
            Path.of("/run/ktsn"),
            Path.of("/var/lib/ktsn"),
            List.of()),
        of(Map.of("ktsn.home", "/opt/ktsn", "ktsn.run", " ", "ktsn.features", "")));
  }

  @Test
  void shouldTakeWhatIsSaid() {
    assertEquals(
        new Settings(
            "a1", Path.of("/opt/ktsn"), Path.of("/tmp/r"), Path.of("/tmp/s"), List.of("x", "y")),
        of(
            Map.of(
                "ktsn.home", "/opt/x/../ktsn",
                "ktsn.instance", "a1",
                "ktsn.run", "/tmp/r",
                "ktsn.state", "/tmp/s",
                "ktsn.features", "x, y,")));
  }

  @Test
  void shouldRefuseNamesThatCantBePartOfOthers() {
    for (String name : new String[] {"Ktsn", "a-b", "../x", "ninechars"}) {
      String message =
          assertThrows(
                  LaunchException.class,
                  () -> of(Map.of("ktsn.home", "/opt/ktsn", "ktsn.instance", name)))
              .getMessage();
      assertTrue(message.startsWith("the instance is called '" + name + "'"), message);
    }
  }

  @Test
  void shouldSayHowItIsStarted() {
    assertEquals(
        "the system property ktsn.home is not set; start the daemon with bin/ktsnd",
        assertThrows(LaunchException.class, () -> of(Map.of())).getMessage());
  }
}
