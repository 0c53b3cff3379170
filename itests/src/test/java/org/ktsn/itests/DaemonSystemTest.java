package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The daemon killed, restarted, updated and left alone, while programs go on. */
@ExtendWith(Node.class)
final class DaemonSystemTest {

  private static final int IDLE_WAKES = 600;
  private static final int WAKES_OF_A_FRAME = 5;
  private static final int IDLE_PERCENT = 20;
  private static final int BUSY_PERCENT = 80;

  @TempDir Path directory;

  private Command send(Node node, int count) {
    return node.exec(
        "alice",
        Node.SEND.toString(),
        "--to",
        node.bob(),
        "--port",
        "6300",
        "--count",
        Integer.toString(count),
        "--interval-us",
        "1000",
        "--stamp-ms",
        "20");
  }

  private Command listen(Node node, int count) {
    return node.listen(
        "bob", "0.0.0.0:6300", directory.resolve("arrivals"), "--frames", Integer.toString(count));
  }

  @Test
  void shouldLetATalkerGoOnWhileTheDaemonIsKilledAndStartedAgain() throws Exception {
    Node node = Node.node();
    try (Command talker = send(node, 25_000)) {
      Node.await("frames flow", 10, () -> node.received() > 500);
      long killed = node.ktsnd();
      ProcessHandle.of(killed).orElseThrow().destroyForcibly();
      Node.await("the daemon is gone", 5, () -> ProcessHandle.of(killed).isEmpty());
      assertTrue(talker.process().isAlive(), talker.text());
      node.ktsn(60, "up").expect(0);
      long back = System.nanoTime();
      Node.await("frames flow again", 20, () -> node.stats().get("sent").getAsLong() > 0);
      System.out.printf(
          "frames flowed again %d ms after the daemon was back%n",
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - back));
      talker.end(40).expect(0);
      assertEquals("sent 25000", talker.out().strip());
    }
    assertEquals(2, node.json("ktsn:pods --json").getAsJsonArray().size());
  }

  @Test
  void shouldKeepNothingOfAKilledTalker() {
    Node node = Node.node();
    int freeBefore = node.stats().get("free_frames").getAsInt();
    for (int i = 0; i < 5; i++) {
      long before = node.received();
      Command talker = send(node, 100_000);
      Node.await("frames flow", 10, () -> node.received() > before + 100);
      talker.process().descendants().forEach(ProcessHandle::destroyForcibly);
      talker.process().destroyForcibly();
    }
    Node.await(
        "everything is free again",
        10,
        () -> {
          JsonObject stats = node.stats();
          return stats.get("queued").getAsInt() == 0 && stats.get("committed").getAsInt() == 0;
        });
    int freeAfter = node.stats().get("free_frames").getAsInt();
    // the device and the planner's rows keep some buffers in rotation, never more than these
    assertTrue(freeBefore - freeAfter < 1024, freeBefore + " frames were free, now " + freeAfter);
    send(node, 10).end(10).expect(0);
  }

  @Test
  void shouldRefuseASecondDaemonOnTheSameRunDirectory() {
    Command second =
        Command.start(
                Map.of("KTSN_INSTANCE", Node.INSTANCE, "KTSN_RUN", Node.RUN.toString()),
                List.of(Node.HOME.resolve("bin/ktsnd").toString()))
            .end(20);
    assertEquals(1, second.process().exitValue(), second.text());
    assertTrue(second.text().contains("uses the run directory " + Node.RUN), second.text());
    assertFalse(second.text().contains("\tat "), second.text());
    assertTrue(Node.node().received() >= 0, "the first one is unharmed");
  }

  @Test
  void shouldTakeAnUpdatedShaperUpWhileFramesFlow() throws IOException {
    Node node = Node.node();
    // What another test has sent far ahead would take alice's room, and be counted here.
    Node.await("nothing waits", 120, () -> node.stats().get("queued").getAsLong() == 0);
    int frames = 12_000;
    JsonObject before = node.stats();
    try (Command listener = listen(node, frames);
        Command talker =
            node.talk("alice", node.bob() + ":6300", frames, "--lead-ns", "500000000")) {
      Node.await(
          "frames flow", 15, () -> node.received() > before.get("received").getAsLong() + 100);
      long begin = System.nanoTime();
      node.ktsn(60, "redeploy", "org.ktsn.shaper.tas").expect(0);
      double seconds = (System.nanoTime() - begin) / 1e9;
      System.out.printf("a changed shaper was at work after %.1f s%n", seconds);
      talker.end(30).expect(0);
      listener.end(15).expect(0);
    }
    JsonObject after = node.stats();
    assertEquals("tas", after.get("shaper").getAsString());
    assertEquals(
        frames, after.get("sent").getAsLong() - before.get("sent").getAsLong(), after.toString());
    ByteBuffer arrivals =
        ByteBuffer.wrap(Files.readAllBytes(directory.resolve("arrivals")))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertTrue(arrivals.limit() >= frames * 24L, "frames were lost on their way");
  }

  /**
   * Judged by how often KTSNd's threads wake up. The shares of a processor are printed; their
   * limits say no more than that no thread spins: what else the machine does makes them larger.
   */
  @Test
  void shouldUseLittleProcessorTime() {
    Node node = Node.node();
    Node.await("nothing waits", 120, () -> node.stats().get("queued").getAsLong() == 0);
    Use idle = Use.during(node, 10);
    System.out.printf("without traffic KTSNd uses %s%n", idle);
    assertTrue(idle.wakesPerSecond() < IDLE_WAKES, "without traffic: " + idle);
    assertTrue(idle.percent() < IDLE_PERCENT, "without traffic: " + idle);
    Use busy;
    try (Command talker = send(node, 30_000)) {
      long before = node.received();
      Node.await("frames flow", 10, () -> node.received() > before + 5_000);
      busy = Use.during(node, 10);
      assertTrue(talker.process().isAlive(), talker.text());
    }
    System.out.printf("with one flow of 1 kHz it uses %s%n", busy);
    assertTrue(busy.wakesPerSecond() < IDLE_WAKES + 1_000 * WAKES_OF_A_FRAME, "busy: " + busy);
    assertTrue(busy.percent() < BUSY_PERCENT, "with one flow of 1 kHz: " + busy);
  }

  /** What KTSNd took of a processor in a while. */
  private record Use(double percent, double wakesPerSecond) {
    static Use during(Node node, int seconds) {
      double cpuBefore = node.ktsndCpuSeconds();
      long wakesBefore = wakes(node);
      long begin = System.nanoTime();
      long end = begin + TimeUnit.SECONDS.toNanos(seconds);
      Node.await("the time is over", seconds + 5, () -> System.nanoTime() >= end);
      double passed = (System.nanoTime() - begin) / 1e9;
      return new Use(
          100 * (node.ktsndCpuSeconds() - cpuBefore) / passed,
          (wakes(node) - wakesBefore) / passed);
    }

    /** How often the threads that there are have gone to sleep. */
    private static long wakes(Node node) {
      try (Stream<Path> threads = Files.list(Path.of("/proc/" + node.ktsnd() + "/task"))) {
        return threads.mapToLong(Use::wakes).sum();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static long wakes(Path thread) {
      try (Stream<String> lines = Files.lines(thread.resolve("status"))) {
        return lines
            .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
            .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
            .sum();
      } catch (IOException | UncheckedIOException e) {
        return 0; // it has ended meanwhile
      }
    }

    @Override
    public String toString() {
      return "%.2f %% of a processor, with %.0f wake-ups a second"
          .formatted(percent, wakesPerSecond);
    }
  }
}
