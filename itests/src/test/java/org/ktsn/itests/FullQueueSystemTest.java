package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs that outrun their queue sleep until there is space, in whichever way they wait: as those
 * do whose socket's buffer in the kernel is full. Each is run against both, drained at one rate.
 *
 * <p>{@code -Dktsn.full.seconds=10} keeps the queues full for ten seconds and compares the
 * processor time as well, which is meaningless where others use the processors.
 */
@ExtendWith(Node.class)
final class FullQueueSystemTest {
  private static final Path FULL = Node.ROOT.resolve("itests/target/full");
  private static final Path ASYNCIO = Node.ROOT.resolve("shim/tests/asyncio_sender.py");
  private static final Pattern SAID =
      Pattern.compile("sent (\\d+) waits (\\d+) processor-us (\\d+)");

  private static final int SECONDS = Integer.getInteger("ktsn.full.seconds", 2);

  /** The programs' datagrams are 50 us apart. */
  private static final int PER_SECOND = 20_000;

  private static final int FRAME_OCTETS = 14 + 20 + 8 + 64;

  /** Ring (1024) and pod (2048) together. */
  private static final int QUEUE = 3_072;

  private static final int COUNT = QUEUE + SECONDS * PER_SECOND;

  /** Of the ring; so many are free when a program is woken. */
  private static final int HALF = 512;

  private static final double MOST_PROCESSOR_TIME = 1.5;

  private static Node node;
  private static KernelQueue kernel;

  /** What a run was: how often it waited, and its processor time. */
  private record Run(int waits, long processorUs) {
    static Run of(Command command) {
      Matcher said = SAID.matcher(command.end(30 + 3 * SECONDS).expect(0).out());
      assertTrue(said.find(), command.text());
      assertEquals(COUNT, Integer.parseInt(said.group(1)), command.out());
      return new Run(Integer.parseInt(said.group(2)), Long.parseLong(said.group(3)));
    }
  }

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
    kernel = KernelQueue.draining(PER_SECOND, FRAME_OCTETS);
  }

  @AfterAll
  static void end() {
    kernel.close();
  }

  private static String[] sender(String way, String to) {
    return way.equals("asyncio")
        ? new String[] {
          "/usr/bin/python3", ASYNCIO.toString(), to, "6300", Integer.toString(COUNT), "1"
        }
        : new String[] {FULL.toString(), to, "6300", way, Integer.toString(COUNT)};
  }

  @ParameterizedTest
  @ValueSource(strings = {"levels", "edges", "poll", "select", "asyncio"})
  void shouldSleepUntilHalfOfTheQueueIsFreeAsTheKernelLetsItsSendersSleep(String way) {
    long before = node.received();
    Run ours = Run.of(node.exec("alice", sender(way, node.bob())));
    Node.await("all are taken", 10, () -> node.received() == before + COUNT);
    Run theirs = Run.of(kernel.exec(sender(way, KernelQueue.PEER)));
    double times = (double) ours.processorUs() / theirs.processorUs();
    String figures =
        "%s, %d datagrams in %d s: %d waits and %d us of processor time, the kernel's %d and %d us: %.2f x"
            .formatted(
                way,
                COUNT,
                SECONDS,
                ours.waits(),
                ours.processorUs(),
                theirs.waits(),
                theirs.processorUs(),
                times);
    System.out.println(figures);
    assertTrue(theirs.waits() > 1, "the kernel's was never full: " + figures);
    // An interpreter may not get enough of a processor that is busy.
    assertTrue(ours.waits() > 1 || way.equals("asyncio"), "the queue was never full: " + figures);
    assertTrue(ours.waits() <= COUNT / HALF + 2, figures);
    assertTrue(ours.waits() <= 2 * theirs.waits(), figures);
    if (Integer.getInteger("ktsn.full.seconds") != null) {
      assertTrue(times <= MOST_PROCESSOR_TIME, figures);
    }
  }
}
