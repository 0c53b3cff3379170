package org.ktsn.shaper.cbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

/** Random slopes, gates and frames under one schedule: what CreditView tells of them. */
class CreditBoundsTest {
  private static final int FRAMES = 200;
  private static final int LARGEST = 1_518;
  private static final long NANOBITS_PER_BIT = 1_000_000_000;

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void shouldKeepEveryCreditBetweenLoCreditAndHiCredit(@ForAll long seed) {
    Random random = new Random(seed);
    PortModel port = new PortModel(100_000_000L * (1 + random.nextInt(100)), random.nextInt(60));
    SimulatedFrames frames = new SimulatedFrames(FRAMES);
    CbsShaper shaper = shaper(random, frames, port);
    for (int i = 0; i < FRAMES; i++) {
      int octets = random.nextInt(3) == 0 ? LARGEST : 60 + random.nextInt(LARGEST - 60);
      long launchNs = random.nextInt(1 + random.nextInt(10_000_000));
      shaper.enqueue(frames.add(random.nextInt(8), launchNs, octets, random.nextInt(6) == 0));
    }
    Departure out = new Departure();
    long[] limits = new long[8];
    Arrays.fill(limits, Shaper.NEVER);
    long freeNs = 0;
    while (shaper.next(freeNs, Shaper.NEVER, limits, out)) {
      if (out.verdict == Verdict.ACCEPTED) {
        int c = frames.trafficClass(out.frame);
        assertTrue(shaper.creditNanobits(c, out.launchNs) >= 0, "class " + c + " has no credit");
        freeNs = out.launchNs + out.durationNs;
      }
      bounded(shaper, out.launchNs);
      shaper.take(out);
      bounded(shaper, freeNs);
      bounded(shaper, freeNs + random.nextInt(100_000));
    }
    assertEquals(0, shaper.queued());
  }

  private static void bounded(CbsShaper shaper, long atNs) {
    for (int c = 0; c < 8; c++) {
      long credit = shaper.creditNanobits(c, atNs);
      assertEquals(Math.floorDiv(credit, NANOBITS_PER_BIT), shaper.creditBits(c, atNs));
      long lo = shaper.loCreditBits(c, atNs);
      long hi = shaper.hiCreditBits(c, atNs);
      assertTrue(lo <= shaper.creditBits(c, atNs), "class " + c + " fell below loCredit");
      assertTrue(shaper.creditBits(c, atNs) <= hi, "class " + c + " rose above hiCredit");
    }
  }

  private static CbsShaper shaper(Random random, SimulatedFrames frames, PortModel port) {
    List<String> slopes = new ArrayList<>();
    long left = port.rateBitsPerSecond();
    for (int c = 0; c < 8; c++) {
      long slope = 1 + random.nextLong(left / 4);
      if (random.nextBoolean()) {
        slopes.add(c + "=" + slope);
        left -= slope;
      }
    }
    List<GateControlEntry> list = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      int states = random.nextInt(2) == 0 ? 0xff : random.nextInt(256);
      list.add(
          new GateControlEntry(
              GateOperation.SET_GATE_STATES, states, 50_000 + random.nextInt(300_000)));
    }
    GateParameters parameters =
        GateParameters.of(0, CycleTime.ofNanoseconds(500_000 + random.nextInt(500_000)), list);
    return new CbsShaper(
        frames,
        port,
        new GateSchedule(parameters, 0, Optional.empty(), 0),
        new CbsShaper.Settings(
            IdleSlopes.parse(String.join(",", slopes)),
            random.nextBoolean(),
            LARGEST,
            false,
            10_000_000));
  }
}
