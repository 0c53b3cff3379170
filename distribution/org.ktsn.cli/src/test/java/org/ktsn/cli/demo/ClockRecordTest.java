package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;

class ClockRecordTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String GRANDMASTER = "aabbcc.fffe.010203";

  private final ClockRecord record = new ClockRecord();

  /** The monitor's answer, as far as it counts. */
  private static JsonObject answer(
      String state, long sinceS, String reasons, String offsetNs, String transitions) {
    return JsonParser.parseString(
            """
            {"state":"%s","since_tai_ns":%d,"reasons":[%s],"offset_ns":%s,"grandmaster":"%s",
             "transitions":[%s]}"""
                .formatted(state, sinceS * SECOND, reasons, offsetNs, GRANDMASTER, transitions))
        .getAsJsonObject();
  }

  private static String transition(String from, String to, long atS, String reason) {
    return "{\"from\":\"%s\",\"to\":\"%s\",\"at_tai_ns\":%d,\"reason\":\"%s\"}"
        .formatted(from, to, atS * SECOND, reason);
  }

  private static JsonObject good(long offsetNs) {
    return answer("synchronised", 90, "", Long.toString(offsetNs), "");
  }

  @Test
  void shouldShowOneStateFromTheFirstLaunchToTheLast() {
    record.takeChanges(good(9_999));
    record.take(good(-300));
    record.take(good(100));
    ClockInForce clock = record.between(100 * SECOND, 112 * SECOND);
    assertEquals(List.of(new ClockInForce.Span("synchronised", "", 0, 12 * SECOND)), clock.spans());
    assertEquals(2, clock.samples());
    assertEquals(100, clock.offsetNs().p50());
    assertEquals(300, clock.offsetNs().max(), "either way; what was before the run is left out");
    assertEquals(GRANDMASTER, clock.grandmaster());
    assertEquals(List.of(), clock.reasons());
  }

  @Test
  void shouldMissNoStateBetweenTwoSamples() {
    record.take(good(0));
    record.take(
        answer(
            "synchronised",
            105,
            "",
            "0",
            transition("free-running", "synchronised", 90, "")
                + ","
                + transition("synchronised", "holdover", 103, "no_sync")
                + ","
                + transition("holdover", "synchronised", 105, "")
                + ","
                + transition("synchronised", "wrong", 115, "offset_too_large")));
    ClockInForce clock = record.between(100 * SECOND, 110 * SECOND);
    assertEquals(
        List.of(
            new ClockInForce.Span("synchronised", "", 0, 3 * SECOND),
            new ClockInForce.Span("holdover", "no_sync", 3 * SECOND, 5 * SECOND),
            new ClockInForce.Span("synchronised", "", 5 * SECOND, 10 * SECOND)),
        clock.spans());
    assertEquals(List.of(new ClockInForce.Reason("no_sync", "")), clock.reasons());
    assertEquals(
        "clock    synchronised 3.0 s, holdover 2.0 s (no_sync), synchronised 5.0 s",
        clock.lines().getFirst());
  }

  @Test
  void shouldNotBreakAStateInTwoWhereItsMonitorWasStartedAnew() {
    record.take(good(0));
    record.take(answer("synchronised", 104, "", "0", ""));
    assertEquals(1, record.between(100 * SECOND, 110 * SECOND).spans().size());
  }

  @Test
  void shouldWriteTheClockAsJson() {
    record.take(good(2_000));
    record.take(
        answer(
            "holdover",
            103,
            "{\"code\":\"no_sync\",\"sentence\":\"no Sync message comes\"}",
            "null",
            transition("synchronised", "holdover", 103, "no_sync")));
    assertEquals(
        JsonParser.parseString(
            """
            {"states":[{"state":"synchronised","from_ms":0,"to_ms":3000},
                       {"state":"holdover","from_ms":3000,"to_ms":4500}],
             "offset_ns":{"p50":2000,"p90":2000,"p99":2000,"p99_9":2000,"max":2000},
             "samples":2,
             "grandmaster":"aabbcc.fffe.010203",
             "reasons":[{"code":"no_sync","sentence":"no Sync message comes"}]}"""),
        record.between(100 * SECOND, 104 * SECOND + SECOND / 2).toJson());
  }

  @Test
  void shouldBreakLongSentencesForPeople() {
    record.take(
        answer(
            "synchronised",
            90,
            "{\"code\":\"arbitrary_timescale\",\"sentence\":\""
                + "the grandmaster gives a time of its own, ".repeat(4)
                + "not TAI\"}",
            "1500",
            ""));
    List<String> lines = record.between(100 * SECOND, 101 * SECOND).lines();
    assertTrue(lines.stream().allMatch(line -> line.length() < 80), String.join("\n", lines));
    assertEquals("clock    synchronised 1.0 s", lines.get(0));
    assertEquals("         grandmaster " + GRANDMASTER, lines.get(1));
    assertTrue(String.join("\n", lines).contains("not TAI (arbitrary_timescale)"));
    assertTrue(lines.getLast().startsWith("offset, 1 sample "), lines.getLast());
    assertTrue(lines.getLast().endsWith("       1.5"), lines.getLast());
  }

  @Test
  void shouldGiveShortStatesInMilliseconds() {
    JsonObject answer =
        answer("holdover", 0, "{\"code\":\"no_sync\",\"sentence\":\"no Sync comes\"}", "null", "");
    answer.addProperty("since_tai_ns", 101 * SECOND - 39_100_000);
    record.take(good(0));
    record.take(answer);
    assertEquals(
        "clock    synchronised 961 ms, holdover 40 ms (no_sync)",
        record.between(100 * SECOND, 101 * SECOND).lines().getFirst());
  }

  @Test
  void shouldSayThatNothingIsKnownOfTheClock() {
    assertEquals(
        "The PTP monitor has said nothing; its log, ktsnd.log, tells why.",
        assertThrows(CommandFailure.class, () -> record.between(0, SECOND)).getMessage());
  }
}
