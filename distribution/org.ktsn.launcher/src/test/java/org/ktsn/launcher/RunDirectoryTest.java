package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir Path folder;

  @Test
  void shouldBelongToOneDaemonAtATime() throws IOException {
    Path run = folder.resolve("run");
    String pid = Long.toString(ProcessHandle.current().pid());

    try (RunDirectory _ = RunDirectory.take(run)) {
      assertEquals(pid + "\n", Files.readString(run.resolve("ktsnd.pid")));
      assertTrue(Files.isDirectory(run.resolve("etc")));
      assertEquals(
          "another KTSNd (process "
              + pid
              + ") uses the run directory "
              + run
              + "; stop it, or set KTSN_INSTANCE to another name",
          assertThrows(LaunchException.class, () -> RunDirectory.take(run)).getMessage());
    }

    assertFalse(Files.exists(run.resolve("ktsnd.pid")));
    try (RunDirectory _ = RunDirectory.take(run)) {
      assertTrue(Files.exists(run.resolve("ktsnd.pid")));
    }
  }

  @Test
  void shouldNotBeReadyBecauseAnEarlierDaemonWas() throws IOException {
    Files.createFile(folder.resolve("ready"));

    try (RunDirectory run = RunDirectory.take(folder)) {
      assertFalse(Files.exists(folder.resolve("ready")));
      Files.createFile(folder.resolve("ready"));
      run.notReady();
      assertFalse(Files.exists(folder.resolve("ready")));
    }
  }

  @Test
  void shouldSayThatItCantBeMade() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    String message =
        assertThrows(LaunchException.class, () -> RunDirectory.take(file.resolve("run")))
            .getMessage();

    assertTrue(message.startsWith("the run directory " + file.resolve("run")), message);
  }
}
