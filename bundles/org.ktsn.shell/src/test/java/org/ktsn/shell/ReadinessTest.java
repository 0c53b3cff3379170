package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ReadinessTest {
  @TempDir Path directory;

  @Test
  void shouldMakeItsFileOnceNothingIsMissing() throws Exception {
    Path file = directory.resolve("ready");
    AtomicInteger looks = new AtomicInteger();
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      directory.register(watch, StandardWatchEventKinds.ENTRY_MODIFY);

      Readiness readiness = new Readiness(file, () -> looks.incrementAndGet() > 3);
      watch.take();

      assertEquals(4, looks.get());
      assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(file));
      readiness.close();
      assertFalse(Files.exists(file));
    }
  }

  @Test
  void shouldMakeItsFileAlsoAfterAnError() throws Exception {
    Path file = directory.resolve("ready");
    AtomicInteger looks = new AtomicInteger();
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      directory.register(watch, StandardWatchEventKinds.ENTRY_MODIFY);

      Readiness readiness =
          new Readiness(
              file,
              () -> {
                if (looks.incrementAndGet() == 1) {
                  throw new NoClassDefFoundError("org/example/Gone");
                }
                return true;
              });
      watch.take();

      assertEquals(2, looks.get());
      readiness.close();
    }
  }

  @Test
  void shouldRemoveTheFileOfAnEarlierDaemonAtOnce() throws IOException {
    Path file = Files.writeString(directory.resolve("ready"), "1\n");

    Readiness readiness = new Readiness(file, () -> false);

    assertFalse(Files.exists(file));
    readiness.close();
  }

  @Test
  void shouldLookAgainWhenTheFrameworkChangesUnderIt() throws Exception {
    CountDownLatch looks = new CountDownLatch(3);
    Readiness readiness =
        new Readiness(
            directory.resolve("ready"),
            () -> {
              looks.countDown();
              throw new IllegalStateException("the bundle was uninstalled meanwhile");
            });

    assertTrue(looks.await(10, TimeUnit.SECONDS));
    readiness.close();
  }
}
