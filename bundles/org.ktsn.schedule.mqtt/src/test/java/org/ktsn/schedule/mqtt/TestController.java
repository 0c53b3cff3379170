package org.ktsn.schedule.mqtt;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;
import org.ktsn.mqtt.session.SessionListener;
import org.ktsn.mqtt.session.SessionSettings;

/** A controller: sends messages and remembers what comes back. */
public final class TestController implements SessionListener, AutoCloseable {
  private final Topics every = TestNode.topics(Topics.EVERY_NODE);
  private final List<Answer> answers = new CopyOnWriteArrayList<>();
  private final List<String> correlations = new CopyOnWriteArrayList<>();
  private final Map<String, JsonObject> latest = new ConcurrentHashMap<>();
  private final List<JsonObject> events = new CopyOnWriteArrayList<>();
  private final Session session;

  private final SessionCounters counters = new SessionCounters();

  private TestController(SessionSettings settings) {
    session = new Session(settings, this, counters);
    session.start();
  }

  public static TestController connect(String brokers) {
    return connect(
        TestNode.session(
            "controller",
            brokers,
            org.ktsn.mqtt.session.Credentials.NONE,
            org.ktsn.mqtt.session.TlsFiles.NONE));
  }

  public static TestController connect(SessionSettings settings) {
    TestController controller = new TestController(settings);
    Eventually.await("the controller is connected", controller.session::isConnected);
    return controller;
  }

  /** A message with a schedule in the short form. */
  public static String desired(String id, long version, String schedule) {
    JsonObject json = new JsonObject();
    json.addProperty("id", id);
    json.addProperty("version", version);
    json.addProperty("schedule", schedule);
    return json.toString();
  }

  /** Sends a desired message and asks for answers. */
  public void push(String node, String desired) {
    push(node, desired, "c-" + node);
  }

  public void push(String node, String desired, String correlation) {
    publish(
        TestNode.topics(node).desired(),
        desired,
        Delivery.STATE,
        TestNode.topics(node).response() + "/test",
        correlation);
  }

  /** Sends anything anywhere. */
  public void publish(
      String topic, String text, Delivery delivery, String responseTopic, String correlation) {
    session.publish(
        new Outbound(
            topic,
            text.getBytes(StandardCharsets.UTF_8),
            "application/json",
            delivery,
            Optional.of(responseTopic),
            Optional.of(correlation.getBytes(StandardCharsets.UTF_8))));
  }

  public void publish(Outbound message) {
    session.publish(message);
  }

  @Override
  public List<String> subscriptions() {
    return List.of(every.status(), every.reported(), every.event(), every.response() + "/#");
  }

  @Override
  public void connected(Broker broker) {
    // who connects waits for it
  }

  @Override
  public void disconnected(Broker broker, String reason, boolean wasConnected) {
    // the session comes back by itself
  }

  @Override
  public void arrived(Inbound message) {
    if (message.payload().length == 0) {
      return;
    }
    JsonObject json =
        JsonParser.parseString(new String(message.payload(), StandardCharsets.UTF_8))
            .getAsJsonObject();
    if (json.has("answer")) {
      answers.add(Answer.fromJson(json));
      correlations.add(
          message.correlation().map(tie -> new String(tie, StandardCharsets.UTF_8)).orElse(""));
    } else if (message.topic().endsWith("/event")) {
      events.add(json);
    }
    latest.put(message.topic(), json);
  }

  public List<Answer> answers() {
    return new ArrayList<>(answers);
  }

  public List<Answer> answers(Answer.Kind kind) {
    return answers.stream().filter(answer -> answer.kind() == kind).toList();
  }

  public int waiting() {
    return session.waiting();
  }

  public long refusedByBroker() {
    return counters.get("publish_refused");
  }

  public List<String> correlations() {
    return correlations;
  }

  public List<JsonObject> events() {
    return events;
  }

  public Optional<JsonObject> latest(String topic) {
    return Optional.ofNullable(latest.get(topic));
  }

  /** Waits for an answer. */
  public Answer answer(String what, Predicate<Answer> condition) {
    return Eventually.value(
        () -> what + " among " + answers, () -> answers.stream().filter(condition).findFirst());
  }

  public Answer answer(Answer.Kind kind, String id) {
    return answer(kind + " for " + id, answer -> answer.kind() == kind && answer.id().equals(id));
  }

  @Override
  public void close() {
    session.close();
  }
}
