package org.ktsn.filter.psfp.mqtt;

import static org.junit.jupiter.api.Assertions.fail;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.Judge;
import org.ktsn.mqtt.node.NeighbourListener;
import org.ktsn.mqtt.node.NodePart;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.protocol.Desired;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.SessionCounters;

/** A link without a broker: what is sent waits to be looked at. */
final class FakeLink implements PartLink {
  static final int LIMIT = 20_000;
  static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX, "lab", "n1");

  private static final long LIMIT_S = 20;

  final SessionCounters counters = new SessionCounters();
  private final BlockingQueue<Outbound> sent = new LinkedBlockingQueue<>();
  private final List<Outbound> seen = new ArrayList<>();
  private final AnswerWriter answers =
      new AnswerWriter(PolicingPart.NAME, TOPICS, () -> 5_000_000_000L, counters, sent::add);
  private final List<PublicKey> signers;
  private Optional<NodePart> joined = Optional.empty();

  FakeLink(List<PublicKey> signers) {
    this.signers = List.copyOf(signers);
  }

  @Override
  public AnswerWriter answers() {
    return answers;
  }

  @Override
  public <M extends Desired> Judge<M> judge(Function<String, Reading<M>> reader) {
    return new Judge<>(TOPICS.address(), LIMIT, signers, reader);
  }

  @Override
  public int payloadLimitOctets() {
    return LIMIT;
  }

  @Override
  public void join(NodePart part) {
    joined = Optional.of(part);
  }

  @Override
  public void hear(List<String> topics, NeighbourListener listener) {
    throw new AssertionError("policing is no matter of other nodes");
  }

  @Override
  public void close() {
    joined = Optional.empty();
  }

  boolean isJoined() {
    return joined.isPresent();
  }

  NodePart part() {
    return joined.orElseThrow();
  }

  /** A desired message comes. */
  void arrive(String message) {
    arrive(message.getBytes(StandardCharsets.UTF_8));
  }

  void arrive(byte[] payload) {
    part()
        .arrived(
            new Inbound(
                TOPICS.desired(PolicingPart.NAME),
                payload,
                true,
                Optional.of(TOPICS.response() + "/test"),
                Optional.of(new byte[] {7})));
  }

  /** Waits for an answer to the message of this id. */
  JsonObject answer(String kind, String id) {
    return await(
        kind + " for " + id,
        TOPICS.response() + "/test",
        json ->
            json.get("answer").getAsString().equals(kind)
                && (json.has("id") ? json.get("id").getAsString() : "").equals(id));
  }

  /** Waits for a report. */
  JsonObject reported(Predicate<JsonObject> condition) {
    return await("a report", TOPICS.reported(PolicingPart.NAME), condition);
  }

  JsonObject event(String name) {
    return await(
        "the event " + name, TOPICS.event(), json -> json.get("event").getAsString().equals(name));
  }

  private JsonObject await(String what, String topic, Predicate<JsonObject> condition) {
    for (Outbound message : seen) {
      if (fits(message, topic, condition)) {
        return json(message);
      }
    }
    while (true) {
      Optional<Outbound> next = next();
      if (next.isEmpty()) {
        return fail(what + " is not among " + seen.stream().map(FakeLink::json).toList());
      }
      seen.add(next.get());
      if (fits(next.get(), topic, condition)) {
        return json(next.get());
      }
    }
  }

  private Optional<Outbound> next() {
    try {
      return Optional.ofNullable(sent.poll(LIMIT_S, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean fits(Outbound message, String topic, Predicate<JsonObject> condition) {
    return message.topic().equals(topic) && condition.test(json(message));
  }

  /** Forgets what was sent so far. */
  void forget() {
    sent.clear();
    seen.clear();
  }

  private static JsonObject json(Outbound message) {
    return JsonParser.parseString(new String(message.payload(), StandardCharsets.UTF_8))
        .getAsJsonObject();
  }
}
