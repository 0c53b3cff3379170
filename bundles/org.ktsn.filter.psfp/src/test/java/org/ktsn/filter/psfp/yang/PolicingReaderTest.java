package org.ktsn.filter.psfp.yang;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.policing.PolicingProblem;
import org.ktsn.filter.psfp.model.PolicingParameters;

class PolicingReaderTest {
  private static final String STREAM = "{\"index\":1,\"handle\":7,\"ktsn-psfp:pod\":\"talker\"}";
  private static final String FILTER =
      "{\"stream-filter-instance-id\":1,\"stream-handle\":7,\"priority-spec\":\"wildcard\","
          + "\"max-sdu-size\":0,\"stream-gate-ref\":2,\"flow-meter-ref\":3}";
  private static final String ENTRY =
      "{\"index\":5,\"operation-name\":\"ieee802-dot1q-psfp:set-gate-and-ipv\","
          + "\"gate-state-value\":\"open\",\"ipv-spec\":\"null\",\"time-interval-value\":1000}";
  private static final String GATE =
      "{\"stream-gate-instance-id\":2,\"gate-enable\":true,\"admin-control-list\":"
          + "{\"gate-control-entry\":["
          + ENTRY
          + "]},\"admin-cycle-time\":{\"numerator\":1,\"denominator\":1000},"
          + "\"admin-base-time\":{\"seconds\":\"1767225637\",\"nanoseconds\":5}}";
  private static final String METER =
      "{\"flow-meter-instance-id\":3,\"committed-information-rate\":\"1000\","
          + "\"committed-burst-size\":2000,\"excess-information-rate\":\"0\","
          + "\"excess-burst-size\":0,\"coupling-flag\":\"zero\",\"color-mode\":\"color-blind\","
          + "\"drop-on-yellow\":false}";

  private static String document(String stream, String filter, String gate, String meter) {
    return "{\"ieee802-dot1cb-stream-identification:stream-identity\":["
        + stream
        + "],\"ieee802-dot1q-bridge:bridges\":{\"bridge\":[{\"name\":\"b\",\"component\":"
        + "[{\"name\":\"c\","
        + tables("ieee802-dot1q-psfp-bridge:", filter, gate, meter)
        + "}]}]}}";
  }

  private static String tables(String module, String filter, String gate, String meter) {
    return "\""
        + module
        + "stream-filters\":{\"stream-filter-instance-table\":["
        + filter
        + "]},\""
        + module
        + "stream-gates\":{\"supported-list-max\":255,\"stream-gate-instance-table\":["
        + gate
        + "]},\""
        + module
        + "flow-meters\":{\"flow-meter-instance-table\":["
        + meter
        + "]}";
  }

  @Test
  void shouldReadTheTablesOfABridgesComponent() {
    PolicingParameters read = PolicingReader.read(document(STREAM, FILTER, GATE, METER));
    assertEquals(Optional.of("talker"), read.streams().getFirst().pod());
    assertEquals(OptionalLong.of(7), read.filters().getFirst().streamHandle());
    assertEquals(OptionalLong.of(3), read.filters().getFirst().meter());
    assertEquals(1_767_225_637_000_000_005L, read.gates().getFirst().control().baseTimeNs());
    assertEquals(2_000, read.meters().getFirst().committedBurstOctets());
  }

  @Test
  void shouldReadTheSameOfAnEndSystemAndAtTheTop() {
    PolicingParameters expected = PolicingReader.read(document(STREAM, FILTER, GATE, METER));
    String streams = "{\"stream-identity\":[" + STREAM + "],";
    assertEquals(expected, PolicingReader.read(streams + tables("", FILTER, GATE, METER) + "}"));
    assertEquals(
        expected,
        PolicingReader.read(
            streams
                + "\"ietf-system:system\":{\"hostname\":\"h\","
                + tables("ieee802-dot1dc-psfp-sys:", FILTER, GATE, METER)
                + "}}"));
  }

  @Test
  void shouldPoliceNothingByAnEmptyObject() {
    assertEquals(PolicingParameters.NONE, PolicingReader.read("{}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "stream | \"handle\":7 | \"handle\":-1 | /handle: is -1; give a number from 0 to 4294967295",
        "stream | \"talker\" | \"a b\" | /ktsn-psfp:pod: is \"a b\"; give a pod's name: 1 to 63"
            + " letters, digits, '.', '_' or '-'",
        "stream | ,\"ktsn-psfp:pod\":\"talker\" | '' | : does not say which frames; give null-,"
            + " smac-vlan- or ip-stream-identification, ktsn-psfp:pod or ktsn-psfp:traffic-class",
        "stream | \"ktsn-psfp:pod\":\"talker\" | \"ip-stream-identification\":{\"ip-source\":"
            + "\"localhost\"} | /ip-stream-identification/ip-source: is \"localhost\"; give an IPv4"
            + " or IPv6 address",
        "stream | \"ktsn-psfp:pod\":\"talker\" | \"ip-stream-identification\":{\"source-port\":5}"
            + " | /ip-stream-identification: has ports and no next-protocol; give udp, tcp or sctp",
        "stream | \"ktsn-psfp:pod\":\"talker\" | \"null-stream-identification\":"
            + "{\"destination-mac\":\"02:00:00:00:00:01\"} |"
            + " /null-stream-identification/destination-mac: is \"02:00:00:00:00:01\"; give six"
            + " octets, like 02-00-00-00-00-01",
        "stream | \"ktsn-psfp:pod\":\"talker\" | \"dmac-vlan-stream-identification\":{} |"
            + " /dmac-vlan-stream-identification: is a method that KTSN does not have; give null-,"
            + " smac-vlan- or ip-stream-identification",
        "filter | \"stream-handle\":7 | \"stream-handle\":8 | /stream-handle: is 8, which the"
            + " document does not have; give one of 7",
        "filter | \"stream-handle\":7, | '' | : has neither stream-handle nor wildcard; give one",
        "filter | \"stream-handle\":7 | \"wildcard\":true | /wildcard: is true; an empty leaf is"
            + " written as [null]",
        "filter | \"priority-spec\":\"wildcard\" | \"priority-spec\":7 | /priority-spec: is 7; give"
            + " a string",
        "filter | \"wildcard\" | \"eight\" | /priority-spec: is \"eight\"; give one of zero, one,"
            + " two, three, four, five, six, seven, wildcard",
        "filter | \"stream-gate-ref\":2 | \"stream-gate-ref\":9 | /stream-gate-ref: is 9, which the"
            + " document does not have; give one of 2",
        "filter | \"max-sdu-size\":0, | '' | : has no max-sdu-size; give it",
        "filter | \"max-sdu-size\":0 | \"max-sdu-size\":0,\"typo\":1 | /typo: is not known here;"
            + " remove it or correct its name",
        "filter | \"max-sdu-size\":0 | \"max-sdu-size\":0,\"max-sdu-size\":1 | /max-sdu-size:"
            + " appears twice; keep one",
        "gate | \"open\" | \"ajar\" | /admin-control-list/gate-control-entry/0/gate-state-value: is"
            + " \"ajar\"; give one of open, closed",
        "gate | set-gate-and-ipv | set-gate-states |"
            + " /admin-control-list/gate-control-entry/0/operation-name: is the unknown operation"
            + " \"ieee802-dot1q-psfp:set-gate-states\"; give ieee802-dot1q-psfp:set-gate-and-ipv",
        "gate | \"seconds\":\"1767225637\" | \"seconds\":1767225637 | /admin-base-time/seconds: is"
            + " 1767225637; 64-bit numbers are JSON strings, write it in quotes",
        "gate | \"denominator\":1000 | \"denominator\":4000000000 | /admin-cycle-time: can't be used:"
            + " cycle time 1/4000000000 s is not between 1000 ns and 10000000000 ns",
        "meter | \"committed-burst-size\":2000 | \"committed-burst-size\":4000000000 |"
            + " /committed-burst-size: is 4000000000; give a number from 0 to 1073741824",
        "meter | \"1000\" | \"18446744073709551615\" | /committed-information-rate: is"
            + " 18446744073709551615; give a number from 0 to 1000000000000",
        "meter | \"drop-on-yellow\":false | \"drop-on-yellow\":\"no\" | /drop-on-yellow: is the"
            + " string \"no\"; give true or false",
      })
  void shouldNameThePlaceTheValueAndTheRemedy(
      String table, String found, String replaced, String problem) {
    String document =
        document(
            change("stream", table, STREAM, found, replaced),
            change("filter", table, FILTER, found, replaced),
            change("gate", table, GATE, found, replaced),
            change("meter", table, METER, found, replaced));
    List<PolicingProblem> problems =
        assertThrows(PolicingException.class, () -> PolicingReader.read(document)).problems();
    assertEquals(1, problems.size(), problems.toString());
    assertTrue(problems.getFirst().toString().endsWith("/0" + problem), problems.toString());
  }

  private static String change(
      String name, String table, String text, String found, String replaced) {
    return name.equals(table) ? text.replace(found, replaced) : text;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "5",
        "null",
        "{",
        "{} {}",
        "<a/>",
        "{\"stream-filters\":[]}",
        "{\"stream-filters\":{\"stream-filter-instance-table\":{}}}",
        "{\"stream-filters\":{\"stream-filter-instance-table\":[null]}}",
        "{\"stream-gates\":{\"stream-gate-instance-table\":[5]}}",
        "{\"flow-meters\":{\"flow-meter-instance-table\":[[]]}}",
        "{\"stream-identity\":[\"x\"]}",
        "{\"other:stream-filters\":{}}",
        "{\"ieee802-dot1q-bridge:bridges\":7}",
        "{\"ieee802-dot1q-bridge:bridges\":{\"bridge\":[7]}}"
      })
  void shouldRefuseWhatIsNoPolicing(String text) {
    assertThrows(PolicingException.class, () -> PolicingReader.read(text));
  }

  @Test
  void shouldRefuseTwoPolicers() {
    String tables = tables("", FILTER, GATE, METER);
    String twice = "{\"stream-identity\":[" + STREAM + "],\"ietf-system:system\":{";
    String problem =
        assertThrows(
                PolicingException.class,
                () -> PolicingReader.read(twice + tables + "}," + tables + "}"))
            .getMessage();
    assertTrue(problem.contains("has policing tables as well"), problem);
  }

  @Test
  void shouldRefuseIdentifiersThatAreThereAlready() {
    String problem =
        assertThrows(
                PolicingException.class,
                () -> PolicingReader.read(document(STREAM, FILTER, GATE + "," + GATE, METER)))
            .getMessage();
    assertTrue(problem.contains("/1: has the identifier 2 of an earlier entry"), problem);
  }

  @Test
  void shouldRefuseMoreThanThereIsRoomFor() {
    String entries = String.join(",", java.util.Collections.nCopies(256, ENTRY));
    String problem =
        assertThrows(
                PolicingException.class,
                () ->
                    PolicingReader.read(
                        document(STREAM, FILTER, GATE.replace(ENTRY, entries), METER)))
            .getMessage();
    assertTrue(problem.contains("has 256 entries; give 255 at most"), problem);
    String long_ = " ".repeat(PolicingReader.MAX_CHARACTERS + 1);
    assertThrows(PolicingException.class, () -> PolicingReader.read(long_));
    String deep = "[".repeat(100_000);
    assertThrows(PolicingException.class, () -> PolicingReader.read(deep));
  }

  @Test
  void shouldPassOverWhatOtherModulesSay() {
    PolicingParameters expected = PolicingReader.read(document(STREAM, FILTER, GATE, METER));
    assertEquals(
        expected,
        PolicingReader.read(
            document(
                STREAM,
                FILTER.replace("{", "{\"vendor:stream-filter-enabled\":true,\"@x\":{},"),
                GATE,
                METER)));
  }
}
