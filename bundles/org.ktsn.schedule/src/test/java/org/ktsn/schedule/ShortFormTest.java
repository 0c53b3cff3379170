package org.ktsn.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;

class ShortFormTest {
  private final YangScheduleCodec codec = new YangScheduleCodec();

  @Test
  void shouldReadLabelsIntervalsAndClasses() {
    assertEquals(
        GateParameters.of(
            0,
            CycleTime.ofNanoseconds(1_000_000),
            List.of(entry(0x80, 200_000), entry(0x7f, 800_000))),
        codec.decode("T 200us 7; B 800us 0-6", 8));
  }

  @Test
  void shouldReadListsRangesNoneAndEveryUnit() {
    assertEquals(
        List.of(entry(0x1d, 500), entry(0, 1_000_000), entry(0xff, 1_000_000_000), entry(4, 7_000)),
        codec.decode("a 500ns 0,2-4;b 1ms -\nc 1s 0-7; d 7µs 2, 2;", 8).controlList());
  }

  @Test
  void shouldReadOptionsAndComments() {
    GateParameters parameters =
        codec.decode(
            """
            # two slots
            base=1767225637s cycle=1/3000s extension=20us
            T 100us 7   # critical
            B 200us 0-6
            """,
            8);
    assertEquals(1_767_225_637_000_000_000L, parameters.baseTimeNs());
    assertEquals(new CycleTime(1, 3_000), parameters.cycleTime());
    assertEquals(20_000, parameters.cycleTimeExtensionNs());
    assertEquals(2, parameters.controlList().size());
    assertEquals(
        CycleTime.ofNanoseconds(2_000_000),
        codec.decode("cycle=2ms base=17ns T 1ms 0", 8).cycleTime());
  }

  @Test
  void shouldReportAllProblemsAtOnce() {
    assertEquals(
        List.of(
            "entry 1 \"T 200 7\": the interval is 200; write a whole number and ns, us, ms or s:"
                + " 200us",
            "entry 2 \"B 800us 0-9\": the classes 0-9 do not exist; the port has the classes 0 to"
                + " 7",
            "entry 3 \"C 5us x\": the classes are x; write them like 0,2-4, or - for none",
            "entry 4 \"D\": write a label, an interval and the open classes: T 200us 7",
            "entry 5 \"7 1us 1\": the label must begin with a letter",
            "the option cicle is unknown; give base, cycle or extension",
            "base is soon; write a whole number and ns, us, ms or s: 200us"),
        problems("T 200 7; B 800us 0-9; C 5us x; D; 7 1us 1; cicle=1ms; base=soon", 8));
  }

  @Test
  void shouldRefuseClassesThatThePortDoesNotHave() {
    assertEquals(
        List.of(
            "entry 1 \"T 200us 7\": the classes 7 do not exist; the port has the classes 0 to 3"),
        problems("T 200us 7", 4));
  }

  @Test
  void shouldRefuseCyclesThatCantRun() {
    assertEquals(
        List.of(
            "the sum of the intervals can't be the cycle: cycle time 1/2500000 s is not between"
                + " 1000 ns and 10000000000 ns"),
        problems("T 400ns 7", 8));
    assertEquals(1, problems("T 0s 7", 8).size());
    assertEquals(1, problems("cycle=0s T 1us 7", 8).size());
    assertEquals(1, problems("cycle=0/0s T 1us 7", 8).size());
    assertEquals(1, problems("cycle=1000s T 1us 7", 8).size());
    assertEquals(1, problems("T 5s 7", 8).size());
    assertEquals(1, problems("base=999999999999999999s T 1ms 7", 8).size());
    assertEquals(1, problems("# nothing", 8).size());
    assertEquals(1, problems("T 1us 7;".repeat(1_025), 8).size());
  }

  private List<String> problems(String text, int trafficClasses) {
    return assertThrows(ScheduleException.class, () -> codec.decode(text, trafficClasses))
        .problems()
        .stream()
        .map(ScheduleProblem::message)
        .toList();
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
