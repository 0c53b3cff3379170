package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LauncherThreadTest {
  @Test
  void shouldSpinAsMuchAsItWantsOnlyWhereThePlannerIsElsewhere() {
    assertEquals(100, LauncherThread.spinPercent(-1, 0, 1));
    assertEquals(40, LauncherThread.spinPercent(-1, 0, 0));
    assertEquals(40, LauncherThread.spinPercent(-1, -1, 1), "it may come to the planner's");
    assertEquals(40, LauncherThread.spinPercent(-1, -1, -1));
    assertEquals(70, LauncherThread.spinPercent(70, 0, 0));
    assertEquals(0, LauncherThread.spinPercent(0, 0, 1));
  }
}
