package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.bench.DecisionAudit.Stay;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.ReportedGates.Entry;

/** Decisions of a {@link SimulatedPlanner} on a machine that stalls, and the oracle's opinion. */
class DecisionAuditTest {
  private static final int CASES = 300;

  private static ReportedGates program(Random random) {
    int[] states = {0x80, 0x20, 0x21, 0x01, 0xa1};
    List<Entry> list = new ArrayList<>();
    long cycleNs = 0;
    for (int i = 0; i < 4; i++) {
      int ns = 40_000 + random.nextInt(80_000);
      list.add(new Entry(states[(i + random.nextInt(2)) % states.length], ns));
      cycleNs += ns;
    }
    list.add(new Entry(0xa1, 100_000)); // every class can send
    return new ReportedGates(true, 255, list, cycleNs + 100_000, 1_000_000_000, 0);
  }

  private static DecisionAudit audit(SimulatedPlanner planner, List<Stay> stays) {
    return DecisionAudit.of(
        DepartureOracle.knowingNone(planner.gates(), planner.flows()),
        stays,
        SimulatedPlanner.LEAD_NS);
  }

  private static SimulatedPlanner planner(long seed) {
    Random random = new Random(seed);
    return new SimulatedPlanner(program(random), random);
  }

  @Test
  void shouldFindEveryDecisionRightWhateverCameLateWasMissedOrDropped() {
    long dropped = 0;
    long missed = 0;
    long gaps = 0;
    for (long seed = 0; seed < CASES; seed++) {
      SimulatedPlanner planner = planner(seed);
      List<Stay> stays = planner.run();
      DecisionAudit audit = audit(planner, stays);
      assertEquals("", audit.firstDifference(), "seed " + seed);
      assertEquals(stays.stream().filter(Stay::isDecided).count(), audit.equal(), "seed " + seed);
      dropped += planner.dropped();
      missed += planner.missed();
      gaps += planner.gaps();
    }
    assertTrue(dropped > CASES && missed > CASES && gaps > CASES, "the machine stalls too seldom");
  }

  @Test
  void shouldDifferWhereFramesCountAsKnownBeforeTheyCame() {
    long different = 0;
    for (long seed = 0; seed < CASES; seed++) {
      SimulatedPlanner planner = planner(seed);
      List<Stay> known =
          planner.run().stream()
              .map(
                  stay ->
                      new Stay(
                          stay.flow(),
                          stay.sequence(),
                          0,
                          stay.decidedNs(),
                          stay.plannedNs(),
                          stay.outOfPlanNs(),
                          stay.order()))
              .toList();
      different += audit(planner, known).different();
    }
    assertTrue(different > CASES, different + " decisions");
  }

  @Test
  void shouldNoticeASinglePlanThatIsANanosecondOff() {
    for (long seed = 0; seed < CASES; seed++) {
      SimulatedPlanner planner = planner(seed);
      List<Stay> stays = new ArrayList<>(planner.run());
      int place = new Random(seed).nextInt(stays.size());
      Stay is = stays.get(place);
      if (is.isDecided()) {
        stays.set(
            place,
            new Stay(
                is.flow(),
                is.sequence(),
                is.knownNs(),
                is.decidedNs(),
                is.plannedNs() + 1,
                is.outOfPlanNs(),
                is.order()));
        assertTrue(audit(planner, stays).different() > 0, "seed " + seed);
      }
    }
  }
}
