package org.ktsn.filter.credit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.Bandwidth;

/** A pod's credit, against a credit that is counted nanobit by nanobit. */
final class PodCreditTest {
  private static final long LINK_BITS_PER_SECOND = 1_000_000_000_000L;
  private static final long NANOBITS_PER_OCTET = 8_000_000_000L;
  private static final long NO_LIMIT_NS = 1L << 59;
  private static final int FRAMES = 200;

  /** Frames of a pod, in their order, on a link that others take now and then. */
  private static final class Scenario {
    final long idleSlope;
    final long[] readyNs = new long[FRAMES];
    final long[] octets = new long[FRAMES];
    final long[] takenFromNs = new long[FRAMES];
    final long[] takenUntilNs = new long[FRAMES];

    Scenario(long idleSlope, long seed, boolean disturbed) {
      this.idleSlope = idleSlope;
      Random random = new Random(seed);
      long spacingNs = 800 * NANOBITS_PER_OCTET / idleSlope + 1;
      long atNs = 1_800_000_000_000_000_000L;
      long takenNs = atNs;
      for (int i = 0; i < FRAMES; i++) {
        atNs +=
            random.nextInt(4) == 0 ? random.nextLong(6 * spacingNs) : random.nextLong(spacingNs);
        readyNs[i] = atNs;
        octets[i] = 84L + random.nextInt(1459);
        takenNs += random.nextLong(4 * spacingNs);
        takenFromNs[i] = takenNs;
        takenNs += disturbed ? random.nextLong(4 * spacingNs) : 0;
        takenUntilNs[i] = takenNs;
      }
    }

    /** Returns the first instant, from one on, at which the link is free. */
    long freeNs(long fromNs) {
      long atNs = fromNs;
      for (int i = 0; i < FRAMES; i++) {
        if (atNs >= takenFromNs[i] && atNs < takenUntilNs[i]) {
          atNs = takenUntilNs[i];
        }
      }
      return atNs;
    }

    /** Returns when a frame leaves that is eligible from an instant on. */
    long leavesNs(int frame, long eligibleNs, long[] departsNs) {
      long beforeNs = frame == 0 ? 0 : departsNs[frame - 1] + durationNs(frame - 1);
      return freeNs(Math.max(Math.max(eligibleNs, readyNs[frame]), beforeNs));
    }

    long durationNs(int frame) {
      return Math.ceilDiv(octets[frame] * NANOBITS_PER_OCTET, LINK_BITS_PER_SECOND);
    }
  }

  @Provide
  Arbitrary<Long> slopes() {
    return Arbitraries.oneOf(
        Arbitraries.of(1L, 3L, 1_000_000L, 10_000_000L, 333_333_333L, 999_999_937L),
        Arbitraries.longs().between(1, 2_000_000_000L));
  }

  @Property(tries = 300)
  void shouldLetEachFrameLeaveInTheFirstNanosecondInWhichACountedCreditIsNotNegative(
      @ForAll("slopes") long idleSlope, @ForAll long seed, @ForAll boolean disturbed) {
    Scenario scenario = new Scenario(idleSlope, seed, disturbed);
    long[] planned = planned(scenario, new PodCredit(Bandwidth.of(idleSlope), NO_LIMIT_NS));
    long[] eligibleNs = countedEligibleNs(scenario, planned, BigInteger.ONE.shiftLeft(200));
    for (int i = 0; i < FRAMES; i++) {
      assertEquals(scenario.leavesNs(i, eligibleNs[i], planned), planned[i], "frame " + i);
    }
  }

  @Property(tries = 300)
  void shouldSaveUpNoMoreThanHiCredit(
      @ForAll("slopes") long idleSlope, @ForAll long seed, @ForAll boolean small) {
    Scenario scenario = new Scenario(idleSlope, seed, true);
    long hiCreditBits = small ? 8 * 20 : 8 * 3_000;
    PodCredit credit = new PodCredit(new Bandwidth(idleSlope, OptionalLong.of(hiCreditBits)), 0);
    long[] planned = planned(scenario, credit);
    long[] eligibleNs =
        countedEligibleNs(
            scenario,
            planned,
            BigInteger.valueOf(hiCreditBits).multiply(BigInteger.valueOf(1_000_000_000)));
    for (int i = 0; i < FRAMES; i++) {
      long roundedNs = 2L * (i + 1); // what is lost above hiCredit is rounded, each time
      assertTrue(
          planned[i] >= scenario.leavesNs(i, eligibleNs[i] - roundedNs, planned)
              && planned[i] <= scenario.leavesNs(i, eligibleNs[i] + roundedNs, planned),
          "frame " + i + " leaves at " + planned[i] + ", and is eligible at " + eligibleNs[i]);
    }
  }

  @Test
  void shouldNotDriftInFiveMillionFrames() {
    for (long idleSlope : new long[] {1, 7, 333_333_333, 999_999_937}) {
      PodCredit credit = new PodCredit(Bandwidth.of(idleSlope), NO_LIMIT_NS);
      long octets = idleSlope == 1 ? 1 : 1_542;
      credit.charge(0, 0, octets);
      for (int i = 1; i < 5_000_000; i++) {
        credit.charge(0, 0, octets);
      }
      BigInteger[] exact =
          BigInteger.valueOf(octets)
              .multiply(BigInteger.valueOf(NANOBITS_PER_OCTET))
              .multiply(BigInteger.valueOf(5_000_000))
              .divideAndRemainder(BigInteger.valueOf(idleSlope));
      assertEquals(
          exact[0].longValueExact() + (exact[1].signum() == 0 ? 0 : 1),
          credit.eligibleNs(0, 0),
          "at " + idleSlope + " bit/s");
    }
  }

  @Test
  void shouldNotHaltAPodWhenTheClockIsSetBack() {
    PodCredit credit = new PodCredit(Bandwidth.of(1_000), 0);
    credit.charge(5_000_000_000L, 5_000_000_000L, 1_500);
    credit.chargeDated(1_500);
    credit.reset(1_000_000_000L);
    assertEquals(1_000_000_000L, credit.eligibleNs(900_000_000L, 1_000_000_000L));
    assertEquals(
        1_000_000_000L,
        credit.eligibleNs(5_000_000_000L, 1_000_000_000L),
        "a frame that came by the clock before");
  }

  /** The planner's way: in the order of their dates; who is not eligible is dated, and waits. */
  private static long[] planned(Scenario scenario, PodCredit credit) {
    long[] departsNs = new long[FRAMES];
    long[] dateNs = scenario.readyNs.clone();
    long[] eligibleNs = new long[FRAMES];
    long[] shift = new long[FRAMES];
    boolean[] dated = new boolean[FRAMES];
    Deque<Integer> waiting = new ArrayDeque<>();
    for (int i = 0; i < FRAMES; i++) {
      waiting.add(i);
    }
    long linkFreeNs = 0;
    while (!waiting.isEmpty()) {
      int first = waiting.getFirst();
      for (int candidate : waiting) {
        first = dateNs[candidate] < dateNs[first] ? candidate : first;
      }
      long atNs = scenario.freeNs(Math.max(linkFreeNs, dateNs[first]));
      boolean isBehindDated = !dated[first] && credit.hasDated();
      long isEligibleNs =
          dated[first]
              ? eligibleNs[first] + credit.shiftNs() - shift[first]
              : credit.eligibleNs(scenario.readyNs[first], atNs);
      boolean wasMoved = dated[first] && credit.shiftNs() != shift[first];
      if (isEligibleNs > atNs || isBehindDated || wasMoved) {
        eligibleNs[first] = isBehindDated ? credit.nextDateNs() : isEligibleNs;
        if (!dated[first]) {
          credit.chargeDated(scenario.octets[first]);
          dated[first] = true;
        }
        dateNs[first] = Math.max(dateNs[first], eligibleNs[first]);
        shift[first] = credit.shiftNs();
        continue;
      }
      if (dated[first]) {
        credit.datedLeaves(isEligibleNs, atNs, scenario.octets[first]);
      } else {
        credit.charge(scenario.readyNs[first], atNs, scenario.octets[first]);
      }
      waiting.remove(first);
      departsNs[first] = atNs;
      linkFreeNs = atNs + scenario.durationNs(first);
    }
    return departsNs;
  }

  /**
   * The rules of 8.6.8.2 for one queue: a credit in nanobits, of which a nanosecond brings whole
   * ones. Returns from when on each frame has credit, after those before it left as they did.
   */
  private static long[] countedEligibleNs(
      Scenario scenario, long[] departsNs, BigInteger hiCreditNanobits) {
    BigInteger slope = BigInteger.valueOf(scenario.idleSlope);
    long[] eligibleNs = new long[FRAMES];
    BigInteger credit = BigInteger.ZERO;
    long creditAtNs = 0;
    for (int i = 0; i < FRAMES; i++) {
      long readyNs = scenario.readyNs[i];
      if (readyNs > creditAtNs) { // none waits until then: it rises to zero at most, or falls to it
        credit = grown(credit, slope, readyNs - creditAtNs).min(BigInteger.ZERO);
        creditAtNs = readyNs;
      }
      long waitNs =
          credit.signum() >= 0
              ? 0
              : credit.negate().add(slope).subtract(BigInteger.ONE).divide(slope).longValueExact();
      eligibleNs[i] = creditAtNs + waitNs;
      credit = grown(credit, slope, departsNs[i] - creditAtNs).min(hiCreditNanobits);
      credit = credit.subtract(BigInteger.valueOf(scenario.octets[i] * NANOBITS_PER_OCTET));
      creditAtNs = departsNs[i];
    }
    return eligibleNs;
  }

  private static BigInteger grown(BigInteger credit, BigInteger slope, long durationNs) {
    return credit.add(slope.multiply(BigInteger.valueOf(durationNs)));
  }
}
