package org.ktsn.api.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class GateScheduleTest {
  private static final long MS = 1_000_000;

  @Test
  void shouldTakeEffectAtABaseTimeInTheFuture() {
    GateSchedule schedule = GateSchedule.open().change(parameters(50 * MS, 1), 10 * MS);
    assertEquals(50 * MS, schedule.pending().orElseThrow().configChangeTimeNs());
    assertFalse(schedule.at(50 * MS - 1).oper().gateEnabled());
    GateSchedule started = schedule.at(50 * MS);
    assertEquals(parameters(50 * MS, 1), started.oper());
    assertEquals(50 * MS, started.operSinceNs());
    assertTrue(started.pending().isEmpty());
    assertEquals(0, started.configChangeErrors());
  }

  @Test
  void shouldTakeEffectAtTheNextCycleWhenTheBaseTimeHasPassed() {
    GateSchedule schedule = GateSchedule.open().change(parameters(0, 1), 10 * MS + 1);
    assertEquals(11 * MS, schedule.pending().orElseThrow().configChangeTimeNs());
    assertEquals(0, schedule.configChangeErrors()); // nothing was running
  }

  @Test
  void shouldTakeEffectAtOnceAtTheStartOfACycle() {
    GateSchedule schedule = GateSchedule.open().change(parameters(0, 1), 10 * MS).at(10 * MS);
    assertEquals(parameters(0, 1), schedule.oper());
    assertEquals(10 * MS, schedule.operSinceNs());
    assertTrue(schedule.pending().isEmpty());
  }

  @Test
  void shouldRememberTheListOfBeforeAChangeAtTheVeryInstantFromWhichItCanBe() {
    GateSchedule running = GateSchedule.open().change(parameters(0, 1), 0);
    GateSchedule changed = running.change(parameters(10 * MS + 300, 2), 10 * MS + 300);
    assertEquals(0, changed.operSinceNs());
    GateTimeline timeline = new GateTimeline(changed);
    assertEquals(1, timeline.gateStates(10 * MS + 299));
    assertEquals(2, timeline.gateStates(10 * MS + 300));
    assertEquals(10 * MS + 300, timeline.nextClose(0, 9 * MS));
    assertEquals(parameters(10 * MS + 300, 2), changed.at(10 * MS + 300).oper());
  }

  @Test
  void shouldRememberOpenGatesOfBeforeAFirstListThatStartsAtOnce() {
    GateParameters admin =
        new GateParameters(
            true,
            0x0f,
            List.of(entry(1, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            50 * MS,
            Collections.nCopies(8, 0));
    GateTimeline timeline = new GateTimeline(GateSchedule.open().change(admin, 50 * MS));
    assertEquals(0xff, timeline.gateStates(50 * MS - 1));
    assertEquals(0x01, timeline.gateStates(50 * MS));
  }

  @Test
  void shouldCountABaseTimeInThePastWhileAScheduleRunsAndChangeNevertheless() {
    GateSchedule running = GateSchedule.open().change(parameters(0, 1), 0);
    GateSchedule changed = running.change(parameters(5, 2), 10 * MS);
    assertEquals(1, changed.configChangeErrors());
    assertEquals(10 * MS + 5, changed.pending().orElseThrow().configChangeTimeNs());
    assertEquals(parameters(5, 2), changed.at(11 * MS).oper());
    assertEquals(1, changed.at(11 * MS).configChangeErrors());
  }

  @Test
  void shouldReplaceWhatIsPendingByANewerChange() {
    GateSchedule running = GateSchedule.open().change(parameters(0, 1), 0);
    GateSchedule first = running.change(parameters(20 * MS, 2), MS);
    GateSchedule second = first.change(parameters(30 * MS, 4), 2 * MS);
    assertEquals(parameters(30 * MS, 4), second.pending().orElseThrow().parameters());
    assertEquals(parameters(0, 1), second.at(29 * MS).oper());
  }

  @Test
  void shouldGoOnWithRegularCyclesWhenAStretchIsTakenBack() {
    GateParameters stretching =
        new GateParameters(
            true,
            0xff,
            List.of(entry(1, MS / 2), entry(2, MS / 2)),
            CycleTime.ofNanoseconds(MS),
            MS / 2,
            0,
            Collections.nCopies(8, 0));
    GateSchedule running = GateSchedule.open().change(stretching, 0);
    GateSchedule first = running.change(parameters(MS + 400_000, 4), 0);
    assertEquals(2, new GateTimeline(first).gateStates(MS + 100_000));
    GateSchedule second = first.change(parameters(20 * MS, 8), MS + 200_000);
    GateTimeline timeline = new GateTimeline(second);
    assertEquals(2, timeline.gateStates(2 * MS - 1));
    assertEquals(1, timeline.gateStates(2 * MS));
    assertEquals(8, timeline.gateStates(20 * MS));
  }

  @Test
  void shouldRememberACycleThatWasStretchedWhenTheNextChangeComes() {
    GateParameters stretching =
        new GateParameters(
            true,
            0xff,
            List.of(entry(1, MS / 2), entry(2, MS / 2)),
            CycleTime.ofNanoseconds(MS),
            MS / 2,
            0,
            Collections.nCopies(8, 0));
    GateSchedule running = GateSchedule.open().change(stretching, 0);
    GateSchedule first = running.change(parameters(MS + 400_000, 4), 0);
    GateSchedule second = first.change(parameters(20 * MS, 8), MS + 200_000);
    GateSchedule third = second.change(parameters(30 * MS, 16), 3 * MS + 100_000);
    GateTimeline timeline = new GateTimeline(third);
    assertEquals(1, timeline.gateStates(MS / 2 - 1));
    assertEquals(2, timeline.gateStates(MS + 200_000)); // a regular cycle would have begun
    assertEquals(2 * MS, timeline.nextClose(1, MS / 2));
    assertEquals(1, timeline.gateStates(2 * MS));
    assertEquals(2, timeline.gateStates(3 * MS - 1));
    assertEquals(16, timeline.gateStates(30 * MS));
  }

  @Test
  void shouldLimitTheSizeOfFramesByTheParametersInForceThen() {
    GateParameters limited =
        new GateParameters(
            true,
            0xff,
            List.of(entry(1, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            5 * MS,
            List.of(0, 0, 0, 256, 0, 0, 0, 0));
    GateSchedule schedule = GateSchedule.open().change(limited, 0);
    assertEquals(0, schedule.queueMaxSdu(3, 5 * MS - 1));
    assertEquals(256, schedule.queueMaxSdu(3, 5 * MS));
    assertEquals(0, schedule.queueMaxSdu(4, 5 * MS));
    assertEquals(256, schedule.at(6 * MS).queueMaxSdu(3, 0));
  }

  @Test
  void shouldStopAtOnceAndForgetWhatIsPendingWhenGatesAreDisabled() {
    GateSchedule running = GateSchedule.open().change(parameters(0, 1), 0);
    GateSchedule changed = running.change(parameters(20 * MS, 2), MS);
    GateSchedule stopped = changed.change(GateParameters.open(), 2 * MS);
    assertTrue(stopped.pending().isEmpty());
    assertEquals(0xff, new GateTimeline(stopped).gateStates(30 * MS));
  }

  @Test
  void shouldApplyTheAdminGateStatesUntilTheFirstListStarts() {
    GateParameters admin =
        new GateParameters(
            true,
            0x0f,
            List.of(entry(1, MS)),
            CycleTime.ofNanoseconds(MS),
            0,
            50 * MS,
            Collections.nCopies(8, 0));
    GateTimeline timeline = new GateTimeline(GateSchedule.open().change(admin, 10 * MS));
    assertEquals(0x0f, timeline.gateStates(10 * MS));
    assertEquals(0x0f, timeline.gateStates(50 * MS - 1));
    assertEquals(0x01, timeline.gateStates(50 * MS));
  }

  private static GateParameters parameters(long baseNs, int states) {
    return GateParameters.of(baseNs, CycleTime.ofNanoseconds(MS), List.of(entry(states, MS)));
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
