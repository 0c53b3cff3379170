package org.ktsn.shaper.cbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.CreditRules;
import org.ktsn.shaper.contract.OracleCases;
import org.ktsn.shaper.contract.PlannerSimulation;
import org.ktsn.shaper.contract.PortScenario;

/**
 * Random slopes, schedules, changes and frames on a simulated port, compared with the oracle.
 *
 * <p>All frames of a class are in one mode. A frame in deadline mode behind one that is held for
 * its launch time waits in no sense that the standard knows: the shaper gives its class no credit
 * for it.
 */
class CbsPortOracleTest {
  private static final int PARTS = 50;
  private static final int USUAL_CASES = 5_000;
  private static final long MAX_LATENESS_NS = 400;
  private static final long RATE = PortScenario.PORT.rateBitsPerSecond();

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldSendWhatThePortSendsWithoutGates(@ForAll long seed) {
    PortScenario.Options options = new PortScenario.Options(false, false, false, false, 3);
    compareWithAnySlopes(seed, options);
  }

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldSendWhatThePortSendsWithGates(@ForAll long seed) {
    PortScenario.Options options = new PortScenario.Options(true, false, true, false, 3);
    compareWithAnySlopes(seed, options);
  }

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldSendWhatThePortSendsThroughChangesWhileDecisionsRunAhead(@ForAll long seed) {
    PortScenario.Options options = new PortScenario.Options(true, true, false, false, 3);
    compareWithAnySlopes(seed, options);
  }

  /** A frame waits from the decision on a change on, whose gates close before it would fit. */
  @Example
  void shouldGrowInAGuardBandThatAChangeOpensBeforeItCounts() {
    compareOne(-3614606138168700739L, new PortScenario.Options(true, true, false, false, 3));
  }

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldNeverNeedTheLimitWhereOnlyTheHighestClassesHaveSlopes(@ForAll long seed) {
    PortScenario.Options options = new PortScenario.Options(false, false, false, false, 3);
    OracleCases.run(
        seed,
        PARTS,
        USUAL_CASES,
        one -> {
          Random random = new Random(~one);
          compare(one, options, slopes(random, random.nextInt(4)), false, false);
        });
  }

  private static void compareWithAnySlopes(long seed, PortScenario.Options options) {
    OracleCases.run(seed, PARTS, USUAL_CASES, one -> compareOne(one, options));
  }

  private static void compareOne(long seed, PortScenario.Options options) {
    Random random = new Random(~seed);
    compare(seed, options, slopes(random, 8), random.nextBoolean(), true);
  }

  private static void compare(
      long seed,
      PortScenario.Options options,
      List<Long> slopes,
      boolean growInGuardBand,
      boolean limited) {
    String text =
        IntStream.range(0, 8)
            .filter(c -> slopes.get(c) > 0)
            .mapToObj(c -> c + "=" + slopes.get(c))
            .collect(Collectors.joining(","));
    ShaperFactory factory =
        new CbsShaperFactory(
            text, growInGuardBand, PortScenario.MAX_OCTETS, "requeue", MAX_LATENESS_NS);
    PlannerSimulation.agrees(
        PortScenario.generate(seed, options),
        factory,
        new CreditRules(slopes, growInGuardBand, PortScenario.MAX_OCTETS, limited));
  }

  /**
   * Slopes that the port admits.
   *
   * @param highest how many of the highest classes have one; 8 for classes at random
   */
  private static List<Long> slopes(Random random, int highest) {
    List<Long> slopes = new ArrayList<>();
    long left = RATE;
    for (int c = 0; c < 8; c++) {
      boolean shaped = highest == 8 ? random.nextInt(2) == 0 : c >= 8 - highest;
      long most = left / (1 + random.nextInt(20));
      long slope = shaped && most > 0 ? 1 + random.nextLong(most) : 0;
      slopes.add(slope);
      left -= slope;
    }
    return slopes;
  }
}
