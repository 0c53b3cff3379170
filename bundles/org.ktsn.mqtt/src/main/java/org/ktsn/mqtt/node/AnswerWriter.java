package org.ktsn.mqtt.node;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.time.TaiClock;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.PtpTime;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.SessionCounters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes answers and events: to who asked, to the event topic, to the log. Any thread. */
public final class AnswerWriter {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerWriter.class);
  private static final long LOG_EVERY_NS = 1_000_000_000L;

  private final String part;
  private final Topics topics;
  private final TaiClock clock;
  private final SessionCounters counters;
  private final Consumer<Outbound> out;
  private volatile Optional<Answer> last = Optional.empty();
  private long refusalLoggedNs = System.nanoTime() - LOG_EVERY_NS;

  /**
   * Makes one.
   *
   * @param part the part of the node that answers, empty for the schedule
   * @param out sends a message; must not block
   */
  public AnswerWriter(
      String part,
      Topics topics,
      TaiClock clock,
      SessionCounters counters,
      Consumer<Outbound> out) {
    this.part = part;
    this.topics = topics;
    this.clock = clock;
    this.counters = counters;
    this.out = out;
  }

  /** Returns the node's topics. */
  public Topics topics() {
    return topics;
  }

  /** Returns the present instant in TAI nanoseconds. */
  public long nowNs() {
    return clock.nowNs();
  }

  /** Counts something that happened to a message of this part. */
  public void count(String name) {
    counters.count(part.isEmpty() ? name : part + "_" + name);
  }

  /** Sends a message. */
  public void send(Outbound message) {
    out.accept(message);
  }

  /** The last answer to a desired message, whoever got it. */
  public Optional<Answer> last() {
    return last;
  }

  /** Refuses a message. */
  public void refuse(ReplyTo replyTo, String id, long version, List<ScheduleProblem> problems) {
    count("refused");
    Answer answer =
        new Answer(
            Answer.Kind.REFUSED,
            topics.node(),
            id,
            version,
            nowNs(),
            OptionalLong.empty(),
            problems,
            Optional.empty());
    logRefusal(answer);
    tell(replyTo, answer);
  }

  /** Tells what has become of a message that was accepted once. */
  public void answer(Outcome latest, Optional<String> by) {
    count(latest.state().word());
    Answer answer = answerOf(latest, by);
    LOG.info(
        "event={}-{} id={} version={} config-change-time-ns={}",
        subject(),
        latest.state().word(),
        answer.id(),
        answer.version(),
        latest.configChangeTimeNs().orElse(0));
    tell(latest.replyTo(), answer);
  }

  /** Says again what has been said, to who asked again only. */
  public void repeat(Outcome latest) {
    deliver(latest.replyTo(), json(answerOf(latest, Optional.empty())));
  }

  private Answer answerOf(Outcome latest, Optional<String> by) {
    return new Answer(
        latest.state(),
        topics.node(),
        latest.message().id(),
        latest.message().version(),
        nowNs(),
        latest.configChangeTimeNs(),
        List.of(),
        by);
  }

  private void tell(ReplyTo replyTo, Answer answer) {
    last = Optional.of(answer);
    deliver(replyTo, json(answer));
    JsonObject event = json(answer);
    event.remove("answer");
    event.remove("time");
    event.remove("node");
    event(answer.kind().word(), event);
  }

  /** Answers who asked, if it said where. */
  public void deliver(ReplyTo replyTo, JsonObject json) {
    replyTo
        .topic()
        .ifPresent(
            topic ->
                send(
                    Outbound.json(topic, json, Delivery.MESSAGE).answering(replyTo.correlation())));
  }

  /** Publishes an event. */
  public void event(String name, JsonObject details) {
    JsonObject json = new JsonObject();
    json.addProperty("event", name);
    json.addProperty("node", topics.node());
    json.add("time", PtpTime.write(nowNs()));
    details.entrySet().forEach(entry -> json.add(entry.getKey(), entry.getValue()));
    send(Outbound.json(topics.event(), json, Delivery.MESSAGE));
  }

  /** Returns the answer to the question whether a message would be accepted. */
  public JsonObject judged(Reading<?> message) {
    return json(
        new Answer(
            message.message().isPresent() ? Answer.Kind.VALID : Answer.Kind.REFUSED,
            topics.node(),
            message.id(),
            message.version(),
            nowNs(),
            OptionalLong.empty(),
            message.problems(),
            Optional.empty()));
  }

  /** Returns an answer as it is sent: of a part other than the schedule, it says so. */
  public JsonObject json(Answer answer) {
    JsonObject json = answer.toJson();
    if (!part.isEmpty()) {
      json.addProperty("part", part);
    }
    return json;
  }

  private String subject() {
    return part.isEmpty() ? "schedule" : part;
  }

  /** A stranger can cause refusals without end; the log gets one a second. */
  private synchronized void logRefusal(Answer answer) {
    long now = System.nanoTime();
    if (now - refusalLoggedNs < LOG_EVERY_NS) {
      return;
    }
    refusalLoggedNs = now;
    LOG.warn(
        "event={}-refused id={} version={} problems={} first=\"{}\"",
        subject(),
        answer.id(),
        answer.version(),
        answer.problems().size(),
        answer.problems().getFirst().toString().replace('"', '\''));
  }
}
