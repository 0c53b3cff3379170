package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The daemon follows the policies that are configured for the quality of its clock. */
@ExtendWith(Node.class)
final class ClockPolicySystemTest {
  private static final Path CONFIGURATION = Node.RUN.resolve("etc/org.ktsn.clock.ptp.cfg");

  @AfterEach
  void forget() throws IOException {
    Files.deleteIfExists(CONFIGURATION);
    Node.await(
        "as scheduled",
        15,
        () -> clock().get("gates").getAsString().equals("as-scheduled") && !isHeld());
  }

  private static void configure(String policy) throws IOException {
    Files.createDirectories(CONFIGURATION.getParent());
    Path file =
        Files.writeString(
            CONFIGURATION.resolveSibling("ptp.new"),
            "instances = none\npolicy.local = " + policy + "\n");
    Files.move(file, CONFIGURATION, StandardCopyOption.REPLACE_EXISTING);
  }

  private static JsonObject clock() {
    return Node.node().stats().getAsJsonObject("clock");
  }

  private static boolean isHeld() {
    return clock().get("schedules_held").getAsBoolean();
  }

  private static JsonElement inForce() {
    return Node.node().json("ktsn:schedule --json").getAsJsonObject().get("oper");
  }

  @Test
  void shouldOpenAllGatesAndLeaveTheScheduleAsItIs() throws IOException {
    JsonElement before = inForce();
    configure("open-all-gates");
    Node.await("open", 15, () -> clock().get("gates").getAsString().equals("open"));
    assertEquals("heard", clock().get("monitor").getAsString());
    assertEquals("local", clock().get("state").getAsString());
    assertEquals(before, inForce());
    assertTrue(Node.node().shell("ktsn:stats").contains("all open, whatever the schedule says"));
    configure("go-on");
    Node.await("as scheduled", 15, () -> clock().get("gates").getAsString().equals("as-scheduled"));
  }

  @Test
  void shouldRefuseANewScheduleWhileSchedulesAreHeld() throws IOException {
    JsonElement before = inForce();
    configure("hold-new-schedules");
    Node.await("held", 15, ClockPolicySystemTest::isHeld);
    Command refused = Node.node().ktsn(20, "shell", "ktsn:schedule-set - B 1ms 0-7");
    assertNotEquals(0, refused.process().exitValue());
    assertTrue(refused.text().contains("the clock is local since"), refused.text());
    assertTrue(refused.text().contains("policy.local of org.ktsn.clock.ptp"), refused.text());
    assertFalse(refused.text().contains("\tat "), refused.text());
    assertEquals(before, inForce());
  }
}
