package org.ktsn.schedule.mqtt.node;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.time.TaiClock;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.PtpTime;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.SessionCounters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes answers and events: to who asked, to the event topic, to the log. Any thread. */
final class AnswerWriter {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerWriter.class);
  private static final long LOG_EVERY_NS = 1_000_000_000L;

  private final Topics topics;
  private final TaiClock clock;
  private final SessionCounters counters;
  private final Consumer<Outbound> out;
  private volatile Optional<Answer> last = Optional.empty();
  private long refusalLoggedNs = System.nanoTime() - LOG_EVERY_NS;

  AnswerWriter(Topics topics, TaiClock clock, SessionCounters counters, Consumer<Outbound> out) {
    this.topics = topics;
    this.clock = clock;
    this.counters = counters;
    this.out = out;
  }

  Topics topics() {
    return topics;
  }

  long nowNs() {
    return clock.nowNs();
  }

  SessionCounters counters() {
    return counters;
  }

  void send(Outbound message) {
    out.accept(message);
  }

  /** The last answer to a desired message, whoever got it. */
  Optional<Answer> last() {
    return last;
  }

  void refuse(ReplyTo replyTo, String id, long version, List<ScheduleProblem> problems) {
    counters.count("refused");
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
  void answer(AcceptedMessage latest, Optional<String> by) {
    counters.count(latest.state().word());
    Answer answer = answerOf(latest, by);
    LOG.info(
        "event=schedule-{} id={} version={} config-change-time-ns={}",
        latest.state().word(),
        answer.id(),
        answer.version(),
        latest.configChangeTimeNs().orElse(0));
    tell(latest.replyTo(), answer);
  }

  /** Says again what has been said, to who asked again only. */
  void repeat(AcceptedMessage latest) {
    deliver(latest.replyTo(), answerOf(latest, Optional.empty()).toJson());
  }

  private Answer answerOf(AcceptedMessage latest, Optional<String> by) {
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
    deliver(replyTo, answer.toJson());
    JsonObject event = answer.toJson();
    event.remove("answer");
    event.remove("time");
    event.remove("node");
    event(answer.kind().word(), event);
  }

  /** Answers who asked, if it said where. */
  void deliver(ReplyTo replyTo, JsonObject json) {
    replyTo
        .topic()
        .ifPresent(
            topic ->
                send(
                    Outbound.json(topic, json, Delivery.MESSAGE).answering(replyTo.correlation())));
  }

  /** Publishes an event. */
  void event(String name, JsonObject details) {
    JsonObject json = new JsonObject();
    json.addProperty("event", name);
    json.addProperty("node", topics.node());
    json.add("time", PtpTime.write(nowNs()));
    details.entrySet().forEach(entry -> json.add(entry.getKey(), entry.getValue()));
    send(Outbound.json(topics.event(), json, Delivery.MESSAGE));
  }

  /** A stranger can cause refusals without end; the log gets one a second. */
  private synchronized void logRefusal(Answer answer) {
    long now = System.nanoTime();
    if (now - refusalLoggedNs < LOG_EVERY_NS) {
      return;
    }
    refusalLoggedNs = now;
    LOG.warn(
        "event=schedule-refused id={} version={} problems={} first=\"{}\"",
        answer.id(),
        answer.version(),
        answer.problems().size(),
        answer.problems().getFirst().toString().replace('"', '\''));
  }
}
