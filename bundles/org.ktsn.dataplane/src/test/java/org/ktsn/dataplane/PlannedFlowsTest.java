package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stats.FlowStatus;

/** What the planner counts flow by flow, from the ring to the device. */
final class PlannedFlowsTest {
  private static final long AHEAD_NS = 10_000_000;

  private final CrankedPlanner crank = new CrankedPlanner();

  private List<FlowStatus> flows() {
    return crank.planner.flows.status(crank.nowNs);
  }

  private FlowStatus only() {
    List<FlowStatus> flows = flows();
    assertEquals(1, flows.size(), flows.toString());
    return flows.getFirst();
  }

  @Test
  void shouldCountAFlowFromTheRingToTheDevice() {
    long beginNs = crank.nowNs;
    long base = crank.nowNs + AHEAD_NS;
    for (int i = 0; i < 50; i++) {
      crank.send(1, base + i * 200_000L, 6);
    }
    crank.passUntil("50 frames", () -> crank.sent() == 50);
    FlowStatus flow = only();
    assertEquals(
        Optional.of(new FlowStatus.Flow("10.77.0.2", 40_000, "10.77.0.3", 5_000, 6)), flow.flow());
    assertEquals(OptionalInt.of(6), flow.trafficClass());
    assertEquals(50, flow.received());
    assertEquals(50, flow.sent());
    assertEquals(50 * 60, flow.octets());
    assertEquals(0, flow.waiting());
    assertEquals(base + 49 * 200_000L, flow.lastLaunchTimeNs());
    assertEquals(base - beginNs, flow.noticeNs().smallest());
    assertEquals(base + 49 * 200_000L - beginNs, flow.noticeNs().largest());
    assertTrue(flow.waitNs().smallest() >= 0, flow.toString());
    assertEquals(50, flow.txErrorNs().count());
    assertTrue(flow.txErrorNs().p50() <= flow.txErrorNs().max(), flow.toString());
  }

  @Test
  void shouldCountWhatComesTooLateInTheFlowThatItIsOf() {
    crank.send(1, crank.nowNs + AHEAD_NS, 0);
    crank.send(1, crank.nowNs - 1_000_000, 0);
    crank.passUntil("sent", () -> crank.sent() == 1);
    assertEquals(1, crank.dropped(Verdict.LATE_ON_ARRIVAL));
    FlowStatus flow = only();
    assertEquals(2, flow.received());
    assertEquals(Map.of("late_on_arrival", 1L), flow.drops());
    assertEquals(-1_000_000, flow.noticeNs().smallest());
    assertEquals(AHEAD_NS, flow.noticeNs().largest());
  }

  @Test
  void shouldShowWhatWaitsAndForgetItWithItsPod() {
    crank.send(1, crank.nowNs + 10_000_000_000L, 0);
    crank.settle();
    assertEquals(1, crank.received());
    assertEquals(1, only().waiting());
    crank.planner.detach(1);
    assertEquals(List.of(), flows());
    crank.planner.attach(TestPods.pod(1));
    assertEquals(List.of(), flows());
    assertEquals(0, crank.planner.counters.podReceived(1));
  }
}
