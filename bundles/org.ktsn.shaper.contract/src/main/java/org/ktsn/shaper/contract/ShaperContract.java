package org.ktsn.shaper.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;

/**
 * What every {@link Shaper} must do, whatever its strategy: extend it in a test of your own and say
 * which factory to test.
 *
 * <pre>
 *   class MyShaperContractTest extends ShaperContract {
 *     &#64;Override
 *     protected ShaperFactory factory() {
 *       return new MyShaperFactory();
 *     }
 *   }
 * </pre>
 *
 * <p>A third of the link is used, so that a strategy may hold frames back for a while, or drop late
 * ones, and still passes.
 *
 * <p>Longer than other classes on purpose: it is one list of sentences about one thing, which an
 * author extends, runs and reads as a whole.
 */
public abstract class ShaperContract {
  private static final int FRAMES = 4_096;
  private static final PortModel GIGABIT = new PortModel(1_000_000_000L, 0);
  private static final long[] NO_LIMIT = new long[8];

  static {
    Arrays.fill(NO_LIMIT, Shaper.NEVER);
  }

  private final SimulatedFrames frames = new SimulatedFrames(FRAMES);
  private final Departure out = new Departure();

  /** Returns the factory under test. */
  protected abstract ShaperFactory factory();

  /**
   * Tells whether the strategy keeps frames inside open gates. One that does not must plan as
   * though there were none.
   */
  protected boolean heedsGates() {
    return true;
  }

  @Test
  public final void shouldHaveAName() {
    assertFalse(factory().name().isBlank());
  }

  @Test
  public final void shouldFindNothingWhenNothingIsQueued() {
    Shaper shaper = shaper();
    assertFalse(shaper.next(0, Shaper.NEVER, NO_LIMIT, out));
    assertEquals(0, shaper.queued());
  }

  @Test
  public final void shouldSendEachFrameOnceWithinTheLinksFreeTime() {
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
  public final void shouldKeepTheOrderOfLaunchTimesAndArrivalWithinAClass() {
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
  public final void shouldAnswerTheSameUntilTheDepartureIsTaken() {
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
  public final void shouldCountFramesByClass() {
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
  public final void shouldEndTheFrameBeforeTheLinkIsTaken() {
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
  public final void shouldNotOvertakeFramesOfItsOwnClass() {
    Shaper shaper = shaper();
    shaper.enqueue(frames.add(5, 1_000, 100));
    long[] limits = NO_LIMIT.clone();
    limits[5] = 1_000;
    assertFalse(shaper.next(0, Shaper.NEVER, limits, out));
    limits[5] = 1_001;
    assertTrue(shaper.next(0, Shaper.NEVER, limits, out));
  }

  @Test
  public final void shouldTakeNothingOfTheLinkForAFrameThatItsPodMayNotSendYet() {
    Shaper shaper = shaper();
    int postponed = frames.add(5, 1_000, 100);
    int other = frames.add(5, 1_000, 100);
    shaper.enqueue(postponed);
    shaper.enqueue(other);
    assertTrue(shaper.next(0, Shaper.NEVER, NO_LIMIT, out));
    assertEquals(postponed, out.frame);
    out.verdict = Verdict.HOLD;
    shaper.take(out);
    assertEquals(1, shaper.queued());
    assertTrue(shaper.next(0, Shaper.NEVER, NO_LIMIT, out));
    assertEquals(other, out.frame);
    assertEquals(1_000, out.launchNs);
    shaper.take(out);
    frames.put(postponed, 5, 50_000_000, 100, false);
    assertEquals(Verdict.ACCEPTED, shaper.enqueue(postponed));
    assertTrue(shaper.next(1_000_000, Shaper.NEVER, NO_LIMIT, out));
    assertEquals(postponed, out.frame);
    assertEquals(50_000_000, out.launchNs);
  }

  @Test
  public final void shouldLetPodsTakeTurnsWithFramesThatAreDue() {
    Shaper shaper = shaper();
    floodBesideThree(shaper, false, 1_000);
    assertThreeAreAmongTheFirst(drain(shaper, 203), 8);
  }

  @Test
  public final void shouldNotLetAPodsDeadlinesGoBeforeAnothersFramesThatAreDue() {
    Shaper shaper = shaper();
    floodBesideThree(shaper, true, 500_000);
    Departure first = new Departure();
    assertTrue(shaper.next(1_000, Shaper.NEVER, NO_LIMIT, first));
    shaper.take(first);
    List<Departure> departures = new ArrayList<>(List.of(first));
    departures.addAll(drain(shaper, 202, first.launchNs + first.durationNs));
    assertThreeAreAmongTheFirst(departures, 8);
  }

  /** Many frames of one pod, and three of another that come later. */
  private void floodBesideThree(Shaper shaper, boolean deadlineMode, long stampNs) {
    for (int i = 0; i < 200; i++) {
      int frame = frames.add(5, stampNs, 100, deadlineMode);
      frames.from(frame, 1);
      shaper.enqueue(frame);
    }
    for (int i = 0; i < 3; i++) {
      int frame = frames.add(5, 1_000 + i, 100);
      frames.from(frame, 2);
      shaper.enqueue(frame);
    }
  }

  private void assertThreeAreAmongTheFirst(List<Departure> departures, int count) {
    List<Integer> pods =
        departures.stream().map(departure -> frames.pod(departure.frame)).limit(count).toList();
    assertEquals(3, pods.stream().filter(pod -> pod == 2).count(), pods.toString());
  }

  @Test
  public final void shouldNameTheFirstFrameOfAClassWhereNoOtherMayBeGiven() {
    Shaper shaper = shaper();
    shaper.enqueue(frames.add(5, 1_000, 100));
    int other = frames.add(3, 5_000, 100);
    shaper.enqueue(other);
    long[] limits = new long[8];
    Arrays.fill(limits, Long.MIN_VALUE);
    limits[3] = Shaper.NEVER;
    if (shaper.next(0, Shaper.NEVER, limits, out)) {
      assertEquals(other, out.frame);
      assertEquals(5_000, out.launchNs);
    }
  }

  @Test
  public final void shouldSendOrDropAFrameThatWasMissed() {
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
  public final void shouldKeepWhatIsQueuedWhenTheScheduleChanges() {
    Shaper shaper = shaper();
    fill(shaper, 100, new Random(4));
    shaper.schedule(GateSchedule.open());
    assertEquals(100, drain(shaper, 100).size());
  }

  @Test
  public final void shouldTakeOverTheFramesOfAnotherShaperInTheirOrder() {
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
  public final void shouldHoldAsManyFramesAsTheTable() {
    Shaper shaper = shaper();
    for (int i = 0; i < FRAMES; i++) {
      assertEquals(Verdict.ACCEPTED, shaper.enqueue(frames.add(6, 1_000L * (FRAMES - i), 60)));
    }
    assertEquals(FRAMES, drain(shaper, FRAMES).size());
  }

  @Test
  public final void shouldRefuseToTakeWhatItDidNotFind() {
    Shaper shaper = shaper();
    shaper.enqueue(frames.add(3, 0, 100));
    int other = frames.add(3, 10, 100);
    shaper.enqueue(other);
    out.send(other, 10, 10, GIGABIT.durationNs(100));
    assertThrows(IllegalStateException.class, () -> shaper.take(out));
  }

  @Test
  public final void shouldKeepEveryFrameInsideAnOpenGate() {
    GateSchedule schedule = gated(0, 0x80, 0x7f);
    Shaper shaper = factory().create(frames, GIGABIT, schedule);
    List<Departure> departures = drain(shaper, fill(shaper, 1_000, new Random(7)));
    assertEquals(1_000, departures.size());
    keepsGates(new GateTimeline(schedule), departures);
  }

  @Test
  public final void shouldGoOverToAPendingScheduleAtItsInstant() {
    Shaper shaper = factory().create(frames, GIGABIT, gated(0, 0x80, 0x7f));
    fill(shaper, 1_000, new Random(8));
    GateSchedule changed = gated(0, 0x80, 0x7f).change(gated(7_300_000, 0x0f, 0xf0).oper(), 0);
    shaper.schedule(changed);
    List<Departure> departures = drain(shaper, 1_000);
    assertEquals(1_000, departures.size());
    keepsGates(new GateTimeline(changed), departures);
  }

  @Test
  public final void shouldAllocateNothingPerFrame() {
    Shaper shaper = shaper();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    long freeNs = 0;
    for (int round = 0; round < 30; round++) {
      Random random = new Random(6);
      for (int frame = 0; frame < 1_000; frame++) {
        long launchNs = freeNs + random.nextInt(20_000_000);
        frames.put(frame, random.nextInt(8), launchNs, 60 + random.nextInt(1_455), false);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int frame = 0; frame < 1_000; frame++) {
        shaper.enqueue(frame);
      }
      int missed = 0;
      while (shaper.next(freeNs, Shaper.NEVER, NO_LIMIT, out)) {
        shaper.take(out);
        if (out.verdict == Verdict.ACCEPTED) {
          freeNs = out.launchNs + out.durationNs;
          if (out.frame % 100 == 0 && missed++ < 20) {
            shaper.missed(out.frame, freeNs);
          }
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      assertEquals(0, shaper.queued());
    }
    assertEquals(0, least, "bytes");
  }

  /** Two halves of a cycle of 200 µs. */
  private static GateSchedule gated(long baseNs, int first, int second) {
    List<GateControlEntry> list =
        List.of(
            new GateControlEntry(GateOperation.SET_GATE_STATES, first, 100_000),
            new GateControlEntry(GateOperation.SET_GATE_STATES, second, 100_000));
    GateParameters parameters = GateParameters.of(baseNs, CycleTime.ofNanoseconds(200_000), list);
    return new GateSchedule(parameters, 0, Optional.empty(), 0);
  }

  private void keepsGates(GateTimeline timeline, List<Departure> departures) {
    if (!heedsGates()) {
      Shaper open = shaper();
      for (int frame = 0; frame < departures.size(); frame++) {
        open.enqueue(frame);
      }
      assertEquals(starts(drain(open, departures.size())), starts(departures));
      return;
    }
    for (Departure departure : departures) {
      int trafficClass = frames.trafficClass(departure.frame);
      assertEquals(
          departure.launchNs,
          timeline.nextWindow(trafficClass, departure.launchNs, departure.durationNs),
          "starts while its gate is closed, or is still sent when it closes");
      long lastNs = departure.notAfterNs;
      assertEquals(
          lastNs,
          timeline.nextWindow(trafficClass, lastNs, departure.durationNs),
          "may leave outside its window");
    }
  }

  private static List<Long> starts(List<Departure> departures) {
    return departures.stream().map(departure -> departure.launchNs).toList();
  }

  private Shaper shaper() {
    return factory().create(frames, GIGABIT, GateSchedule.open());
  }

  private int fill(Shaper shaper, int count, Random random) {
    for (int i = 0; i < count; i++) {
      int frame =
          frames.add(random.nextInt(8), random.nextInt(20_000_000), 60 + random.nextInt(1_455));
      assertEquals(Verdict.ACCEPTED, shaper.enqueue(frame));
    }
    return count;
  }

  private static List<Departure> drain(Shaper shaper, int atMost) {
    return drain(shaper, atMost, 0);
  }

  private static List<Departure> drain(Shaper shaper, int atMost, long fromNs) {
    List<Departure> all = new ArrayList<>();
    long freeNs = fromNs;
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
