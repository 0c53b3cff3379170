package org.ktsn.shaper.tas;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.ktsn.shaper.contract.CreditRules;
import org.ktsn.shaper.contract.OracleCases;
import org.ktsn.shaper.contract.PlannerSimulation;
import org.ktsn.shaper.contract.PortScenario;

/** Random schedules, changes and frames on a simulated port: every departure is the oracle's. */
class TasPortOracleTest {
  private static final int PARTS = 50;
  private static final int USUAL_CASES = 80_000;
  private static final long MAX_LATENESS_NS = 400;

  @Property(tries = PARTS, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void shouldSendWhatThePortSendsWhenItDoes(@ForAll long seed) {
    OracleCases.run(seed, PARTS, USUAL_CASES, TasPortOracleTest::compare);
  }

  /** The dropped frame was first of its pod, not of its class; behind it is one with a deadline. */
  @Example
  void shouldSendAtOnceWhatWaitedBehindADroppedFrameOfItsPod() {
    compare(1_215_615_428_786_023_746L);
  }

  private static void compare(long seed) {
    PortScenario scenario =
        PortScenario.generate(seed, new PortScenario.Options(true, true, false, true, 0));
    PlannerSimulation.agrees(
        scenario, new TasShaperFactory("requeue", MAX_LATENESS_NS), CreditRules.NONE);
  }
}
