package org.ktsn.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;

class YangScheduleCodecTest {
  /** The example of the model, below a bridge port. */
  static final String EXAMPLE =
      """
      {"ietf-interfaces:interfaces":{"interface":[{"name":"tsn0",
       "type":"iana-if-type:ethernetCsmacd",
       "ieee802-dot1q-bridge:bridge-port":{"ieee802-dot1q-sched-bridge:gate-parameter-table":{
        "queue-max-sdu-table":[{"traffic-class":7,"queue-max-sdu":256}],
        "gate-enabled":true,"admin-gate-states":255,
        "admin-control-list":{"gate-control-entry":[
         {"index":20,"operation-name":"ieee802-dot1q-sched:set-gate-states",
          "gate-states-value":127,"time-interval-value":800000},
         {"index":10,"operation-name":"ieee802-dot1q-sched:set-gate-states",
          "gate-states-value":128,"time-interval-value":200000}]},
        "admin-cycle-time":{"numerator":1,"denominator":1000},
        "admin-cycle-time-extension":20000,
        "admin-base-time":{"seconds":"1767225637","nanoseconds":5},
        "config-change":true}}}]}}
      """;

  private static final String TABLE =
      "/ietf-interfaces:interfaces/interface/0/ieee802-dot1q-bridge:bridge-port"
          + "/ieee802-dot1q-sched-bridge:gate-parameter-table";

  private final YangScheduleCodec codec = new YangScheduleCodec();

  @Test
  void shouldReadTheModelsExampleSortedByIndex() {
    assertEquals(
        new GateParameters(
            true,
            255,
            List.of(entry(128, 200_000), entry(127, 800_000)),
            new CycleTime(1, 1_000),
            20_000,
            1_767_225_637_000_000_005L,
            List.of(0, 0, 0, 0, 0, 0, 0, 256)),
        codec.decode(EXAMPLE, 8));
  }

  @Test
  void shouldReadTheTableOfAnEndStation() {
    String table =
        EXAMPLE.substring(EXAMPLE.indexOf("{\n  \"queue"), EXAMPLE.indexOf("}}}]}}") + 1);
    GateParameters expected = codec.decode(EXAMPLE, 8);
    assertEquals(
        expected,
        codec.decode(
            "{\"ietf-interfaces:interfaces\":{\"interface\":[{\"name\":\"x\",\"enabled\":true,"
                + "\"ieee802-dot1dc-sched-if:gate-parameter-table\":"
                + table
                + "}]}}",
            8));
    assertEquals(expected, codec.decode("{\"gate-parameter-table\":" + table + "}", 8));
    assertEquals(
        expected,
        codec.decode("{\"ieee802-dot1q-sched-bridge:gate-parameter-table\":" + table + "}", 8));
    assertEquals(expected, codec.decode("\ufeff " + table, 8));
  }

  @Test
  void shouldTakeIdentitiesWithAndWithoutTheirModule() {
    assertEquals(
        codec.decode(EXAMPLE, 8), codec.decode(EXAMPLE.replace("ieee802-dot1q-sched:", ""), 8));
    assertEquals(
        GateOperation.SET_AND_HOLD_MAC,
        codec
            .decode(EXAMPLE.replace("set-gate-states", "set-and-hold-mac"), 8)
            .controlList()
            .getFirst()
            .operation());
  }

  @Test
  void shouldPassOverWhatADeviceReportsOfItsState() {
    assertEquals(
        codec.decode(EXAMPLE, 8),
        codec.decode(
            EXAMPLE.replace(
                "\"gate-enabled\"",
                "\"oper-gate-states\":3,\"current-time\":{\"seconds\":\"1\"},"
                    + "\"config-change-error\":\"0\",\"supported-list-max\":8,\"gate-enabled\""),
            8));
  }

  @Test
  void shouldTakeTheModelsDefaults() {
    assertEquals(
        new GateParameters(
            false,
            255,
            List.of(),
            CycleTime.ofNanoseconds(1_000_000),
            0,
            0,
            List.of(0, 0, 0, 0, 0, 0, 0, 0)),
        codec.decode("{\"gate-parameter-table\":{}}", 8));
  }

  @Test
  void shouldReportAllProblemsAtOnceWithTheirPlaces() {
    String broken =
        EXAMPLE
            .replace("\"numerator\":1", "\"numerator\":0")
            .replace("\"1767225637\"", "1767225637")
            .replace("\"gate-states-value\":127", "\"gate-states-value\":256")
            .replace("\"admin-gate-states\":255", "\"admin-gate-states\":\"255\"")
            .replace("\"config-change\"", "\"config-chnage\"");
    assertEquals(
        List.of(
            TABLE + "/config-chnage: is not known here; remove it or correct its name",
            TABLE + "/admin-gate-states: is the string \"255\"; write this number without quotes",
            TABLE
                + "/admin-control-list/gate-control-entry/0/gate-states-value:"
                + " is 256; give a number from 0 to 255",
            TABLE + "/admin-cycle-time/numerator: is 0; give a number from 1 to 4294967295",
            TABLE
                + "/admin-base-time/seconds: is 1767225637; 64-bit numbers are JSON strings,"
                + " write it in quotes"),
        problems(broken, 8));
  }

  @Test
  void shouldSayLineAndColumnOfASyntaxError() {
    assertEquals(
        List.of("/: line 2, column 9: this is no JSON (unexpected character); mend it there"),
        problems("{\"a\": 1,\n \"b\" : 'x'}", 8).stream()
            .map(problem -> problem.replaceAll("column \\d+", "column 9"))
            .toList());
    assertOneProblem("{\"gate-parameter-table\": {", "the text ends too early");
    assertOneProblem("{\"gate-parameter-table\": {}} x", "this is no JSON");
    assertOneProblem("{\"gate-enabled\": tru}", "this is no JSON");
    assertOneProblem("{,}", "this is no JSON");
  }

  @Test
  void shouldRefuseClassesThatThePortDoesNotHave() {
    String four = EXAMPLE.replace("\"traffic-class\":7", "\"traffic-class\":3");
    assertEquals(
        List.of(
            TABLE
                + "/admin-control-list/gate-control-entry/0/gate-states-value: is 127, which opens"
                + " class 6; the port has the classes 0 to 3: give 15",
            TABLE
                + "/admin-control-list/gate-control-entry/1/gate-states-value: is 128, which opens"
                + " class 7; the port has the classes 0 to 3: give 0"),
        problems(four, 4));
    assertTrue(
        problems(EXAMPLE, 7)
            .contains(
                TABLE + "/queue-max-sdu-table/0/traffic-class: is 7; give a number from 0 to 6"));
  }

  @Test
  void shouldRefuseAnUnknownOperation() {
    assertOneProblem(
        EXAMPLE.replaceFirst("ieee802-dot1q-sched:set-gate-states", "example:set-gate-states"),
        "is the unknown operation \"example:set-gate-states\"; give"
            + " ieee802-dot1q-sched:set-gate-states");
  }

  @Test
  void shouldRefuseDoubledMembersIndexesAndRows() {
    assertOneProblem(
        EXAMPLE.replace("\"gate-enabled\":true", "\"gate-enabled\":true,\"gate-enabled\":true"),
        "/gate-enabled: appears twice");
    assertOneProblem(
        EXAMPLE.replace(
            "\"gate-enabled\":true",
            "\"gate-enabled\":true,\"ieee802-dot1q-sched-bridge:gate-enabled\":true"),
        "appears twice, with its module and without");
    assertOneProblem(
        EXAMPLE.replace("\"index\":20", "\"index\":10"), "has the index 10 of an earlier entry");
    assertOneProblem(
        EXAMPLE.replace("\"queue-max-sdu\":256}", "\"queue-max-sdu\":256},{\"traffic-class\":7}"),
        "is a second row for class 7");
  }

  @Test
  void shouldRefuseCyclesThatCantRun() {
    assertOneProblem(
        EXAMPLE.replace("\"denominator\":1000", "\"denominator\":0"), "is 0; give a number from 1");
    assertOneProblem(
        EXAMPLE.replace("\"numerator\":1", "\"numerator\":11000"), "is not between 1000 ns");
    assertOneProblem(
        EXAMPLE.replace("\"denominator\":1000", "\"denominator\":4294967295"),
        "is not between 1000 ns");
    assertOneProblem(
        EXAMPLE.replace("\"admin-cycle-time\":{\"numerator\":1,\"denominator\":1000},", ""),
        "has no admin-cycle-time");
    assertOneProblem(EXAMPLE.replace("\"numerator\":1,", ""), "has no numerator; give it");
  }

  @Test
  void shouldRefuseBaseTimesOutOfRange() {
    assertOneProblem(
        EXAMPLE.replace("\"nanoseconds\":5", "\"nanoseconds\":1000000000"), "give a number from 0");
    assertOneProblem(
        EXAMPLE.replace("1767225637", "18446744073709551615"), "is 18446744073709551615; give");
    assertOneProblem(EXAMPLE.replace("1767225637", "-1"), "is -1; give");
    assertOneProblem(
        EXAMPLE
            .replace("\"1767225637\"", "\"9223372036\"")
            .replace("\"nanoseconds\":5", "\"nanoseconds\":900000000"),
        "lies beyond the year 2262");
    assertOneProblem(EXAMPLE.replace(",\"nanoseconds\":5", ""), "has no nanoseconds; give it");
  }

  @Test
  void shouldRefuseFractionsExponentsAndHugeNumbers() {
    assertOneProblem(EXAMPLE.replace(":20000,", ":2e4,"), "is 2e4; give a whole number");
    assertOneProblem(EXAMPLE.replace(":20000,", ":2.5,"), "is 2.5; give a whole number");
    assertOneProblem(
        EXAMPLE.replace(":20000,", ":1e999999999,"), "is 1e999999999; give a whole number");
    assertOneProblem(
        EXAMPLE.replace(":20000,", ":" + "9".repeat(500) + ","), "; give a number from 0");
    assertOneProblem(EXAMPLE.replace(":20000,", ":" + "9".repeat(100_000) + ","), "is no JSON");
  }

  @Test
  void shouldRefuseTheDraftOf2018() {
    assertTrue(
        problems(
                "{\"ietf-interfaces:interfaces\":{\"interface\":[{\"name\":\"x\","
                    + "\"ieee802-dot1q-sched:gate-parameters\":{}}]}}",
                8)
            .getFirst()
            .contains("belongs to the 2018 draft of the model; write"));
    assertTrue(
        problems(EXAMPLE.replace("\"nanoseconds\"", "\"fractional-seconds\""), 8)
            .getFirst()
            .contains("2018 draft"));
  }

  @Test
  void shouldPassOverWhatOtherModelsSayOfThePort() {
    String whole =
        EXAMPLE
            .replace(
                "\"name\":\"tsn0\",",
                """
                "@":{"ietf-origin:origin":"ietf-origin:intended"},"name":"tsn0",
                "@enabled":{"ietf-netconf-with-defaults:default":true},"enabled":true,
                "ietf-ip:ipv4":{"address":[{"ip":"10.0.0.1","prefix-length":8}]},
                "ieee802-ethernet-interface:ethernet":{"duplex":"full"},
                """)
            .replace(
                "bridge-port\":{",
                """
                bridge-port":{"bridge-name":"br0","component-name":"c","port-type":
                "ieee802-dot1q-bridge:c-vlan-bridge-port","pvid":1,"default-priority":0,
                "@pvid":{"x:y":1},"ieee802-dot1q-preemption-bridge:frame-preemption-parameters":{},
                "traffic-class":{"traffic-class-table":{"number-of-traffic-classes":8}},
                """)
            .replace(
                "\"gate-enabled\":true",
                "\"@gate-enabled\":{\"x:y\":null},\"gate-enabled\":true,\"vendor-x:speed\":{}")
            .replace("\"index\":20", "\"index\":20,\"@index\":{},\"vendor-x:label\":\"b\"")
            .replaceFirst("\\{", "{\"ietf-system:system\":{\"hostname\":\"n\"},");

    assertEquals(codec.decode(EXAMPLE, 8), codec.decode(whole, 8));
  }

  @Test
  void shouldNameWhatIsUnknownInItsOwnModel() {
    assertOneProblem(
        EXAMPLE.replace("\"config-change\"", "\"ieee802-dot1q-sched-bridge:config-chnage\""),
        "config-chnage: is not known here; remove it or correct its name");
    assertOneProblem(
        EXAMPLE.replace("\"gate-enabled\"", "\"ieee802-dot1q-shed:gate-enabled\""),
        "gate-enabled: is of another module; write gate-enabled, or remove it");
    assertOneProblem(
        EXAMPLE.replace("ieee802-dot1q-sched-bridge:gate", "gate"),
        "is of another module; write ieee802-dot1q-sched-bridge:gate-parameter-table");
    assertOneProblem(
        EXAMPLE.replace("ieee802-dot1q-sched-bridge:gate-p", "ieee802-dot1q-sched-bridge:gates-p"),
        "gates-parameter-table: is not known here; remove it or correct its name");
    assertOneProblem(
        EXAMPLE.replace("\"name\":\"tsn0\"", "\"nam\":\"tsn0\""),
        "/nam: is not known here; remove it or correct its name");
  }

  @Test
  void shouldRefuseConfigChangeFalse() {
    assertOneProblem(
        EXAMPLE.replace("\"config-change\":true", "\"config-change\":false"),
        "/config-change: is false, so nothing would change");
  }

  @Test
  void shouldRefuseDocumentsWithoutOneTable() {
    assertOneProblem("{}", "holds no gate-parameter-table");
    assertOneProblem("[]", "is an array; give an object");
    assertOneProblem("{\"ietf-interfaces:interfaces\":{\"interface\":[]}}", "holds no gate-");
    assertOneProblem(
        "{\"ietf-interfaces:interfaces\":{\"interface\":["
            + "{\"ieee802-dot1dc-sched-if:gate-parameter-table\":{}},"
            + "{\"ieee802-dot1dc-sched-if:gate-parameter-table\":{}}]}}",
        "/interface/1/ieee802-dot1dc-sched-if:gate-parameter-table: is a second");
    assertOneProblem(
        "{\"ietf-interfaces:interfaces\":{\"interface\":["
            + "{\"ieee802-dot1q-sched-bridge:gate-parameter-table\":{}}]}}",
        "stands in the wrong place");
    assertOneProblem("  ", "the schedule is empty");
    assertOneProblem("<gate-parameter-table/>", "is XML");
  }

  @Test
  void shouldRefuseTooManyEntries() {
    String one =
        "{\"index\":%d,\"operation-name\":\"set-gate-states\",\"gate-states-value\":1,"
            + "\"time-interval-value\":1}";
    String many =
        java.util.stream.IntStream.range(0, 1_025)
            .mapToObj(one::formatted)
            .collect(Collectors.joining(","));
    assertOneProblem(
        "{\"admin-control-list\":{\"gate-control-entry\":[" + many + "]}}",
        "has 1025 entries; give 1024 at most");
  }

  @Test
  void shouldBoundHostileDocuments() {
    assertOneProblem("{\"a\":".repeat(100_000), "nested more than 32 deep");
    assertOneProblem("[".repeat(100_000), "nested more than 32 deep");
    assertOneProblem(" ".repeat((1 << 20) + 1), "give 1048576 at most");
    String unknown =
        java.util.stream.IntStream.range(0, 50_000)
            .mapToObj(i -> "\"m" + i + "\":1")
            .collect(Collectors.joining(",", "{\"gate-enabled\":true,", "}"));
    List<String> problems = problems(unknown, 8);
    assertEquals(101, problems.size());
    assertTrue(problems.getLast().contains("49900 more problems"));
    String name = "n".repeat(300_000);
    assertTrue(problems("{\"" + name + "\":[" + "1,".repeat(200_000) + "1]}", 8).size() == 1);
  }

  @Test
  void shouldReadBackWhatItWrites() {
    GateParameters parameters = codec.decode(EXAMPLE, 8);
    assertEquals(parameters, codec.decode(codec.encode(parameters, "tsn0"), 8));
    assertEquals(
        GateParameters.open(), codec.decode(codec.encode(GateParameters.open(), "\"<\n>"), 1));
  }

  private void assertOneProblem(String text, String part) {
    List<String> problems = problems(text, 8);
    assertEquals(1, problems.size(), () -> String.join("\n", problems));
    assertTrue(problems.getFirst().contains(part), problems::getFirst);
  }

  private List<String> problems(String text, int trafficClasses) {
    return assertThrows(ScheduleException.class, () -> codec.decode(text, trafficClasses))
        .problems()
        .stream()
        .map(ScheduleProblem::toString)
        .toList();
  }

  private static GateControlEntry entry(int states, long intervalNs) {
    return new GateControlEntry(GateOperation.SET_GATE_STATES, states, intervalNs);
  }
}
