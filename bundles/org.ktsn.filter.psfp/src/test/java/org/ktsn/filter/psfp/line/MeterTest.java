package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.filter.psfp.model.FlowMeter;

/** The bandwidth profile of MEF 10.3, with numbers that can be followed by hand. */
class MeterTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void shouldPayFromTheCommittedBucketFirst() {
    Meter meter = Meter.first(Asked.meter(8_000, 1_000, 8_000, 500));
    assertEquals(MeterState.GREEN, meter.charge(SECOND, 1_000, false));
    assertEquals(MeterState.YELLOW, meter.charge(SECOND, 500, false));
    assertEquals(MeterState.RED, meter.look(SECOND, 1, false));
    // 8,000 bit/s are an octet in a millisecond, in each bucket
    assertEquals(MeterState.GREEN, meter.look(SECOND + 1_000_000, 1, false));
    assertEquals(MeterState.RED, meter.look(SECOND + 1_000_000, 2, false));
  }

  @Test
  void shouldFillTheExcessBucketWithWhatTheCommittedOneCantHold() {
    FlowMeter coupled =
        new FlowMeter(1, 8_000, 10, 0, 1_000, true, false, false, false, Optional.empty());
    Meter meter = Meter.first(coupled);
    meter.charge(SECOND, 10, false);
    meter.charge(SECOND, 1_000, false);
    // 10 of 30 octets fill the first bucket, 20 spill
    assertEquals(10, meter.committedOctets(SECOND + 30_000_000));
    assertEquals(20, meter.excessOctets(SECOND + 30_000_000));
    Meter uncoupled = Meter.first(Asked.meter(8_000, 10, 0, 1_000));
    uncoupled.charge(SECOND, 10, false);
    uncoupled.charge(SECOND, 1_000, false);
    assertEquals(0, uncoupled.excessOctets(SECOND + 30_000_000));
  }

  @Test
  void shouldNotGiveCommittedTokensToAFrameThatIsYellowAlready() {
    FlowMeter aware =
        new FlowMeter(1, 8_000, 1_000, 0, 100, false, true, false, false, Optional.empty());
    Meter meter = Meter.first(aware);
    assertEquals(MeterState.YELLOW, meter.charge(SECOND, 100, true));
    assertEquals(MeterState.RED, meter.look(SECOND, 100, true));
    assertEquals(MeterState.GREEN, meter.look(SECOND, 100, false));
  }

  @Test
  void shouldNotOverflowAtTheGreatestRatesBurstsAndTimes() {
    FlowMeter greatest =
        new FlowMeter(
            1,
            FlowMeter.MAX_RATE,
            FlowMeter.MAX_BURST,
            FlowMeter.MAX_RATE,
            FlowMeter.MAX_BURST,
            true,
            false,
            false,
            false,
            Optional.empty());
    Meter meter = Meter.first(greatest);
    assertEquals(MeterState.GREEN, meter.charge(1, FlowMeter.MAX_BURST, false));
    assertEquals(MeterState.YELLOW, meter.charge(1, FlowMeter.MAX_BURST, false));
    assertEquals(0, meter.committedOctets(1));
    assertEquals(125, meter.committedOctets(2));
    for (long atNs : new long[] {SECOND * 86_400 * 365 * 200, Long.MAX_VALUE}) {
      assertEquals(FlowMeter.MAX_BURST, meter.committedOctets(atNs));
      assertEquals(FlowMeter.MAX_BURST, meter.excessOctets(atNs));
    }
  }

  @Test
  void shouldKeepFractionsOfATokenForEver() {
    Meter meter = Meter.first(Asked.meter(1, 1, 0, 0)); // an octet in eight seconds
    meter.charge(0, 1, false);
    for (int i = 1; i < 8; i++) {
      assertEquals(MeterState.RED, meter.look(i * SECOND, 1, false));
    }
    assertEquals(MeterState.RED, meter.look(8 * SECOND - 1, 1, false));
    assertEquals(MeterState.GREEN, meter.look(8 * SECOND, 1, false));
  }

  /** To the last 10^-9 bit, whatever the rates and however long nothing came. */
  @Test
  void shouldHoldTheVeryTokensThatTheFormulasGive() {
    Random random = new Random(8);
    for (int i = 0; i < 20_000; i++) {
      boolean coupled = random.nextBoolean();
      long[] rates = {rate(random), rate(random)};
      long[] bursts = {burst(random), burst(random)};
      Meter meter =
          Meter.first(
              new FlowMeter(
                  1,
                  rates[0],
                  bursts[0],
                  rates[1],
                  bursts[1],
                  coupled,
                  false,
                  false,
                  false,
                  Optional.empty()));
      BigInteger committed = tokens(bursts[0]);
      BigInteger excess = tokens(bursts[1]);
      long atNs = 0;
      for (int frame = 0; frame < 6; frame++) {
        long elapsedNs = random.nextLong(1L << random.nextInt(1, 60));
        atNs += elapsedNs;
        BigInteger full = committed.add(BigInteger.valueOf(elapsedNs).multiply(big(rates[0])));
        committed = full.min(tokens(bursts[0]));
        excess = excess.add(BigInteger.valueOf(elapsedNs).multiply(big(rates[1])));
        excess = excess.add(coupled ? full.subtract(committed) : BigInteger.ZERO);
        excess = excess.min(tokens(bursts[1]));
        long octets = random.nextLong(1L << random.nextInt(1, 31));
        if (tokens(octets).compareTo(committed) <= 0) {
          committed = committed.subtract(tokens(octets));
        } else if (tokens(octets).compareTo(excess) <= 0) {
          excess = excess.subtract(tokens(octets));
        } else {
          octets = 0; // takes nothing
        }
        meter.charge(atNs, octets, false);
        assertEquals(committed, big(meter.state.committedTokens), "case " + i);
        assertEquals(excess, big(meter.state.excessTokens), "case " + i);
        if (atNs > Long.MAX_VALUE / 4) {
          break;
        }
      }
    }
  }

  private static long rate(Random random) {
    return random.nextInt(4) == 0 ? 0 : 1 + random.nextLong(1L << random.nextInt(1, 40));
  }

  private static long burst(Random random) {
    return random.nextLong(1L << random.nextInt(1, 31));
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  private static BigInteger tokens(long octets) {
    return big(octets).multiply(big(8_000_000_000L));
  }

  @Test
  void shouldGiveNoNewTokensToAFrameThatLeavesBeforeAnEarlierOne() {
    Meter meter = Meter.first(Asked.meter(8_000, 1_000, 0, 0));
    meter.charge(2 * SECOND, 1_000, false);
    assertEquals(MeterState.RED, meter.look(SECOND, 1, false));
    assertEquals(MeterState.GREEN, meter.look(2 * SECOND + 1_000_000, 1, false));
  }

  @Test
  void shouldNeverHoldMoreThanABurstAfterARefund() {
    Meter meter = Meter.first(Asked.meter(8_000, 1_000, 0, 0));
    meter.charge(SECOND, 1_000, false);
    meter.charge(10 * SECOND, 1, false);
    meter.refund(MeterState.GREEN, 1_000);
    assertEquals(1_000, meter.committedOctets(10 * SECOND));
  }
}
