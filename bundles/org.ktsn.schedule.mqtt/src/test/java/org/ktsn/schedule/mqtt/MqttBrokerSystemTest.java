package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;
import org.ktsn.api.time.ClockStep;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.Request;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.TlsFiles;
import org.ktsn.schedule.YangScheduleCodec;
import org.ktsn.testkit.MemoryStore;

/** What a controller sees of a node, through a real broker. */
class MqttBrokerSystemTest {
  @TempDir static Path folder;

  private final YangScheduleCodec codec = new YangScheduleCodec();
  private final Topics topics = TestNode.topics("n1");
  private Mosquitto broker;
  private TestNode node;
  private TestController controller;

  @BeforeEach
  void start(@TempDir Path own) {
    broker = Mosquitto.open(own);
    node = TestNode.start("n1", broker.address()).awaitConnected();
    controller = TestController.connect(broker.address());
  }

  @AfterEach
  void stop() {
    controller.close();
    node.close();
    broker.close();
  }

  private static String in(long milliseconds) {
    return "base=" + (FakePort.machineTimeNs() / 1_000 + milliseconds * 1_000) + "us ";
  }

  @Test
  void shouldAcceptAScheduleAndTellWhenItIsOperational() {
    String schedule = in(300) + "A 200us 7; B 800us 0-6";
    controller.push("n1", TestController.desired("s1", 1, schedule), "tie-1");

    Answer accepted = controller.answer(Answer.Kind.ACCEPTED, "s1");
    long base = codec.decode(schedule, 8).baseTimeNs();
    assertEquals(base, accepted.configChangeTimeNs().orElseThrow());
    assertEquals(1, accepted.version());
    Answer operational = controller.answer(Answer.Kind.OPERATIONAL, "s1");
    assertEquals(base, operational.configChangeTimeNs().orElseThrow());
    assertTrue(operational.timeNs() >= base, "it is operational no earlier than that");
    assertEquals(List.of("tie-1", "tie-1"), controller.correlations());
    assertEquals(codec.decode(schedule, 8), node.port().current().oper());

    JsonObject reported = reportedAs("operational");
    assertEquals("s1", reported.getAsJsonObject("desired").get("id").getAsString());
    assertEquals(codec.decode(schedule, 8), codec.decode(reported.get("schedule").toString(), 8));
    assertEquals(
        List.of("accepted", "operational"),
        controller.events().stream()
            .map(event -> event.get("event").getAsString())
            .filter(event -> !event.equals("broker-connected"))
            .toList());
  }

  @Test
  void shouldTellOfTheClocksQualityAndOfItsSteps() {
    node.agent()
        .clockQuality(
            new ClockReport(
                ClockState.FREE_RUNNING,
                1,
                List.of(new ClockReason("sync_lost", "no Sync message for 4 s; is ptp4l up?")),
                OptionalLong.of(1_500),
                OptionalLong.empty(),
                "001122.fffe.334455",
                37,
                Set.of(ClockPolicy.HOLD_NEW_SCHEDULES),
                2));
    node.agent().clockStepped(new ClockStep(-37_000_000_000L, 3, 37, 0));
    JsonObject quality = event("clock-quality");
    assertEquals("free-running", quality.get("state").getAsString());
    assertEquals("1500", quality.get("uncertainty-ns").getAsString());
    assertFalse(quality.has("offset-ns"));
    assertEquals(
        "no Sync message for 4 s; is ptp4l up?",
        quality.getAsJsonArray("reasons").get(0).getAsString());
    assertEquals("-37000000000", event("clock-stepped").get("step-ns").getAsString());
  }

  private JsonObject event(String name) {
    return Eventually.value(
        "the event " + name,
        () ->
            controller.events().stream()
                .filter(event -> event.get("event").getAsString().equals(name))
                .findFirst());
  }

  private JsonObject reportedAs(String state) {
    return Eventually.value(
        "reported as " + state,
        () ->
            controller
                .latest(topics.reported())
                .filter(
                    json ->
                        json.has("desired")
                            && json.getAsJsonObject("desired")
                                .get("state")
                                .getAsString()
                                .equals(state)));
  }

  @Test
  void shouldRefuseWithEveryProblemAndItsPlace() {
    controller.push(
        "n1",
        """
        {"id":"bad id","version":0,"shedule":1,
         "schedule":{"gate-enabled":1,"admin-gate-states":256},
         "settings":{"shaper":"nobody","pcp-to-class":[1,2],"idle-slope-table":
          [{"traffic-class":7,"admin-idle-slope":"900000000"},
           {"traffic-class":6,"admin-idle-slope":"900000000"}]}}""");
    Answer refused = controller.answer("refused", a -> a.kind() == Answer.Kind.REFUSED);
    assertEquals(
        List.of(
            "/id",
            "/schedule/admin-gate-states",
            "/schedule/gate-enabled",
            "/settings/idle-slope-table",
            "/settings/shaper",
            "/shedule",
            "/version"),
        refused.problems().stream().map(p -> p.pointer()).sorted().toList());
    assertEquals(List.of(), node.port().changes());
    assertEquals(List.of(), node.settings());
    Eventually.await(
        "the refusal is reported too",
        () ->
            controller
                .latest(topics.reported())
                .filter(json -> json.has("last-answer"))
                .filter(
                    json ->
                        json.getAsJsonObject("last-answer")
                            .get("answer")
                            .getAsString()
                            .equals("refused"))
                .isPresent());
  }

  @Test
  void shouldTellTheLosersThatTheyAreSuperseded() {
    controller.push("n1", TestController.desired("far", 1, in(3_600_000) + "A 1ms 0-7"));
    controller.answer(Answer.Kind.ACCEPTED, "far");
    controller.push("n1", TestController.desired("near", 2, "A 500us 7; B 500us 0-6"));
    Answer superseded = controller.answer(Answer.Kind.SUPERSEDED, "far");
    assertEquals(Optional.of("near"), superseded.by());
    controller.answer(Answer.Kind.OPERATIONAL, "near");
  }

  @Test
  void shouldRefuseOlderVersionsAndTakeRedeliveryForNoChange() {
    String s2 = TestController.desired("s2", 2, "A 500us 7; B 500us 0-6");
    controller.push("n1", s2);
    controller.answer(Answer.Kind.OPERATIONAL, "s2");
    controller.push("n1", s2, "again");
    Eventually.await("the answer is repeated", () -> controller.correlations().contains("again"));
    controller.push("n1", TestController.desired("s1", 1, "A 1ms 0-7"));
    Answer older = controller.answer(Answer.Kind.REFUSED, "s1");
    assertEquals(
        "/version: is 1; the node has version 2 (id s2): give a higher one",
        older.problems().getFirst().toString());
    controller.push("n1", TestController.desired("s2", 3, "A 1ms 0-7"));
    Answer reused =
        controller.answer("refused", a -> a.kind() == Answer.Kind.REFUSED && a.version() == 3);
    assertEquals("/id", reused.problems().getFirst().pointer());
    assertEquals(1, node.port().changes().size());
    assertEquals(1, node.count("duplicates"));
  }

  @Test
  void shouldRefuseWhatThePortCantRunAndPutTheSettingsBack() {
    String settings = ",\"settings\":{\"rate-bits-per-second\":\"100000000\",\"shaper\":\"cbs\"}}";
    String desired =
        TestController.desired("s1", 1, "A " + FakePort.REFUSED_INTERVAL_NS + "ns 7; B 800us 0-6");
    controller.push("n1", desired.substring(0, desired.length() - 1) + settings);
    Answer refused = controller.answer(Answer.Kind.REFUSED, "s1");
    assertEquals("/schedule/gate-parameter-table", refused.problems().getFirst().pointer());
    assertEquals(2, node.settings().size());
    assertEquals(org.ktsn.mqtt.protocol.PortSettings.NONE, node.settings().getLast());
  }

  @Test
  void shouldTellWhenSomebodyElseChangesTheSchedule() {
    controller.push("n1", TestController.desired("s1", 1, "A 500us 7; B 500us 0-6"));
    controller.answer(Answer.Kind.OPERATIONAL, "s1");
    node.port().change(codec.decode("A 300us 7; B 700us 0-6", 8));
    controller.answer(Answer.Kind.SUPERSEDED, "s1");
    // a redelivery does not undo what the operator did
    controller.push("n1", TestController.desired("s1", 1, "A 500us 7; B 500us 0-6"), "again");
    Eventually.await("it is answered", () -> controller.correlations().contains("again"));
    assertEquals(2, node.port().changes().size());
  }

  @Test
  void shouldAnswerQuestionsWithoutChangingAnything() {
    String response = topics.response() + "/q";
    controller.publish(
        topics.request(), Request.get().toString(), Delivery.MESSAGE, response, "get");
    Eventually.await("what is in force", () -> controller.latest(response).isPresent());
    assertTrue(controller.latest(response).orElseThrow().has("schedule"));
    JsonObject desired =
        com.google.gson.JsonParser.parseString(TestController.desired("v", 1, "A 1ms 0-7"))
            .getAsJsonObject();
    controller.publish(
        topics.request(), Request.validate(desired).toString(), Delivery.MESSAGE, response, "v");
    controller.answer(Answer.Kind.VALID, "v");
    controller.publish(topics.request(), "{\"request\":3}", Delivery.MESSAGE, response, "x");
    controller.answer("refused", a -> a.kind() == Answer.Kind.REFUSED);
    assertEquals(List.of(), node.port().changes());
  }

  @Test
  void shouldIgnoreAndCountWhatIsNotForIt() {
    String response = topics.response() + "/q";
    controller.publish(
        topics.request(), Request.get().toString(), Delivery.STATE, response, "stale");
    Eventually.await("a retained question", () -> node.count("ignored_retained") == 1);
    controller.publish(
        topics.request(), Request.get().toString(), Delivery.MESSAGE, "somewhere/else", "x");
    Eventually.await(
        "a question that wants its answer elsewhere",
        () -> node.count("ignored_without_response_topic") == 1);
    controller.publish(topics.desired(), "", Delivery.STATE, response, "deleted");
    Eventually.await("a deleted message", () -> node.count("ignored_empty") == 1);
    assertEquals(List.of(), controller.answers());
  }

  @Test
  void shouldRefuseALongMessageWithItsLength() {
    controller.push("n1", " ".repeat(TestNode.PAYLOAD_LIMIT + 1));
    Answer refused = controller.answer("refused", a -> a.kind() == Answer.Kind.REFUSED);
    assertTrue(refused.problems().getFirst().message().contains("100001 octets"));
  }

  @Test
  void shouldEndABurstWithTheNewestValidOne() {
    int updates = 1_000;
    List<String> burst = new ArrayList<>();
    for (int i = 1; i <= updates; i++) {
      String schedule = i % 7 == 0 ? "A nonsense" : "A " + (100 + i) + "us 7; B 900us 0-6";
      burst.add(TestController.desired("s" + i, i, schedule));
      if (i % 3 == 0) {
        burst.add(burst.get(burst.size() / 2)); // an earlier one comes again
      }
    }
    for (int i = 0; i + 5 < burst.size(); i += 11) {
      java.util.Collections.swap(burst, i, i + 5);
    }
    for (String desired : burst) {
      controller.publish(
          topics.desired(), desired, Delivery.MESSAGE, topics.response() + "/burst", "b");
    }
    burst.forEach(
        desired ->
            controller.publish(
                topics.desired(), desired, Delivery.MESSAGE, topics.response() + "/replay", "r"));
    Eventually.await("all are taken", 60, () -> node.count("received") == 2L * burst.size());
    controller.answer(Answer.Kind.OPERATIONAL, "s1000");
    assertEquals(codec.decode("A 1100us 7; B 900us 0-6", 8), node.port().current().oper());
    int changes = node.port().changes().size();
    assertTrue(changes < updates, changes + " changes of the port");
    assertEquals(
        1, node.port().changes().stream().filter(node.port().current().oper()::equals).count());
    Eventually.await("nothing waits", () -> node.agent().session().waiting() == 0);
    assertEquals(0, node.agent().session().dropped());
  }

  @Test
  void shouldTakeUpARetainedMessageOnceOverManyReconnections() {
    controller.push("n1", TestController.desired("s1", 1, "A 500us 7; B 500us 0-6"));
    controller.answer(Answer.Kind.OPERATIONAL, "s1");
    for (int i = 1; i <= 3; i++) {
      long connections = i;
      broker.stop();
      broker.start();
      Eventually.await("it is back", () -> node.count("connected") > connections);
      Eventually.await("and hears the same", () -> node.count("duplicates") >= connections);
    }
    assertEquals(1, node.port().changes().size());
  }

  @Test
  void shouldKnowItsVersionsAfterARestart() {
    MemoryStore store = new MemoryStore();
    var session = TestNode.session("n2", broker.address(), Credentials.NONE, TlsFiles.NONE);
    String s5 = TestController.desired("s5", 5, "A 500us 7; B 500us 0-6");
    try (TestNode first = TestNode.start("n2", session, store)) {
      controller.push("n2", s5);
      controller.answer(Answer.Kind.OPERATIONAL, "s5");
      assertEquals(1, first.port().changes().size());
    }
    try (TestNode second = TestNode.start("n2", session, store).awaitConnected()) {
      Eventually.await("the retained one comes again", () -> second.count("duplicates") == 1);
      assertEquals(List.of(), second.port().changes());
      controller.push("n2", TestController.desired("s4", 4, "A 1ms 0-7"));
      controller.answer(Answer.Kind.REFUSED, "s4");
      controller.push("n2", TestController.desired("s6", 6, "A 1ms 0-7"));
      controller.answer(Answer.Kind.OPERATIONAL, "s6");
    }
  }

  @Test
  void shouldSayThatItIsOfflineWhenItGoesAndWhenItVanishes() {
    JsonObject online = Eventually.value("online", () -> controller.latest(topics.status()));
    assertEquals("online", online.get("state").getAsString());
    node.close();
    Eventually.await("it went", () -> statusIs("offline"));
    node = TestNode.start("n1", broker.address()).awaitConnected();
    Eventually.await("it is back", () -> statusIs("online"));
    // another client of the same name takes the session over: for the broker the node vanishes
    try (TestNode twin = TestNode.start("n1", broker.address())) {
      Eventually.await("it was thrown out", () -> node.count("connection_lost") > 0);
      assertFalse(twin.agent().session().broker().tls());
    }
  }

  private boolean statusIs(String state) {
    return controller
        .latest(topics.status())
        .filter(json -> json.get("state").getAsString().equals(state))
        .isPresent();
  }

  @Test
  void shouldAnswerWithinMilliseconds() {
    int rounds = 60;
    long[] tookNs = new long[rounds];
    for (int i = 0; i < rounds; i++) {
      long beginNs = System.nanoTime();
      String id = "p" + i;
      controller.push(
          "n1", TestController.desired(id, i + 1, "A " + (100 + i) + "us 7; B 800us 0-6"));
      controller.answer(Answer.Kind.ACCEPTED, id);
      tookNs[i] = System.nanoTime() - beginNs;
    }
    Arrays.sort(tookNs);
    System.out.printf(
        "FIG publish to accepted: p50 %.1f ms, p90 %.1f ms (%d schedules, mosquitto)%n",
        tookNs[rounds / 2] / 1e6, tookNs[rounds * 9 / 10] / 1e6, rounds);
    assertTrue(tookNs[rounds / 2] < 1_000_000_000L, "p50 is " + tookNs[rounds / 2] + " ns");
  }
}
