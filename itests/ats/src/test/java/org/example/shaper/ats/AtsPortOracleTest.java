package org.example.shaper.ats;

import org.junit.jupiter.api.Test;
import org.ktsn.shaper.contract.CreditRules;
import org.ktsn.shaper.contract.PlannerSimulation;
import org.ktsn.shaper.contract.PortScenario;

/**
 * Without limits only the gates are left: random schedules and frames, every departure compared.
 */
class AtsPortOracleTest {
  private static final PortScenario.Options GATES =
      new PortScenario.Options(true, true, false, true, 0);

  @Test
  void shouldSendWhatThePortSendsWhenNoClassIsLimited() {
    for (long seed = 0; seed < 2_000; seed++) {
      PortScenario scenario = PortScenario.generate(seed, GATES);
      PlannerSimulation.agrees(scenario, new AtsShaperFactory("", 400), CreditRules.NONE);
    }
  }
}
