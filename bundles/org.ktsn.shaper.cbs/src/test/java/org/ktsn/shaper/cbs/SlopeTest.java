package org.ktsn.shaper.cbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;

class SlopeTest {
  private static final long GIGABIT = 1_000_000_000L;
  private static final CycleTime MS = CycleTime.ofNanoseconds(1_000_000);

  @Test
  void shouldBeAsConfiguredWithoutAList() {
    assertEquals(new Slope(20_000_000, 0, 1), slope(20_000_000, GateParameters.open()));
    assertEquals(new Slope(20_000_000, 0, 1), slope(20_000_000, list(MS)));
  }

  @Test
  void shouldBeScaledByCycleTimeOverGateOpenTime() {
    assertEquals(
        new Slope(40_000_000, 0, 1),
        slope(20_000_000, list(MS, entry(0x80, 500_000), entry(0x7f, 500_000))));
    assertEquals(
        new Slope(66_666_666, 2, 3),
        slope(20_000_000, list(MS, entry(0x80, 300_000), entry(0x7f, 700_000))));
  }

  @Test
  void shouldCountTheGateOpenUntilTheCycleEndsWhenTheLastEntryOpensIt() {
    assertEquals(
        new Slope(25_000_000, 0, 1),
        slope(20_000_000, list(MS, entry(0, 200_000), entry(0x80, 1))));
  }

  @Test
  void shouldNotCountEntriesBeyondTheCycle() {
    assertEquals(
        new Slope(25_000_000, 0, 1),
        slope(20_000_000, list(MS, entry(0x80, 800_000), entry(0, 200_000), entry(0x80, 900_000))));
    assertEquals(new Slope(20_000_000, 0, 1), slope(20_000_000, list(MS, entry(0x80, 1_800_000))));
  }

  @Test
  void shouldAddUpSeveralWindowsOfACycle() {
    assertEquals(
        new Slope(50_000_000, 0, 1),
        slope(
            20_000_000,
            list(
                MS,
                entry(0x80, 100_000),
                entry(0, 1),
                entry(0x80, 299_999),
                entry(0, 1),
                entry(0x80, 0),
                entry(0, 1))));
  }

  @Test
  void shouldBeExactWhereTheCycleIsNoWholeNumberOfNanoseconds() {
    // 1/3000 s: 333333 1/3 ns, of which 233333 1/3 ns are open
    Slope slope =
        slope(7_000_000, list(new CycleTime(1, 3_000), entry(0, 100_000), entry(0x80, 1)));
    assertEquals(new Slope(10_000_000, 0, 1), slope);
  }

  @Test
  void shouldNotExceedThePortsRate() {
    assertEquals(
        new Slope(GIGABIT, 0, 1),
        slope(300_000_000, list(MS, entry(0x80, 200_000), entry(0x7f, 800_000))));
  }

  @Test
  void shouldStayAsConfiguredWhereTheGateNeverOpens() {
    assertEquals(new Slope(20_000_000, 0, 1), slope(20_000_000, list(MS, entry(0x7f, 1))));
  }

  @Test
  void shouldRoundDownAFractionThatIsTooFine() {
    CycleTime odd = new CycleTime(4_294_967_291L, 4_294_967_279L);
    Slope slope = slope(1_000_003, list(odd, entry(0x80, 123_456_789), entry(0, 1)));
    assertEquals(Slope.MAX_DENOMINATOR, slope.denominator());
    double exact = 1_000_003.0 * odd.numerator() / odd.denominator() / 0.123456789;
    double found = slope.whole() + (double) slope.fraction() / slope.denominator();
    assertTrue(found <= exact + 1e-6 && exact - found < 1e-6, exact + " " + found);
  }

  private static Slope slope(long idleSlope, GateParameters parameters) {
    return Slope.operational(idleSlope, parameters, 7, GIGABIT);
  }

  private static GateParameters list(CycleTime cycle, GateControlEntry... entries) {
    List<GateControlEntry> list = Arrays.asList(entries);
    return GateParameters.of(0, cycle, list);
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
