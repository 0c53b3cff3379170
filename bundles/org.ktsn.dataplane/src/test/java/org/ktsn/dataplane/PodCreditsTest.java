package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.MODEL;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.NativeClock;

/** Pods with an idle slope of their own, in a running planner. A frame has 672 bits on the link. */
final class PodCreditsTest {
  private static final long SLOPE = 1_000_000;
  private static final long SPACING_NS = 672_000;
  private static final int FRAMES = 200;
  private static final int SHAPED = 1;

  /** So much that no stall of the machine makes more: 1000 s. */
  private static final OptionalLong NO_LIMIT = OptionalLong.of(1_000_000_000);

  private static final int NEIGHBOUR = 2;

  private static DpdkPort device;

  private RunningPlanner running;
  private Planner planner;

  @TempDir Path directory;

  /** A record of the trace. */
  private record Launched(long launchTimeNs, long plannedNs, int pod, long arrival) {}

  @BeforeAll
  static void openDevice() {
    device = RunningPlanner.openDevice();
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void start() {
    running = new RunningPlanner(device, 1024);
    planner = running.planner;
    shape(new Bandwidth(SLOPE, NO_LIMIT));
    planner.mailbox.call(() -> planner.attach(NEIGHBOUR, Optional.empty()));
  }

  @AfterEach
  void stop() throws InterruptedException {
    NativeClock.shift(0);
    running.close();
  }

  private void shape(Bandwidth bandwidth) {
    planner.mailbox.call(() -> planner.detach(SHAPED));
    planner.mailbox.call(() -> planner.attach(SHAPED, Optional.of(bandwidth)));
  }

  @Test
  void shouldSpaceTheFramesOfAPodThatFloodsAndLeaveItsNeighbourAlone() throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 4 * FRAMES, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(SHAPED, base + i * SPACING_NS / 5);
      if (i % 2 == 0) { // beside the instants of the other, which are 8 µs apart from these or more
        running.ingress.send(NEIGHBOUR, base + i * 500_000L + 4_000);
      }
    }
    await("all frames", () -> running.sent() == FRAMES + FRAMES / 2);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    List<Launched> shaped = sent(file, SHAPED);
    assertSpaced(shaped, base);
    int atTheirInstants = 0;
    for (Launched frame : sent(file, NEIGHBOUR)) {
      atTheirInstants += frame.plannedNs() == frame.launchTimeNs() ? 1 : 0;
      assertEquals(4_000, (frame.launchTimeNs() - base) % 1_000_000, "launch time as asked for");
    }
    assertTrue(atTheirInstants > FRAMES / 10, "only " + atTheirInstants + " at their instants");
    await("every row free", () -> planner.frames().used() == 0);
  }

  /** The place of a frame in its pod's row says to the nanosecond when it is eligible. */
  private static void assertSpaced(List<Launched> shaped, long base) {
    assertEquals(FRAMES, shaped.size());
    int dated = 0;
    for (int i = 0; i < shaped.size(); i++) {
      Launched frame = shaped.get(i);
      long eligibleNs = base + i * SPACING_NS;
      assertTrue(frame.plannedNs() >= eligibleNs, "frame " + i + " is planned before its turn");
      assertTrue(i == 0 || frame.arrival() > shaped.get(i - 1).arrival(), "order of arrival");
      if (frame.launchTimeNs() > base + FRAMES * SPACING_NS / 5) {
        assertEquals(eligibleNs, frame.launchTimeNs(), "frame " + i);
        dated++;
      }
    }
    assertTrue(dated > FRAMES / 2, "only " + dated + " had to wait");
  }

  @Test
  void shouldKeepTheSpacingAcrossSwapsOfTheShaper() throws IOException {
    Path file = directory.resolve("trace");
    FrameTrace trace = new FrameTrace(file, 4 * FRAMES, MODEL);
    planner.mailbox.call(() -> planner.trace(Optional.of(trace)));
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(SHAPED, base);
    }
    await("a part", () -> running.sent() > FRAMES / 4);
    for (int i = 0; i < 20; i++) {
      planner
          .shaper
          .slot()
          .offer(
              new ActiveShaper(
                  "swap" + i,
                  new FallbackShaper(planner.frames(), MODEL, planner.schedule()),
                  MODEL));
    }
    await("all frames", () -> running.sent() == FRAMES);
    planner.mailbox.call(() -> planner.trace(Optional.empty()));
    trace.close();
    assertSpaced(sent(file, SHAPED), base);
  }

  @Test
  void shouldDropWhatIsEligibleLaterThanFramesAreHeld() {
    shape(Bandwidth.of(1_000)); // 672 ms for a frame, of 60 s
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 150; i++) {
      running.ingress.send(SHAPED, base);
    }
    await("some are dropped", () -> running.dropped(Verdict.RATE_EXCEEDED) >= 150 - 90);
    assertTrue(running.dropped(Verdict.RATE_EXCEEDED) < 150 - 80);
  }

  @Test
  void shouldMissADeadlineThatPassesBeforeTheFrameIsEligible() {
    running.ingress.deadlineMode = true;
    long deadline = NativeClock.taiNs() + 50_000_000;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(SHAPED, deadline);
    }
    await(
        "all are dealt with",
        () ->
            running.sent()
                    + running.dropped(Verdict.MISSED)
                    + running.dropped(Verdict.LATE_ON_ARRIVAL)
                == FRAMES);
    assertTrue(running.sent() < FRAMES / 2, "50 ms are 75 frames");
  }

  @Test
  void shouldNotHaltAPodWhenTheClockIsSetBack() {
    shape(Bandwidth.of(1_000));
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 20; i++) {
      running.ingress.send(SHAPED, base);
    }
    await("the first", () -> running.sent() == 1);
    long steps = planner.counters.get(Counters.CLOCK_STEPS);
    NativeClock.shift(-37_000_000_000L);
    await("the step is noticed", () -> planner.counters.get(Counters.CLOCK_STEPS) > steps);
    running.ingress.send(SHAPED, NativeClock.taiNs() + AHEAD_NS);
    await("a frame of the new time", () -> running.sent() == 2);
  }

  @Test
  void shouldForgetAPodThatIsDetached() {
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(SHAPED, base);
    }
    await("the first", () -> running.sent() > 0);
    shape(Bandwidth.of(SLOPE));
    long sentBefore = running.sent();
    await("the others are gone", () -> running.dropped(Verdict.POD_GONE) > 0);
    running.ingress.send(SHAPED, NativeClock.taiNs() + AHEAD_NS);
    await("a frame of the next", () -> running.sent() > sentBefore);
    await("every row free", () -> planner.frames().used() == 0);
  }

  /** Reads the frames of a pod that were sent, in the order of their sending. */
  private static List<Launched> sent(Path file, int pod) throws IOException {
    ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Launched> frames = new ArrayList<>();
    for (int i = 0; i < (int) records.getLong(24); i++) {
      int at = 64 + i * 64;
      if (records.get(at + 43) == FrameTrace.SENT && records.getShort(at + 40) == pod) {
        frames.add(
            new Launched(
                records.getLong(at),
                records.getLong(at + 8),
                records.getShort(at + 40),
                records.getLong(at + 56)));
      }
    }
    return frames;
  }
}
