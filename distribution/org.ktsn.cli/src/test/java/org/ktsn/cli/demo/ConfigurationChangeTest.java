package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.testbed.Cleanup;

class ConfigurationChangeTest {
  private final List<String> commands = new ArrayList<>();

  private String answer(String command) {
    commands.add(command);
    return "{\"org.ktsn.some\":{\"had\":\"its 'own' value\",\"other\":\"1\"}}";
  }

  @Test
  void shouldGiveKeysTheirValuesBackAndTakeTheOthersAway() {
    try (Cleanup cleanup = Cleanup.atExit()) {
      ConfigurationChange.make(
          this::answer, "org.ktsn.some", Map.of("had", "a b", "had.not", "5"), cleanup);
      assertEquals(
          List.of(
              "ktsn:config org.ktsn.some --json",
              "ktsn:config org.ktsn.some 'had=a b' 'had.not=5'"),
          commands);
    }
    assertEquals(
        "ktsn:config org.ktsn.some 'had=its '\\''own'\\'' value' had.not-", commands.getLast());
    assertEquals(3, commands.size());
  }
}
