package org.ktsn.schedule.mqtt.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.mqtt.node.NeighbourListener;
import org.ktsn.mqtt.node.NodePart;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.protocol.Request;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.schedule.mqtt.TestNode;

/** A part of the node other than the schedule, on the node's link. */
class JoinedPartsTest {
  private final List<String> told = new ArrayList<>();
  private final Topics topics = TestNode.topics("n1");
  private final TestNode node = TestNode.unconnected("n1");
  private final PartLink link = node.agent().link().link("doors").orElseThrow();

  /** Writes down what it is told. */
  private final class Doors implements NodePart {
    @Override
    public String name() {
      return "doors";
    }

    @Override
    public void connected() {
      told.add("connected");
    }

    @Override
    public void arrived(Inbound message) {
      told.add("arrived " + new String(message.payload(), StandardCharsets.UTF_8));
    }

    @Override
    public JsonObject report() {
      told.add("report");
      return new JsonObject();
    }

    @Override
    public JsonObject judge(String desired) {
      told.add("judge " + desired);
      return new JsonObject();
    }
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void arrive(String topic, String text, boolean retained, String response) {
    node.agent()
        .arrived(
            new Inbound(
                topic,
                text.getBytes(StandardCharsets.UTF_8),
                retained,
                Optional.of(response),
                Optional.empty()));
  }

  private void arrive(String topic, String text) {
    arrive(topic, text, false, topics.response());
  }

  @Test
  void shouldGetItsOwnMessagesAndQuestionsAndNoOthers() {
    link.join(new Doors());
    arrive(topics.desired("doors"), "open");
    arrive(topics.desired(), "{}");
    arrive(topics.desired("windows"), "open");
    arrive(topics.of("n2").desired("doors"), "open");
    arrive(topics.request("doors"), Request.get().toString());
    arrive(topics.request("doors"), "{\"request\":\"validate\",\"desired\":{\"a\":1}}");
    arrive(topics.request(), Request.get().toString());
    assertEquals(List.of("arrived open", "report", "judge {\"a\":1}"), told);
    assertEquals(2, node.count("ignored_topic"));
    assertEquals(1, node.count("refused"));
  }

  @Test
  void shouldNotHearOfQuestionsThatTheNodeIgnores() {
    link.join(new Doors());
    String get = Request.get().toString();
    arrive(topics.request("doors"), get, true, topics.response());
    arrive(topics.request("doors"), get, false, "somewhere/else");
    arrive(topics.request("doors"), " ".repeat(TestNode.PAYLOAD_LIMIT + 1));
    arrive(topics.request("doors"), "{\"request\":\"open\"}");
    assertEquals(List.of(), told);
    assertEquals(1, node.count("ignored_retained"));
    assertEquals(1, node.count("ignored_without_response_topic"));
    assertEquals(1, node.count("ignored_too_long"));
    assertEquals(1, node.agent().session().waiting()); // what was not understood is answered
  }

  @Test
  void shouldHearNothingBeforeItJoinsAndAfterItHasLeft() {
    arrive(topics.desired("doors"), "early");
    link.join(new Doors());
    link.close();
    arrive(topics.desired("doors"), "late");
    assertEquals(List.of(), told);
    assertEquals(2, node.count("ignored_topic"));
  }

  @Test
  void shouldBeToldOfEachConnectionLikeTheSchedule() {
    link.join(new Doors());
    node.agent().connected(node.agent().session().broker());
    assertEquals(List.of("connected"), told);
  }

  /** Writes down what it hears of all nodes. */
  private final class Ears implements NeighbourListener {
    @Override
    public void connected() {
      told.add("connected");
    }

    @Override
    public void disconnected() {
      told.add("disconnected");
    }

    @Override
    public void heard(String name, Inbound message) {
      told.add("heard " + name + " " + message.topic());
    }
  }

  private void arrives(String topic) {
    node.agent().arrived(new Inbound(topic, new byte[1], true, Optional.empty(), Optional.empty()));
  }

  @Test
  void shouldHearWhatAllNodesSayUntilItIsClosed() {
    Topics every = topics.of(Topics.EVERY_NODE);
    link.hear(List.of(every.overlay(), every.status()), new Ears());
    Broker broker = Broker.parse("mqtt://broker.example");
    node.agent().connected(broker);
    arrives(topics.of("n2").overlay());
    arrives(topics.overlay());
    arrives(topics.of("n2").status());
    node.agent().disconnected(broker, "it went", true);
    List<String> heard =
        List.of(
            "connected",
            "heard n2 " + topics.of("n2").overlay(),
            "heard n1 " + topics.overlay(),
            "heard n2 " + topics.of("n2").status(),
            "disconnected");
    assertEquals(heard, told);
    for (String other :
        List.of(
            topics.of("n2").event(),
            topics.of("n2").overlay() + "/x",
            topics.overlay().replace("/n1/", "/n 1/"),
            topics.overlay().replace("/n1/", "//"),
            "x",
            "")) {
      arrives(other);
    }
    link.close();
    arrives(topics.of("n2").overlay());
    assertEquals(heard, told);
    assertEquals(7, node.agent().counters().get("ignored_topic"));
  }
}
