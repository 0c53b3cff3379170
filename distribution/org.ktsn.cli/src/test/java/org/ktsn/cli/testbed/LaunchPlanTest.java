package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.ReportedGates.Entry;

class LaunchPlanTest {
  private static final long DURATION_NS = 2576;
  private static final long NOW_NS = 1_700_000_000_123_456_789L;

  @Test
  void shouldUseACycleOfAMillisecondWhereItDividesThePeriod() {
    assertEquals("T 300us 7; B 700us 0-6", LaunchPlan.usualSchedule(flow(1000, 7), DURATION_NS));
    assertEquals("T 300us 7; B 700us 0-6", LaunchPlan.usualSchedule(flow(20_000, 7), DURATION_NS));
  }

  @Test
  void shouldUseThePeriodAsTheCycleElsewhere() {
    assertEquals("T 75us 7; B 175us 0-6", LaunchPlan.usualSchedule(flow(250, 7), DURATION_NS));
    assertEquals("T 450us 7; B 1050us 0-6", LaunchPlan.usualSchedule(flow(1500, 7), DURATION_NS));
  }

  @Test
  void shouldMakeTheWindowAsLongAsTheFrameNeeds() {
    assertEquals("T 5152ns 7; B 4848ns 0-6", LaunchPlan.usualSchedule(flow(10, 7), DURATION_NS));
  }

  @Test
  void shouldGiveTheWindowToTheClassOfThePriority() {
    assertEquals(
        "T 300us 5; B 700us 0,1,2,3,4,6,7", LaunchPlan.usualSchedule(flow(1000, 5), DURATION_NS));
    assertEquals(
        "T 300us 1; B 700us 0,2,3,4,5,6,7", LaunchPlan.usualSchedule(flow(1000, 0), DURATION_NS));
  }

  @Test
  void shouldRefuseAFlowThatFillsTheLink() {
    Flow flow = flow(10, 7);
    String message =
        assertThrows(CommandFailure.class, () -> LaunchPlan.usualSchedule(flow, 4_100))
            .getMessage();
    assertTrue(message.contains("leaves no room for other traffic"), message);
  }

  @Test
  void shouldLaunchATenthIntoTheWindow() {
    WindowJudge judge = judge(1_000_000, new Entry(128, 300_000), new Entry(127, 700_000));
    LaunchPlan plan = LaunchPlan.of(judge, flow(1000, 7), DURATION_NS, NOW_NS);
    assertTrue(plan.fits());
    assertEquals((300_000 - DURATION_NS) / 10, plan.anchorNs() % 1_000_000);
    long first = plan.firstLaunchNs(flow(1000, 7), NOW_NS);
    assertTrue(first >= NOW_NS && first < NOW_NS + 1_000_000);
    assertEquals(plan.anchorNs() % 1_000_000, first % 1_000_000);
  }

  @Test
  void shouldNotBeginInAWindowThatIsAboutToClose() {
    WindowJudge judge = judge(1_000_000, new Entry(128, 300_000), new Entry(127, 700_000));
    LaunchPlan plan = LaunchPlan.of(judge, flow(1000, 7), DURATION_NS, 5_000_200_000L);
    assertEquals(5_001_000_000L + (300_000 - DURATION_NS) / 10, plan.anchorNs());
  }

  @Test
  void shouldPreferTheWindowThatHoldsEveryLaunch() {
    // The period is two thirds of the cycle: from the first window on, every other launch misses.
    WindowJudge judge =
        judge(
            300_000,
            new Entry(128, 40_000),
            new Entry(127, 60_000),
            new Entry(128, 40_000),
            new Entry(127, 60_000),
            new Entry(128, 40_000),
            new Entry(127, 60_000));
    assertTrue(LaunchPlan.of(judge, flow(200, 7), DURATION_NS, NOW_NS).fits());
  }

  @Test
  void shouldSayThatLaunchesLieOutsideTheWindows() {
    WindowJudge judge = judge(1_000_000, new Entry(128, 300_000), new Entry(127, 700_000));
    assertFalse(LaunchPlan.of(judge, flow(250, 7), DURATION_NS, NOW_NS).fits());
  }

  @Test
  void shouldFindRoomWhereNoGateEverCloses() {
    WindowJudge open = new WindowJudge(new ReportedGates(false, 255, List.of(), 1, 1000, 0));
    LaunchPlan plan = LaunchPlan.of(open, flow(1000, 7), DURATION_NS, NOW_NS);
    assertTrue(plan.fits());
    assertEquals(NOW_NS, plan.firstLaunchNs(flow(1000, 7), NOW_NS));
  }

  private static Flow flow(long periodUs, int priority) {
    return new Flow(10, 256, periodUs * 1000, 0, priority, DataPath.KTSN, false);
  }

  private static WindowJudge judge(long cycleNs, Entry... entries) {
    return new WindowJudge(
        new ReportedGates(true, 255, List.of(entries), cycleNs, 1_000_000_000, 0));
  }
}
