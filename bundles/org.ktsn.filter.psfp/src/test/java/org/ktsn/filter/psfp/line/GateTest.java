package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.filter.psfp.model.GateControl;

/** A stream gate's list changes as a port's does (IEEE 802.1Q-2022 8.6.9, 8.6.10). */
class GateTest {
  private static final long MS = 1_000_000;
  private static final GateControl.Entry OPEN = Asked.entry(true, 3, MS / 2, 100);
  private static final GateControl.Entry SHUT = Asked.entry(false, 4, MS / 2, -1);

  @Test
  void shouldHoldTheAdminStateUntilTheBaseTime() {
    GateControl control =
        new GateControl(
            true, false, 6, List.of(OPEN, SHUT), CycleTime.ofNanoseconds(MS), 0, 10 * MS);
    Gate gate = Gate.first(Asked.gate(control), MS);
    assertEquals(Reasons.GATE_CLOSED, gate.judge(10 * MS - 1, 10));
    assertEquals(6, gate.ipv(10 * MS - 1));
    assertNull(gate.judge(10 * MS, 10));
    assertEquals(3, gate.ipv(10 * MS));
    assertEquals(Optional.of(10 * MS), gate.pendingNs(MS));
  }

  @Test
  void shouldRunTheFormerListUntilTheNewOneBegins() {
    Gate former = Gate.first(Asked.gate(Asked.list(0, MS, OPEN, SHUT)), 5 * MS);
    Gate gate = former.changed(Asked.gate(Asked.list(20 * MS, MS, SHUT, OPEN)), 10 * MS + MS / 4);
    assertNull(gate.judge(19 * MS, 10));
    assertEquals(Reasons.GATE_CLOSED, gate.judge(19 * MS + MS / 2, 10));
    assertEquals(Reasons.GATE_CLOSED, gate.judge(20 * MS, 10));
    assertNull(gate.judge(20 * MS + MS / 2, 10));
  }

  @Test
  void shouldGoOnWithTheListInForceWhenAPendingOneIsSuperseded() {
    Gate gate =
        Gate.first(Asked.gate(Asked.list(0, MS, OPEN, SHUT)), 5 * MS)
            .changed(Asked.gate(Asked.list(20 * MS, MS, SHUT, SHUT)), 10 * MS)
            .changed(Asked.gate(Asked.list(30 * MS, MS, SHUT, OPEN)), 11 * MS);
    assertNull(gate.judge(25 * MS, 10));
    assertEquals(Reasons.GATE_CLOSED, gate.judge(30 * MS, 10));
    Gate later = gate.changed(Asked.gate(Asked.list(50 * MS, MS, OPEN, OPEN)), 40 * MS);
    assertEquals(Reasons.GATE_CLOSED, later.judge(45 * MS, 10));
    assertNull(later.judge(50 * MS, 10));
  }

  @Test
  void shouldStretchTheLastCycleByItsExtension() {
    GateControl control =
        new GateControl(
            true, true, -1, List.of(OPEN, SHUT), CycleTime.ofNanoseconds(MS), MS / 5, 0);
    Gate gate =
        Gate.first(Asked.gate(control), 5 * MS)
            .changed(Asked.gate(Asked.list(20 * MS + MS / 10, MS, OPEN)), 10 * MS);
    assertEquals(Reasons.GATE_CLOSED, gate.judge(20 * MS, 10));
    assertNull(gate.judge(20 * MS + MS / 10, 10));
  }

  @Test
  void shouldStopAListAtOnceThatIsDisabled() {
    Gate gate =
        Gate.first(Asked.gate(Asked.list(0, MS, OPEN, SHUT)), 5 * MS)
            .changed(Asked.gate(GateControl.constant(true, 2)), 10 * MS);
    assertNull(gate.judge(10 * MS + MS / 2, 1_000_000));
    assertEquals(2, gate.ipv(10 * MS));
  }

  @Test
  void shouldBeginAnIntervalAnewWithEachEntryAndCycle() {
    Gate gate = Gate.first(Asked.gate(Asked.list(0, MS, OPEN, OPEN)), 5 * MS);
    long[] instants = {5 * MS, 5 * MS + MS / 2, 6 * MS};
    for (long atNs : instants) {
      assertNull(gate.judge(atNs, 100));
      gate.charge(atNs, 100);
      assertEquals(Reasons.INTERVAL_OCTETS, gate.judge(atNs + MS / 2 - 1, 1));
    }
    // an interval that was, for a frame that leaves into a gap
    assertEquals(Reasons.INTERVAL_OCTETS, gate.judge(5 * MS, 1));
    gate.charge(5 * MS, -100);
    assertNull(gate.judge(5 * MS, 100));
  }

  @Test
  void shouldKeepWhatPassedOverAChangeOfItsFlags() {
    Gate gate = Gate.first(Asked.gate(Asked.list(0, MS, OPEN, OPEN)), 5 * MS);
    gate.charge(5 * MS, 100);
    Gate changed = gate.changed(Asked.gate(Asked.list(0, MS, OPEN, OPEN)), 6 * MS);
    assertTrue(changed == gate);
    Gate other =
        gate.changed(
            new org.ktsn.filter.psfp.model.StreamGate(
                1, gate.parameters.control(), true, Optional.empty(), true, Optional.empty()),
            6 * MS);
    assertEquals(Reasons.INTERVAL_OCTETS, other.judge(5 * MS, 1));
  }

  @Test
  void shouldForgetTheEarliestOfTooManyIntervals() {
    IntervalOctets octets = new IntervalOctets();
    for (int i = 1; i <= IntervalOctets.KEPT + 1; i++) {
      octets.add(i, i);
    }
    assertEquals(Long.MAX_VALUE, octets.in(1));
    assertEquals(2, octets.in(2));
    assertEquals(IntervalOctets.KEPT + 1, octets.in(IntervalOctets.KEPT + 1));
    assertEquals(0, octets.in(1000));
    octets.add(1, 5);
    assertEquals(Long.MAX_VALUE, octets.in(1));
    octets.clear();
    assertEquals(0, octets.in(1));
  }
}
