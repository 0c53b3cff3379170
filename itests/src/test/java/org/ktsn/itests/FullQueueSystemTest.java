package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that outrun their queue sleep until there is space, in whichever way they wait. */
@ExtendWith(Node.class)
final class FullQueueSystemTest {
  private static final Path FULL = Node.ROOT.resolve("itests/target/full");
  private static final Path ASYNCIO = Node.ROOT.resolve("shim/tests/asyncio_sender.py");

  /** More than ring (1024) and pod (2048) hold together. */
  private static final int COUNT = 8_000;

  /** Of the ring; so many are free when a program is woken. */
  private static final int HALF = 512;

  private static Node node;

  @BeforeAll
  static void begin() {
    node = Node.node();
    Command.start(
            Map.of(),
            List.of(
                "cc",
                "-O2",
                "-D_GNU_SOURCE",
                "-o",
                FULL.toString(),
                Node.ROOT.resolve("itests/src/test/c/full.c").toString()))
        .end(60)
        .expect(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"levels", "edges", "poll", "select"})
  void shouldSleepUntilHalfOfTheQueueIsFree(String way) {
    long before = node.received();
    Command run =
        node.exec("alice", FULL.toString(), node.bob(), "6300", way, Integer.toString(COUNT))
            .end(60)
            .expect(0);
    String[] words = run.out().strip().split(" ", -1);
    assertEquals(COUNT, Integer.parseInt(words[1]), run.out());
    int waits = Integer.parseInt(words[3]);
    assertTrue(waits > 1, "the queue was never full: " + run.out());
    assertTrue(waits <= COUNT / HALF + 2, run.out());
    Node.await("all are taken", 10, () -> node.received() == before + COUNT);
  }

  @Test
  void shouldLetAsyncioSleep() {
    long before = node.received();
    node.exec(
            "alice",
            "/usr/bin/python3",
            ASYNCIO.toString(),
            node.bob(),
            "6300",
            Integer.toString(COUNT),
            Integer.toString(HALF))
        .end(90)
        .expect(0);
    Node.await("all are taken", 10, () -> node.received() == before + COUNT);
  }
}
