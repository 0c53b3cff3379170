package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.foreign.DpdkPort;
import org.ktsn.foreign.NativeClock;

/** What the planner counts flow by flow, from the ring to the device. */
final class PlannedFlowsTest {
  private static DpdkPort device;

  private long beginNs;
  private RunningPlanner running;

  @BeforeAll
  static void openDevice() {
    device = RunningPlanner.openDevice();
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void start() {
    beginNs = NativeClock.taiNs();
    running = new RunningPlanner(device, 1024);
  }

  @AfterEach
  void stop() throws InterruptedException {
    running.close();
  }

  private List<FlowStatus> flows() {
    return running.planner.flows.status(NativeClock.taiNs());
  }

  private FlowStatus only() {
    List<FlowStatus> flows = flows();
    assertEquals(1, flows.size(), flows.toString());
    return flows.getFirst();
  }

  @Test
  void shouldCountAFlowFromTheRingToTheDevice() {
    running.ingress.priority = 6;
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < 50; i++) {
      running.ingress.send(base + i * 200_000L);
    }
    await("50 frames", () -> running.sent() == 50);
    FlowStatus flow = only();
    assertEquals(
        Optional.of(new FlowStatus.Flow("10.77.0.2", 40_000, "10.77.0.3", 5_000, 6)), flow.flow());
    assertEquals(OptionalInt.of(6), flow.trafficClass());
    assertEquals(50, flow.received());
    assertEquals(50, flow.sent());
    assertEquals(50 * 60, flow.octets());
    assertEquals(0, flow.waiting());
    assertEquals(base + 49 * 200_000L, flow.lastLaunchTimeNs());
    assertTrue(flow.noticeNs().smallest() > 0, flow.toString());
    assertTrue(flow.noticeNs().largest() <= base + 49 * 200_000L - beginNs, flow.toString());
    assertTrue(flow.waitNs().smallest() >= 0, flow.toString());
    assertEquals(50, flow.txErrorNs().count());
    assertTrue(flow.txErrorNs().p50() <= flow.txErrorNs().max(), flow.toString());
  }

  @Test
  void shouldCountWhatComesTooLateInTheFlowThatItIsOf() {
    running.ingress.send(NativeClock.taiNs() + AHEAD_NS);
    running.ingress.send(NativeClock.taiNs() - 1_000_000);
    await("sent", () -> running.sent() == 1);
    await("dropped", () -> running.dropped(Verdict.LATE_ON_ARRIVAL) == 1);
    FlowStatus flow = only();
    assertEquals(2, flow.received());
    assertEquals(Map.of("late_on_arrival", 1L), flow.drops());
    assertTrue(flow.noticeNs().smallest() <= -1_000_000, flow.toString());
    assertTrue(flow.noticeNs().largest() > 0, flow.toString());
  }

  @Test
  void shouldShowWhatWaitsAndForgetItWithItsPod() {
    running.ingress.send(NativeClock.taiNs() + 10_000_000_000L);
    await("received", () -> running.received() == 1);
    assertEquals(1, only().waiting());
    running.planner.mailbox.call(() -> running.planner.detach(1));
    assertEquals(List.of(), flows());
    running.planner.mailbox.call(() -> running.planner.attach(1, Optional.empty()));
    assertEquals(List.of(), flows());
    assertEquals(0, running.planner.counters.podReceived(1));
  }
}
