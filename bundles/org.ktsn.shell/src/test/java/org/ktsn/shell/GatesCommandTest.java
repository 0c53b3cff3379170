package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.schedule.PortSchedule;

class GatesCommandTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long US = 1_000L;
  private static final long BASE_NS = 1_000 * SECOND;
  private static final GateParameters HIGHEST_FIRST =
      GateParameters.of(
          BASE_NS,
          CycleTime.ofNanoseconds(1_000 * US),
          List.of(entry(0x80, 300), entry(0x60, 325), entry(0x1f, 375)));
  private static final GateParameters LOWEST_FIRST =
      GateParameters.of(
          BASE_NS, CycleTime.ofNanoseconds(500 * US), List.of(entry(0x01, 250), entry(0xfe, 250)));

  private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
  private final CommandSession session =
      processor.createSession(
          new ByteArrayInputStream(new byte[0]),
          new ByteArrayOutputStream(),
          new ByteArrayOutputStream());
  private final GatesCommand gates = new GatesCommand();

  private static GateControlEntry entry(int gateStates, long us) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, gateStates, us * US);
  }

  private record FakeSchedule(GateSchedule current, int trafficClasses) implements PortSchedule {
    @Override
    public GateSchedule change(GateParameters parameters) {
      throw new UnsupportedOperationException("it is only looked at");
    }
  }

  private void at(GateSchedule schedule, long nowNs) {
    gates.schedule = new FakeSchedule(schedule, 8);
    gates.clock = () -> nowNs;
  }

  private static GateSchedule running(GateParameters parameters) {
    return new GateSchedule(parameters, parameters.baseTimeNs(), Optional.empty(), 0);
  }

  private String run(Object... arguments) {
    return (String) gates.execute(session, List.of(arguments));
  }

  private JsonObject json(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return JsonParser.parseString((String) gates.execute(session, all)).getAsJsonObject();
  }

  @AfterEach
  void stop() {
    session.close();
    processor.stop();
  }

  @Test
  void shouldDrawTheCycleInProgressAndTheNext() {
    at(running(HIGHEST_FIRST), BASE_NS + 5_000_000 + 460 * US);

    assertEquals(
        """
        gates from 1000.005000000 TAI on, 2 cycles of 1 ms

        us      0         500       1000      1500
                +---------+---------+---------+---------
        cycle   |                   |
        class 7 ██████··············██████··············
        class 6 ······██████▌·············██████▌·······
        class 5 ······██████▌·············██████▌·······
        class 4 ············▐███████············▐███████
        class 3 ············▐███████············▐███████
        class 2 ············▐███████············▐███████
        class 1 ············▐███████············▐███████
        class 0 ············▐███████············▐███████
        now              ^

        █ open   · closed   ▐ opens   ▌ closes   ▒ opens and closes
        """,
        run("--width", "48"));
  }

  @Test
  void shouldDrawInAscii() {
    at(running(HIGHEST_FIRST), BASE_NS + 10 * US);

    assertEquals(
        """
        gates from 1000.000000000 TAI on, one cycle of 1 ms

        us      0       200     400     600     800
                +-------+-------+-------+-------+-------
        cycle   |
        class 4 .........................###############
        now     ^

        # open   . closed   / opens   \\ closes   + opens and closes
        """,
        run("--ascii", "--cycles", "1", "--class", "4", "--width", "48"));
  }

  @Test
  void shouldShowThePendingScheduleFromItsInstantOn() {
    at(running(HIGHEST_FIRST).change(change(), BASE_NS + 100 * US), BASE_NS + 110 * US);

    assertEquals(
        """
        gates from 1000.000000000 TAI on, 2 cycles of 1 ms

        us      0         500       1000      1500
                +---------+---------+---------+---------
        cycle   |                   |    |         |
        class 7 ######..............#####.....#####.....
        class 6 ......######\\.................#####.....
        class 5 ......######\\.................#####.....
        class 4 ............/#######..........#####.....
        class 3 ............/#######..........#####.....
        class 2 ............/#######..........#####.....
        class 1 ............/#######..........#####.....
        class 0 ............/#######.....#####.....#####
        now       ^
        change                           ^

        # open   . closed   / opens   \\ closes   + opens and closes
        a pending schedule takes effect at 1000.001250000 TAI
        """,
        run("--ascii", "--width", "48"));
  }

  /** Takes effect in the middle of a cycle. */
  private static GateParameters change() {
    return new GateParameters(
        true,
        0xff,
        LOWEST_FIRST.controlList(),
        LOWEST_FIRST.cycleTime(),
        0,
        BASE_NS + 1_250 * US,
        LOWEST_FIRST.queueMaxSdu());
  }

  @Test
  void shouldSayThatAChangeLiesBehindThePicture() {
    GateParameters late =
        GateParameters.of(2_000 * SECOND, LOWEST_FIRST.cycleTime(), LOWEST_FIRST.controlList());
    at(running(HIGHEST_FIRST).change(late, BASE_NS), BASE_NS);

    String text = run();

    assertFalse(text.contains("\nchange"), text);
    assertTrue(
        text.endsWith(
            "a pending schedule takes effect at 2000.000000000 TAI, after this picture\n"),
        text);
  }

  @Test
  void shouldDrawGatesThatHoldStill() {
    at(GateSchedule.open(), BASE_NS);

    String text = run("--ascii");

    assertTrue(text.startsWith("gates from 1000.000000000 TAI on; no list runs now\n"), text);
    assertTrue(text.contains("class 3 " + "#".repeat(72) + "\n"), text);
    assertFalse(text.contains("\ncycle"), text);
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 80, 133, 500})
  void shouldStayWithinTheWidth(int width) {
    at(running(HIGHEST_FIRST).change(change(), BASE_NS), BASE_NS + 999 * US);

    assertTrue(run("--width", width).lines().skip(2).anyMatch(line -> line.length() == width));
    assertTrue(
        run("--width", width)
            .lines()
            .skip(2)
            .allMatch(line -> line.length() <= 80 || line.length() <= width));
  }

  @Test
  void shouldSayTheSameAsTheTimeline() {
    GateSchedule schedule = running(HIGHEST_FIRST).change(change(), BASE_NS);
    at(schedule, BASE_NS);
    GateTimeline timeline = new GateTimeline(schedule);

    JsonObject answer = json("--cycles", "3");

    long fromNs = answer.get("from_ns").getAsLong();
    long toNs = answer.get("to_ns").getAsLong();
    assertEquals(BASE_NS, fromNs);
    assertEquals(BASE_NS + 3_000 * US, toNs);
    assertEquals(BASE_NS + 1_250 * US, answer.get("config_change_time_ns").getAsLong());
    for (JsonElement element : answer.getAsJsonArray("classes")) {
      JsonObject one = element.getAsJsonObject();
      int trafficClass = one.get("traffic_class").getAsInt();
      for (long atNs = fromNs; atNs < toNs; atNs += 25 * US) {
        boolean open = (timeline.gateStates(atNs) >> trafficClass & 1) == 1;
        assertEquals(open, isOpen(one.getAsJsonArray("open"), atNs), trafficClass + " at " + atNs);
      }
    }
  }

  private static boolean isOpen(JsonArray windows, long atNs) {
    return windows.asList().stream()
        .map(JsonElement::getAsJsonObject)
        .anyMatch(
            window ->
                window.get("from_ns").getAsLong() <= atNs
                    && atNs < window.get("to_ns").getAsLong());
  }

  @Test
  void shouldNameTheStartsOfCyclesAlsoCutOnesAndOfNoWholeNanoseconds() {
    at(running(HIGHEST_FIRST).change(change(), BASE_NS), BASE_NS);
    assertEquals(
        List.of(0L, 1_000L, 1_250L, 1_750L), sinceBaseUs(json().getAsJsonArray("cycle_starts_ns")));

    GateParameters third =
        GateParameters.of(BASE_NS, new CycleTime(1, 3_000), List.of(entry(0xff, 100)));
    at(running(third), BASE_NS + 1);
    JsonObject answer = json("--cycles", "3");
    assertEquals(
        LongStream.of(0, 333_333, 666_666).map(ns -> BASE_NS + ns).boxed().toList(),
        answer.getAsJsonArray("cycle_starts_ns").asList().stream()
            .map(JsonElement::getAsLong)
            .toList());
    assertEquals(BASE_NS + 1_000_000, answer.get("to_ns").getAsLong());
    assertTrue(run().contains(", 2 cycles of 1/3000 s\n"));
  }

  private static List<Long> sinceBaseUs(JsonArray instants) {
    return instants.asList().stream().map(at -> (at.getAsLong() - BASE_NS) / US).toList();
  }

  @Test
  void shouldDrawTheLongestAndTheShortestCycle() {
    GateParameters longest =
        GateParameters.of(BASE_NS, new CycleTime(10, 1), List.of(entry(0xff, 100)));
    at(running(longest), BASE_NS + SECOND);
    assertTrue(run("--cycles", "32").contains("class 0 "));

    GateParameters shortest =
        GateParameters.of(BASE_NS, new CycleTime(1, 1_000_000), List.of(entry(0xff, 1)));
    at(running(shortest), BASE_NS);
    assertTrue(run("--cycles", "1", "--width", "500").contains(" 0.02 "));
  }

  @Test
  void shouldDrawAPendingFirstSchedule() {
    at(GateSchedule.open().change(HIGHEST_FIRST, BASE_NS - 700 * US), BASE_NS - 700 * US);

    String text = run("--ascii", "--class", "7", "--width", "48");

    assertTrue(text.contains("class 7 " + "#".repeat(20) + ".".repeat(14) + "######\n"), text);
  }

  @Test
  void shouldRefuseNumbersThatDoNotFit() {
    at(running(HIGHEST_FIRST), BASE_NS);
    gates.schedule = new FakeSchedule(running(HIGHEST_FIRST), 4);

    assertEquals("--class is '4'; give a number from 0 to 3", refusal("--class", "4"));
    assertEquals("--cycles is '0'; give a number from 1 to 32", refusal("--cycles", "0"));
    assertEquals("--width is '-80'; give a number from 40 to 500", refusal("--width", "-80"));
  }

  private String refusal(Object... arguments) {
    return assertThrows(CommandException.class, () -> run(arguments)).getMessage();
  }
}
