package org.ktsn.shaper.tas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.shaper.contract.SimulatedFrames;

/** Random frames, schedules, gaps and changes: every answer compared with the oracle's. */
class TasShaperOracleTest {
  private static final PortModel PORT = new PortModel(10_000_000_000L, 50);
  private static final int STEPS = 60;

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void shouldAgreeWithTheOracleOnEveryDeparture(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedFrames frames = new SimulatedFrames(STEPS * 4);
    GateSchedule schedule = GateSchedule.open().change(parameters(random, 4_000), 0);
    Shaper shaper = TasShaperTest.factory("requeue").create(frames, PORT, schedule);
    TasOracle oracle = new TasOracle(frames, PORT, schedule, 10_000_000);
    Departure found = new Departure();
    Departure expected = new Departure();
    long freeNs = 0;
    for (int step = 0; step < STEPS && freeNs < 20_000; step++) {
      for (int i = random.nextInt(4); i > 0; i--) {
        int frame = frame(random, frames, freeNs);
        assertEquals(oracle.enqueue(frame), shaper.enqueue(frame));
      }
      if (random.nextInt(15) == 0) {
        schedule = schedule.change(parameters(random, freeNs + 4_000), freeNs);
        shaper.schedule(schedule);
        oracle.schedule(schedule);
      }
      if (random.nextInt(10) == 0) {
        schedule = schedule.at(freeNs);
        shaper.schedule(schedule);
        oracle.schedule(schedule);
      }
      long endNs = random.nextInt(3) == 0 ? freeNs + random.nextInt(3_000) : Shaper.NEVER;
      long[] limits = limits(random, freeNs);
      boolean any = oracle.next(freeNs, endNs, limits, expected);
      assertEquals(any, shaper.next(freeNs, endNs, limits, found));
      assertEquals(oracle.queued(), shaper.queued());
      if (!any) {
        freeNs += random.nextInt(500);
        continue;
      }
      assertEquals(expected.verdict, found.verdict);
      assertEquals(expected.frame, found.frame);
      if (expected.verdict == Verdict.ACCEPTED) {
        assertEquals(expected.launchNs, found.launchNs);
        assertEquals(expected.notAfterNs, found.notAfterNs);
        assertEquals(expected.durationNs, found.durationNs);
        if (random.nextInt(4) == 0) {
          continue; // asked, not taken: something else arrives first
        }
        freeNs = found.launchNs + found.durationNs;
      }
      shaper.take(found);
      oracle.remove(found.frame);
      if (found.verdict == Verdict.ACCEPTED && random.nextInt(10) == 0) {
        freeNs = found.notAfterNs > freeNs + 2_000 ? freeNs : found.notAfterNs + 1;
        assertEquals(
            oracle.requeue(found.frame, Math.max(freeNs, schedule.operSinceNs())),
            shaper.missed(found.frame, freeNs));
      }
    }
  }

  private static int frame(Random random, SimulatedFrames frames, long nowNs) {
    int lengthOctets = random.nextBoolean() ? 60 : 60 + random.nextInt(1_455);
    long launchNs = Math.max(0, nowNs + random.nextInt(6_000) - 500);
    return frames.add(random.nextInt(8), launchNs, lengthOctets, random.nextInt(8) == 0);
  }

  private static long[] limits(Random random, long nowNs) {
    long[] limits = new long[8];
    Arrays.fill(limits, Shaper.NEVER);
    if (random.nextInt(3) == 0) {
      limits[random.nextInt(8)] = nowNs + random.nextInt(2_000);
    }
    return limits;
  }

  private static GateParameters parameters(Random random, long latestBaseNs) {
    List<GateControlEntry> list = new ArrayList<>();
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      list.add(
          new GateControlEntry(
              GateOperation.SET_GATE_STATES,
              random.nextInt(4) == 0 ? 0xff : random.nextInt(256),
              random.nextInt(10) == 0 ? 0 : random.nextInt(1_500)));
    }
    List<Integer> maxSdu = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      maxSdu.add(random.nextInt(3) == 0 ? 46 + random.nextInt(1_400) : 0);
    }
    return new GateParameters(
        random.nextInt(10) != 0,
        random.nextInt(256),
        list,
        CycleTime.ofNanoseconds(1_000 + random.nextInt(3_000)),
        0,
        random.nextLong(latestBaseNs),
        maxSdu);
  }
}
