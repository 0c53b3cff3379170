package org.ktsn.shaper.tas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;

/**
 * What every {@link Shaper} must do, whatever its strategy. Extend it and say which factory to
 * test. Gates are open throughout, so that strategies without gates pass as well.
 */
abstract class ShaperContract {
  private static final int FRAMES = 4_096;
  private static final PortModel GIGABIT = new PortModel(1_000_000_000L, 0);
  private static final long[] NO_LIMIT = new long[8];

  static {
    Arrays.fill(NO_LIMIT, Shaper.NEVER);
  }

  private final FrameTable frames = new FrameTable(FRAMES);
  private final Departure out = new Departure();

  /** Returns the factory under test. */
  abstract ShaperFactory factory();

  @Test
  void shouldHaveAName() {
    assertFalse(factory().name().isBlank());
  }

  @Test
  void shouldFindNothingWhenNothingIsQueued() {
    Shaper shaper = shaper();
    assertFalse(shaper.next(0, Shaper.NEVER, NO_LIMIT, out));
    assertEquals(0, shaper.queued());
  }

  @Test
  void shouldSendEachFrameOnceWithinTheLinksFreeTime() {
    Shaper shaper = shaper();
    boolean[] sent = new boolean[FRAMES];
    List<Departure> departures = drain(shaper, fill(shaper, 1_000, new Random(1)));
    long freeNs = 0;
    for (Departure departure : departures) {
      assertFalse(sent[departure.frame], "sent twice");
      sent[departure.frame] = true;
      assertTrue(departure.launchNs >= freeNs, "two frames at once");
      assertTrue(departure.launchNs >= frames.launchTimeNs(departure.frame), "too early");
      assertTrue(departure.notAfterNs >= departure.launchNs, "no time to send");
      assertEquals(GIGABIT.durationNs(frames.lengthOctets(departure.frame)), departure.durationNs);
      freeNs = departure.launchNs + departure.durationNs;
    }
    assertEquals(1_000, departures.size());
    assertEquals(0, shaper.queued());
  }

  @Test
  void shouldKeepTheOrderOfLaunchTimesAndArrivalWithinAClass() {
    Shaper shaper = shaper();
    List<Departure> departures = drain(shaper, fill(shaper, 1_000, new Random(2)));
    for (int trafficClass = 0; trafficClass < 8; trafficClass++) {
      int wanted = trafficClass;
      List<Integer> order =
          departures.stream()
              .map(departure -> departure.frame)
              .filter(frame -> frames.trafficClass(frame) == wanted)
              .toList();
      List<Integer> sorted = new ArrayList<>(order);
      sorted.sort(Comparator.comparing(frames::launchTimeNs).thenComparing(frames::arrival));
      assertEquals(sorted, order);
    }
  }

  @Test
  void shouldAnswerTheSameUntilTheDepartureIsTaken() {
    Shaper shaper = shaper();
    fill(shaper, 100, new Random(3));
    assertTrue(shaper.next(0, Shaper.NEVER, NO_LIMIT, out));
    Departure again = new Departure();
    assertTrue(shaper.next(0, Shaper.NEVER, NO_LIMIT, again));
    assertEquals(out.frame, again.frame);
    assertEquals(out.launchNs, again.launchNs);
    assertEquals(out.notAfterNs, again.notAfterNs);
    assertEquals(100, shaper.queued());
    shaper.take(again);
    assertEquals(99, shaper.queued());
  }

  @Test
  void shouldCountFramesByClass() {
    Shaper shaper = shaper();
    shaper.enqueue(frames.add(3, 10, 100));
    shaper.enqueue(frames.add(3, 20, 100));
    shaper.enqueue(frames.add(7, 30, 100));
    assertEquals(2, shaper.queued(3));
    assertEquals(1, shaper.queued(7));
    assertEquals(0, shaper.queued(0));
    assertEquals(3, shaper.queued());
  }

  @Test
  void shouldEndTheFrameBeforeTheLinkIsTaken() {
    Shaper shaper = shaper();
    int frame = frames.add(5, 1_000, 100);
    shaper.enqueue(frame);
    long durationNs = GIGABIT.durationNs(100);
    assertFalse(shaper.next(0, 1_000 + durationNs - 1, NO_LIMIT, out));
    assertTrue(shaper.next(0, 1_000 + durationNs, NO_LIMIT, out));
    assertEquals(1_000, out.launchNs);
    assertEquals(1_000, out.notAfterNs);
  }

  @Test
  void shouldNotOvertakeFramesOfItsOwnClass() {
    Shaper shaper = shaper();
    shaper.enqueue(frames.add(5, 1_000, 100));
    long[] limits = NO_LIMIT.clone();
    limits[5] = 1_000;
    assertFalse(shaper.next(0, Shaper.NEVER, limits, out));
    limits[5] = 1_001;
    assertTrue(shaper.next(0, Shaper.NEVER, limits, out));
  }

  @Test
  void shouldSendOrDropAFrameThatWasMissed() {
    Shaper shaper = shaper();
    int frame = frames.add(5, 1_000, 100);
    shaper.enqueue(frame);
    shaper.next(0, Shaper.NEVER, NO_LIMIT, out);
    shaper.take(out);
    Verdict verdict = shaper.missed(frame, 50_000);
    if (verdict.isDrop()) {
      assertEquals(0, shaper.queued());
    } else {
      assertEquals(Verdict.ACCEPTED, verdict);
      assertTrue(shaper.next(50_000, Shaper.NEVER, NO_LIMIT, out));
      assertEquals(frame, out.frame);
      assertTrue(out.launchNs >= 50_000);
    }
  }

  @Test
  void shouldKeepWhatIsQueuedWhenTheScheduleChanges() {
    Shaper shaper = shaper();
    fill(shaper, 100, new Random(4));
    shaper.schedule(GateSchedule.open());
    assertEquals(100, drain(shaper, 100).size());
  }

  @Test
  void shouldTakeOverTheFramesOfAnotherShaperInTheirOrder() {
    Shaper first = shaper();
    fill(first, 200, new Random(5));
    Shaper second = factory().create(frames, GIGABIT, GateSchedule.open());
    List<Integer> expected = drain(first, 200).stream().map(d -> d.frame).toList();
    for (int frame = 199; frame >= 0; frame--) {
      assertEquals(Verdict.ACCEPTED, second.enqueue(frame));
    }
    assertEquals(expected, drain(second, 200).stream().map(d -> d.frame).toList());
  }

  @Test
  void shouldHoldAsManyFramesAsTheTable() {
    Shaper shaper = shaper();
    for (int i = 0; i < FRAMES; i++) {
      assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(6, FRAMES - i, 60)));
    }
    assertEquals(FRAMES, drain(shaper, FRAMES).size());
  }

  @Test
  void shouldAllocateNothingPerFrame() {
    Shaper shaper = shaper();
    Random random = new Random(6);
    for (int i = 0; i < 1_000; i++) {
      frames.add(random.nextInt(8), random.nextInt(1_000_000), 60 + random.nextInt(1_455));
    }
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 30; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int frame = 0; frame < 1_000; frame++) {
        shaper.enqueue(frame);
      }
      long freeNs = 0;
      while (shaper.next(freeNs, Shaper.NEVER, NO_LIMIT, out)) {
        shaper.take(out);
        freeNs = out.launchNs + out.durationNs;
        if (out.frame % 100 == 0 && freeNs < 2_000_000) {
          shaper.missed(out.frame, freeNs);
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes");
  }

  private Shaper shaper() {
    return factory().create(frames, GIGABIT, GateSchedule.open());
  }

  private int fill(Shaper shaper, int count, Random random) {
    for (int i = 0; i < count; i++) {
      int frame =
          frames.add(random.nextInt(8), random.nextInt(2_000_000), 60 + random.nextInt(1_455));
      assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    }
    return count;
  }

  private static List<Departure> drain(Shaper shaper, int atMost) {
    List<Departure> all = new ArrayList<>();
    long freeNs = 0;
    Departure departure = new Departure();
    while (all.size() <= atMost && shaper.next(freeNs, Shaper.NEVER, NO_LIMIT, departure)) {
      assertEquals(Verdict.ACCEPTED, departure.verdict);
      shaper.take(departure);
      all.add(departure);
      freeNs = departure.launchNs + departure.durationNs;
      departure = new Departure();
    }
    return all;
  }
}
