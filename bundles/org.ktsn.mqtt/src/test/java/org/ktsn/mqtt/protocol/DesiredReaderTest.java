package org.ktsn.mqtt.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.schedule.YangScheduleCodec;

class DesiredReaderTest {
  private static final NodeFacts NODE =
      new NodeFacts(
          8, Optional.of(new TreeSet<>(List.of("cbs", "tas"))), OptionalLong.of(1_000_000_000));

  private final YangScheduleCodec codec = new YangScheduleCodec();
  private final DesiredReader reader = new DesiredReader(codec);

  private List<String> problems(String text) {
    Reading<DesiredMessage> result = reader.read(text, NODE);
    assertTrue(result.message().isEmpty() || result.problems().isEmpty());
    return result.problems().stream().map(Object::toString).toList();
  }

  private static String with(String settings) {
    return "{\"id\":\"a\",\"version\":1,\"schedule\":\"A 1ms 0-7\",\"settings\":" + settings + "}";
  }

  @Test
  void shouldReadBackWhatItWrote() {
    GateParameters schedule = codec.decode("base=5s A 200us 7; B 800us 0-6", 8);
    PortSettings settings =
        new PortSettings(
            Optional.of("cbs"),
            Optional.of(List.of(1, 0, 2, 3, 4, 5, 6, 7)),
            OptionalLong.of(10_000_000_000L),
            OptionalInt.of(50),
            Optional.of(new TreeMap<>(java.util.Map.of(7, 20_000_000L, 6, 10_000_000L))));
    DesiredMessage message =
        new DesiredMessage(
            "id.1:a_b-c", DesiredReader.MAX_VERSION, Optional.of("lab/n1"), schedule, settings);
    Reading<DesiredMessage> read = reader.read(message.encode(codec), NODE);
    assertEquals(Optional.of(message), read.message());
    assertEquals(List.of(), read.problems());
  }

  @Test
  void shouldTakeTheShortFormAsAString() {
    Reading<DesiredMessage> read =
        reader.read("{\"id\":\"a\",\"version\":1,\"schedule\":\"A 1ms 0-7\"}", NODE);
    assertEquals(codec.decode("A 1ms 0-7", 8), read.message().orElseThrow().schedule());
    assertEquals(PortSettings.NONE, read.message().orElseThrow().settings());
  }

  @Test
  void shouldNameAllThatIsMissing() {
    assertEquals(
        List.of(
            "/: has no id; give it", "/: has no version; give it", "/: has no schedule; give it"),
        problems("{}"));
  }

  @Test
  void shouldTellTheIdOfAMessageThatIsWrongElsewhere() {
    Reading<DesiredMessage> read =
        reader.read("{\"id\":\"a\",\"version\":4,\"schedule\":\"nonsense\"}", NODE);
    assertEquals("a", read.id());
    assertEquals(4, read.version());
    assertEquals("/schedule", read.problems().getFirst().pointer());
  }

  @Test
  void shouldSeeWhatStandsTwice() {
    assertEquals(
        List.of("/id: appears twice; keep one"),
        problems("{\"id\":\"a\",\"id\":\"b\",\"version\":1,\"schedule\":\"A 1ms 0-7\"}"));
    assertEquals(
        List.of("/schedule/gate-enabled: appears twice; keep one"),
        problems(
            "{\"id\":\"a\",\"version\":1,\"schedule\":{\"gate-enabled\":true,\"gate-enabled\":false}}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|is no JSON object",
        "\"x\"|is no JSON object",
        "{\"id\":|is no JSON",
        "{} x|is no JSON",
        "{}{}|is no JSON",
        "|is no JSON",
        "{'id':1}|is no JSON",
      })
  void shouldRefuseWhatIsNoObject(String text, String problem) {
    String found = problems(text == null ? "" : text).getFirst();
    assertTrue(found.startsWith("/: " + problem) || found.contains("has something behind"), found);
  }

  @Test
  void shouldRefuseDeepNestingBeforeAnyTreeIsBuilt() {
    String deep = "{\"schedule\":" + "[".repeat(100_000);
    assertTrue(problems(deep).getFirst().contains("Nesting limit"), problems(deep).getFirst());
  }

  @Test
  void shouldRefuseOctetsThatAreNotUtf8() {
    Reading<DesiredMessage> read =
        Reading.of(new byte[] {'{', (byte) 0xff, '}'}, text -> reader.read(text, NODE));
    assertEquals("is not UTF-8; give JSON in UTF-8", read.problems().getFirst().message());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1.5",
        "\"1\"",
        "0",
        "-1",
        "9007199254740992",
        "1e3",
        "99999999999999999999999999",
        "null",
        "true",
        "[1]"
      })
  void shouldTakeOnlyWholeVersions(String version) {
    String found =
        problems("{\"id\":\"a\",\"version\":" + version + ",\"schedule\":\"A 1ms 0-7\"}")
            .getFirst();
    assertTrue(found.endsWith("; give a whole number from 1 to 9007199254740991"), found);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"shaper\":1}|/settings/shaper: is 1; give a string",
        "{\"shaper\":\"x\"}|/settings/shaper: is 'x'; the node has cbs, tas",
        "{\"pcp-to-class\":{}}|/settings/pcp-to-class: is {}; give an array",
        "{\"pcp-to-class\":[1]}|/settings/pcp-to-class: has 1 values; give one for each priority, 0 to 7",
        "{\"pcp-to-class\":[0,1,2,3,4,5,6,8]}|/settings/pcp-to-class/7: is 8; give a whole number from 0 to 7",
        "{\"rate-bits-per-second\":1000}|/settings/rate-bits-per-second: is 1000; give a whole number from 1 to 1000000000000 in quotes",
        "{\"overhead-octets\":-1}|/settings/overhead-octets: is -1; give a whole number from 0 to 1000",
        "{\"idle-slope-table\":[{}]}|/settings/idle-slope-table/0: needs traffic-class and admin-idle-slope; give both",
        "{\"idle-slope-table\":[{\"traffic-class\":7,\"admin-idle-slope\":\"1\"},{\"traffic-class\":7,\"admin-idle-slope\":\"1\"}]}|/settings/idle-slope-table/1: is a second row for class 7; keep one",
        "{\"idle-slope-table\":[{\"traffic-class\":7,\"admin-idle-slope\":\"1000000001\"}]}|/settings/idle-slope-table: claims 1000000001 bit/s, the link has 1000000000; lower the idle slopes",
        "{\"speed\":1}|/settings/speed: is not known here; remove it or correct its name",
        "7|/settings: is no JSON object; give one, in braces",
      })
  void shouldSayWhatIsWrongWithASetting(String settings, String problem) {
    assertEquals(List.of(problem), problems(with(settings)));
  }

  @Test
  void shouldJudgeSlopesByTheRateThatComesWithThem() {
    assertEquals(
        List.of(),
        problems(
            with(
                "{\"rate-bits-per-second\":\"10000000000\",\"idle-slope-table\":"
                    + "[{\"traffic-class\":7,\"admin-idle-slope\":\"2000000000\"}]}")));
  }

  @Test
  void shouldCountProblemsBeyondAHundred() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < 300; i++) {
      text.append("\"x").append(i).append("\":1,");
    }
    List<String> found = problems(text + "\"id\":\"a\"}");
    assertEquals(101, found.size());
    assertTrue(found.getLast().contains("202 more problems"), found.getLast());
  }
}
