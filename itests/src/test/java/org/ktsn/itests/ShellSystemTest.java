package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Node.class)
final class ShellSystemTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"pods", "flows", "ports", "schedule", "gates", "stats", "shaper", "health", "gc"})
  void shouldShowTheLiveSystemForPeopleAndAsJson(String command) {
    Node node = Node.node();
    assertFalse(node.shell("ktsn:" + command).isBlank());
    assertTrue(
        JsonParser.parseString(node.shell("ktsn:" + command + " --json")).isJsonObject()
            || node.json("ktsn:" + command + " --json").isJsonArray());
  }

  @Test
  void shouldListBundlesAndComponents() {
    Node node = Node.node();
    assertTrue(node.shell("lb").contains("Time-aware shaper"));
    assertTrue(node.shell("scr:list").contains("org.ktsn.dataplane"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"gate-enabled\":true,             | line",
        "T 200us 9; B 800us 0-6              | 9",
        "T 0us 7 cycle=0us                   | cycle",
        "{\"ieee802-dot1q-sched-bridge:gate-parameter-table\":{\"gate-enabled\":true,"
            + "\"admin-cycle-time\":{\"numerator\":1,\"denominator\":1000},"
            + "\"admin-control-list\":{\"gate-control-entry\":[{\"index\":0,"
            + "\"operation-name\":\"ieee802-dot1q-sched:fire-at-will\",\"gate-states-value\":255,"
            + "\"time-interval-value\":1000000}]}}} | fire-at-will",
        "{\"ieee802-dot1q-sched-bridge:gate-parameter-table\":{\"gate-enabled\":true,"
            + "\"admin-cycle-time\":{\"numerator\":0,\"denominator\":1000},"
            + "\"admin-control-list\":{\"gate-control-entry\":[{\"index\":0,"
            + "\"operation-name\":\"ieee802-dot1q-sched:set-gate-states\",\"gate-states-value\":255,"
            + "\"time-interval-value\":1000000}]}}} | admin-cycle-time",
      })
  void shouldRefuseAMalformedScheduleWithASentence(
      String schedule, String named, @TempDir Path directory) throws IOException {
    Node node = Node.node();
    String before = node.shell("ktsn:schedule --json");
    Path file = Files.writeString(directory.resolve("schedule"), schedule);
    Command refused = node.ktsn(20, "shell", "ktsn:schedule-set " + file);
    assertNotEquals(0, refused.process().exitValue());
    assertTrue(refused.text().contains(named), refused.text());
    assertFalse(refused.text().contains("\tat "), "no stack trace for the user: " + refused.text());
    assertEquals(oper(before), oper(node.shell("ktsn:schedule --json")), "nothing has changed");
  }

  private static Object oper(String schedule) {
    return JsonParser.parseString(schedule).getAsJsonObject().get("oper");
  }

  @Test
  void shouldNameACommandThatDoesNotExist() {
    Command unknown = Node.node().ktsn(20, "shell", "ktsn:no-such-thing");
    assertNotEquals(0, unknown.process().exitValue());
    assertTrue(unknown.text().contains("no-such-thing"), unknown.text());
    assertFalse(unknown.text().contains("\tat "), unknown.text());
  }
}
