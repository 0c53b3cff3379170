package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.ingress.ChannelStatus.Program;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.Priorities;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;

class PodsCommandTest {
  private static final String ID =
      "4f1d2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e1f";

  private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
  private final CommandSession session =
      processor.createSession(
          new ByteArrayInputStream(new byte[0]),
          new ByteArrayOutputStream(),
          new ByteArrayOutputStream());
  private final FakePods pods = new FakePods();
  private final PodsCommand command = new PodsCommand();

  PodsCommandTest() {
    command.pods = pods;
  }

  @AfterEach
  void stop() {
    session.close();
    processor.stop();
  }

  private String run(Object... arguments) {
    return (String) command.execute(session, List.of(arguments));
  }

  private JsonElement json(Object... arguments) {
    return JsonParser.parseString(run(arguments));
  }

  private String refusal(Object... arguments) {
    return assertThrows(CommandException.class, () -> run(arguments)).getMessage();
  }

  private void attach(String name, Map<String, String> labels, Optional<Bandwidth> bandwidth) {
    pods.attach(
        new PodRequest(
            name,
            Optional.empty(),
            "tsn0",
            Optional.empty(),
            Optional.empty(),
            new PodAssignment(List.of(), List.of(), OptionalInt.empty(), labels)
                .with(bandwidth, Optional.empty())));
  }

  private void connect(boolean accepting, Program... programs) {
    command.channels =
        pod ->
            pod == 0
                ? Optional.of(new ChannelStatus(accepting, 1_450, 1_024, List.of(programs)))
                : Optional.empty();
  }

  @Test
  void shouldListPodsWithWhatIsKnownOfThem() {
    assertTrue(run().startsWith("no pod is attached"));
    assertEquals("[]\n", run("--json"));

    attach("talker", Map.of(), Optional.empty());
    assertEquals(
        """
        NAME    CONTAINER  ADDRESS    IFACE  RATE  PROGS  RECEIVED  SENT  LATE  DROPPED
        talker  -          10.77.0.2  tsn0   -     -      -         -     -     -
        """,
        run());

    attach(
        "c1.tsn0",
        Map.of("container", ID, "namespace", "plant", "pod", "arm"),
        Optional.of(Bandwidth.of(12_500_000)));
    command.dataplane = new FakeDataplane();
    connect(true, new Program(4_711, 0, "talk"), new Program(4_712, 1_000, ""));
    assertEquals(
        """
        NAME     CONTAINER  ADDRESS    IFACE  RATE   PROGS  RECEIVED  SENT  LATE  DROPPED
        talker   -          10.77.0.2  tsn0   -      2      100       98    3     1
        c1.tsn0  plant/arm  10.77.0.2  tsn0   12.5M  -      0         0     0     0
        """,
        run());
  }

  @Test
  void shouldFitATerminalWhateverTheNamesAre() {
    attach(
        ID.substring(0, 58) + ".tsn0",
        Map.of("container", ID, "namespace", "n".repeat(63), "pod", "p".repeat(63)),
        Optional.of(Bandwidth.of(12_500_000)));
    command.dataplane = new FakeDataplane();
    assertTrue(run().lines().allMatch(line -> line.length() <= 125), run());
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', 4f1d, 4f1d",
    "'', '', default-listens, default-listens",
    "'', '', " + ID + ", 4f1d2a3b4c5d",
    "robot, '', 4f1d, robot",
    "robot, plant, 4f1d, plant/robot",
  })
  void shouldListContainersByTheNameThatPeopleKnow(
      String pod, String namespace, String container, String shown) {
    Map<String, String> labels = new HashMap<>(Map.of("container", container));
    if (!pod.isEmpty()) {
      labels.put("pod", pod);
    }
    labels.put("namespace", namespace);
    attach("c1.tsn0", labels, Optional.empty());

    assertTrue(run().contains(" " + shown + " "), run());
    JsonObject listed = json("--json").getAsJsonArray().get(0).getAsJsonObject();
    assertEquals(shown, listed.get("container").getAsString());
    assertEquals(container, listed.getAsJsonObject("labels").get("container").getAsString());
  }

  @Test
  void shouldWriteWhatIsKnownOfEachAsJson() {
    attach("talker", Map.of("container", "4f1d"), Optional.of(Bandwidth.of(12_500_000)));
    command.dataplane = new FakeDataplane();
    connect(true, new Program(4_711, 1_000, "talk"));
    assertEquals(
        JsonParser.parseString(
            """
            [{"name": "talker", "number": 0, "network_namespace": "/run/netns/ktsn-talker",
              "interface": "tsn0", "switch_port": "v0-ktsn", "mac": "02:00:00:00:00:01",
              "addresses": ["10.77.0.2/16"],
              "channel_socket": "/run/ktsn/pods/talker/app.sock",
              "labels": {"container": "4f1d"},
              "bandwidth": {"idle_slope_bits_per_second": 12500000},
              "priorities": "0-7",
              "container": "4f1d",
              "channel": {"accepting": true, "mtu_octets": 1450, "slots": 1024,
                "programs": [{"name": "talk", "process": 4711, "user": 1000}]},
              "counters": {"received": 100, "sent": 98, "late": 3, "regenerated": 0, "dropped": 1, "queued": 1,
                "drops": {"missed": 1}}}]
            """),
        json("--json"));
  }

  @Test
  void shouldLeaveOutOfTheJsonWhatNobodyKnows() {
    attach("talker", Map.of(), Optional.empty());
    JsonObject pod = json("--json").getAsJsonArray().get(0).getAsJsonObject();
    assertFalse(pod.has("channel"));
    assertFalse(pod.has("counters"));
    assertTrue(pod.get("bandwidth").isJsonNull());
  }

  @Test
  void shouldShowWhichPrioritiesAPodMayUseAndWhatAskedForOthers() {
    FakeDataplane dataplane = new FakeDataplane();
    dataplane.pods = List.of(new PodStatus(0, 100, 98, 2, 0, 0, Map.of("missed", 2L), 17));
    command.dataplane = dataplane;
    pods.attach(
        new PodRequest(
            "robot",
            Optional.empty(),
            "tsn0",
            Optional.empty(),
            Optional.empty(),
            PodAssignment.NONE.with(Priorities.parse("0-3,5"))));
    String shown = run("robot");
    assertTrue(shown.contains("priorities         0-3,5\n"), shown);
    assertTrue(
        shown.contains("regenerated  17     asked for a priority that is not the pod's"), shown);
    JsonObject pod = json("--json").getAsJsonArray().get(0).getAsJsonObject();
    assertEquals("0-3,5", pod.get("priorities").getAsString());
    assertEquals(17, pod.getAsJsonObject("counters").get("regenerated").getAsInt());
  }

  @Test
  void shouldShowOnePodInDetail() {
    FakeDataplane dataplane = new FakeDataplane();
    dataplane.flows = List.of(FakeFlows.late(0), FakeFlows.busy(1));
    command.dataplane = dataplane;
    command.clock = () -> FakeFlows.NOW_NS;
    connect(true, new Program(4_711, 0, "talk"), new Program(0, 1_000, ""));
    attach("c1.tsn0", Map.of("container", "4f1d"), Optional.of(Bandwidth.of(12_500_000)));

    assertEquals(
        """
        pod                c1.tsn0
        container          4f1d
        label container    4f1d
        network namespace  /run/netns/ktsn-c1.tsn0
        interface          tsn0
        addresses          10.77.0.2/16
        MAC                02:00:00:00:00:01
        switch port        v0-ktsn
        rate               12.5Mbit/s
        priorities         0-7
        channel            /run/ktsn/pods/c1.tsn0/app.sock
        MTU                1450
        room               1024 datagrams
        datagrams          are taken
        state              as it was attached

        PROGRAM  PROCESS  USER
        talk     4711     0
        -        -        1000

        FRAMES    COUNT  MEANING
        received  100    datagrams with a launch time that KTSNd took
        sent      98     handed to the port
        waiting   1      for their instant
        late      3      missed their window and were dated anew, each time
        missed    1      dropped, sent in time, but the machine stalled past its last instant; see docs/tune.md

        FLOW                              CLASS  FRAMES/s  BIT/s  RECEIVED  LATE  DROPPED  NOTICE  WAIT   ERROR  SEEN
        10.77.0.2:40000 > 10.77.0.3:5000  6      1k        480k   4000      0     12       -1.3ms  210ns  95ns   800us

        10.77.0.2:40000 > 10.77.0.3:5000
          12 of 4000 dropped (late_on_arrival): its launch time had passed when it was sent; let the program send further ahead; the notice was -1.3ms at least and 780us on average, 1.3ms more would have done
        """,
        run("c1.tsn0"));
    JsonObject pod = json("c1.tsn0", "--json").getAsJsonObject();
    assertEquals("c1.tsn0", pod.get("name").getAsString());
    assertEquals(1, pod.getAsJsonArray("flows").size());
    assertEquals(
        "c1.tsn0", pod.getAsJsonArray("flows").get(0).getAsJsonObject().get("pod").getAsString());
    assertEquals(0, pod.getAsJsonArray("differences").size());
    assertEquals(2, pod.getAsJsonObject("channel").getAsJsonArray("programs").size());
  }

  @Test
  void shouldSayThatDatagramsAreNotTakenAndNobodyIsThere() {
    connect(false);
    attach("talker", Map.of(), Optional.empty());
    String text = run("talker");
    assertTrue(text.contains("are not taken: programs take the kernel's path"), text);
    assertTrue(text.contains("no program uses the channel"), text);
    assertTrue(text.contains("as much as the link takes"), text);
  }

  @ParameterizedTest
  @CsvSource({"talker", "c1.tsn0", "c1", "plant/arm", "plant", "4f1d2a3b4c5d", ID})
  void shouldFindAPodByAnyOfItsNames(String meant) {
    attach("talker", Map.of(), Optional.empty());
    attach(
        "c1.tsn0", Map.of("container", ID, "namespace", "plant", "pod", "arm"), Optional.empty());
    String expected = meant.equals("talker") ? "talker" : "c1.tsn0";
    assertTrue(run(meant).startsWith("pod                " + expected + "\n"), run(meant));
  }

  @Test
  void shouldRefuseNamesThatMeanNoPodOrSeveral() {
    attach("c1.tsn0", Map.of("container", "c1"), Optional.empty());
    attach("c1.tsn1", Map.of("container", "c1"), Optional.empty());
    assertEquals("'c1' may mean c1.tsn0 or c1.tsn1; give more of the name", refusal("c1"));
    assertEquals("there is no pod 'robot'; ktsn:pods lists those there are", refusal("robot"));
  }
}
