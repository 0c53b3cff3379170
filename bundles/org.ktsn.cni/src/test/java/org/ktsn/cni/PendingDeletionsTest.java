package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What plugins wrote down, with what else may lie there. */
@Timeout(60)
class PendingDeletionsTest {
  @TempDir private Path directory;
  private Bench bench;
  private Path folder;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
    folder = directory.resolve("pending");
  }

  @Test
  void shouldReadAllThoughAnotherThreadSetsAsideWhatMakesNoSense() throws Exception {
    writeDownOne();
    for (int round = 0; round < 20; round++) {
      for (int bad = 0; bad < 50; bad++) {
        Files.writeString(folder.resolve("b" + bad + "@tsn0"), "");
      }
      CyclicBarrier together = new CyclicBarrier(2);
      List<FutureTask<Integer>> readings = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        FutureTask<Integer> reading =
            new FutureTask<>(
                () -> {
                  together.await();
                  return bench.pending.all().size();
                });
        readings.add(reading);
        Thread.ofPlatform().start(reading);
      }
      for (FutureTask<Integer> reading : readings) {
        assertEquals(1, reading.get(), "round " + round);
      }
    }
  }

  @Test
  void shouldReadAllThoughOneThatMakesNoSenseCanNotBeSetAside() throws IOException {
    writeDownOne();
    Files.writeString(folder.resolve("a@tsn0"), "");
    Files.createDirectories(folder.resolve(".a@tsn0.bad/in-the-way"));
    assertEquals(1, bench.pending.all().size());
  }

  @Test
  void shouldRemoveWhatPluginsThatWereKilledBeganToWrite() throws IOException {
    for (String name : List.of(".c1@tsn0.17", ".c1@tsn0.18", ".c2@tsn0.1.bad")) {
      Files.writeString(folder.resolve(name), "KTSN");
    }
    FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofMinutes(2)));
    Files.setLastModifiedTime(folder.resolve(".c1@tsn0.17"), longAgo);
    Files.setLastModifiedTime(folder.resolve(".c2@tsn0.1.bad"), longAgo);
    bench.leftovers.look(0);
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(
          List.of(".c1@tsn0.18", ".c2@tsn0.1.bad"),
          left.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  /** The socket, whose folder it is, comes after it. */
  @Test
  void shouldBeAnnouncedWhereNothingIsYet() throws IOException {
    Path link = directory.resolve("run/ktsn/cni.pending");
    bench.pending.announce(link);
    assertTrue(Files.isSameFile(folder, link));
  }

  private void writeDownOne() throws IOException {
    bench.writeDown("c1@tsn0", bench.environment("DEL"), Bench.config("1.1.0").toString());
  }
}
