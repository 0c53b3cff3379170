package org.ktsn.filter.psfp.mqtt;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ktsn.api.policing.Policing;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.policing.PolicingProblem;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.state.StateStore;
import org.ktsn.mqtt.node.AcceptedStore;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.Judge;
import org.ktsn.mqtt.node.NodePart;
import org.ktsn.mqtt.node.Outcome;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.node.ReplyTo;
import org.ktsn.mqtt.node.Worker;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.DocumentMessage;
import org.ktsn.mqtt.protocol.DocumentReader;
import org.ktsn.mqtt.protocol.Precedence;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;

/**
 * What a node does with desired messages about policing. Each that comes is judged at once; the
 * newest good one is in force soon, on the worker, and one that waited for that gives way to it.
 * Any thread.
 */
final class PolicingPart implements NodePart, AutoCloseable {
  /** The last level of the topics, and the member of a message that holds the document. */
  static final String NAME = "policing";

  static final String DOCUMENT = "mqtt-policing.json";

  private final Policing policing;
  private final PartLink link;
  private final AnswerWriter answers;
  private final Judge<DocumentMessage> judge;
  private final AcceptedStore<DocumentMessage> store;
  private final PolicingReport report;
  private final Worker worker = new Worker("ktsn-mqtt-policing");
  private final AtomicBoolean reportSoon = new AtomicBoolean();

  private Optional<Waiting> waiting = Optional.empty();
  private Optional<Accepted> latest = Optional.empty();

  private record Waiting(DocumentMessage message, ReplyTo replyTo) {}

  /** What was accepted last, and what has become of it. */
  record Accepted(
      DocumentMessage message, ReplyTo replyTo, Answer.Kind state, OptionalLong sinceNs) {
    Outcome outcome() {
      return new Outcome(message, replyTo, state, sinceNs);
    }

    Accepted with(ReplyTo other) {
      return new Accepted(message, other, state, sinceNs);
    }

    /** Compares with what is in force. */
    Accepted seen(String asked) {
      if (asked.equals(message.document())) {
        return new Accepted(message, replyTo, Answer.Kind.OPERATIONAL, sinceNs);
      }
      return new Accepted(message, replyTo, Answer.Kind.SUPERSEDED, OptionalLong.empty());
    }
  }

  /** Makes one; {@link #start} begins. */
  PolicingPart(Policing policing, PartLink link, StateStore states) {
    this.policing = policing;
    this.link = link;
    answers = link.answers();
    DocumentReader reader = new DocumentReader(NAME, this::problems);
    judge = link.judge(reader::read);
    store =
        new AcceptedStore<>(
            states,
            DOCUMENT,
            answers.topics().address(),
            message -> message.encode(NAME),
            reader::read);
    report = new PolicingReport(policing, answers, link.payloadLimitOctets());
  }

  private List<ScheduleProblem> problems(String document) {
    try {
      policing.check(document);
      return List.of();
    } catch (PolicingException e) {
      return problems(e, "");
    }
  }

  private static List<ScheduleProblem> problems(PolicingException refusal, String place) {
    return refusal.problems().stream().map(problem -> problem(problem, place)).toList();
  }

  private static ScheduleProblem problem(PolicingProblem problem, String place) {
    return new ScheduleProblem(place + problem.pointer(), problem.message());
  }

  /**
   * Takes up what was accepted before a restart, and then messages. What was in force has been
   * restored by whoever polices.
   */
  void start() {
    synchronized (this) {
      latest =
          store
              .read()
              .map(
                  message ->
                      new Accepted(
                              message, ReplyTo.NOBODY, Answer.Kind.SUPERSEDED, OptionalLong.empty())
                          .seen(policing.asked()));
    }
    link.join(this);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void connected() {
    reportSoon();
  }

  @Override
  public void arrived(Inbound message) {
    if (message.payload().length == 0) {
      answers.count("ignored_empty"); // a retained message was deleted
      return;
    }
    ReplyTo replyTo = ReplyTo.of(message, answers.topics());
    Reading<DocumentMessage> result = judge.judge(message.payload());
    if (result.message().isEmpty()) {
      refuse(replyTo, result.id(), result.version(), result.problems());
    } else {
      take(result.message().get(), replyTo);
    }
  }

  private synchronized void take(DocumentMessage message, ReplyTo replyTo) {
    Optional<DocumentMessage> newest =
        waiting.map(Waiting::message).or(() -> latest.map(Accepted::message));
    switch (Precedence.of(newest, message, PolicingPart::sameDocument)) {
      case Precedence.Newer() -> {
        waiting.ifPresent(former -> giveUp(former, message));
        if (waiting.isEmpty()) {
          worker.soon(this::apply);
        }
        waiting = Optional.of(new Waiting(message, replyTo));
      }
      case Precedence.Again() -> takeAgain(replyTo);
      case Precedence.Refused(ScheduleProblem problem) ->
          refuse(replyTo, message.id(), message.version(), List.of(problem));
    }
  }

  private static boolean sameDocument(DocumentMessage one, DocumentMessage other) {
    return one.document().equals(other.document());
  }

  private void takeAgain(ReplyTo replyTo) {
    answers.count("duplicates");
    if (waiting.isPresent()) {
      waiting = waiting.map(held -> new Waiting(held.message(), replyTo));
    } else {
      latest = latest.map(held -> replyTo.topic().isPresent() ? held.with(replyTo) : held);
      latest.ifPresent(held -> answers.repeat(held.with(replyTo).outcome()));
    }
  }

  private void giveUp(Waiting former, DocumentMessage by) {
    answers.answer(
        new Outcome(
            former.message(), former.replyTo(), Answer.Kind.SUPERSEDED, OptionalLong.empty()),
        Optional.of(by.id()));
  }

  private void refuse(ReplyTo replyTo, String id, long version, List<ScheduleProblem> problems) {
    answers.refuse(replyTo, id, version, problems);
    reportSoon();
  }

  private synchronized void apply() {
    Waiting next = waiting.orElseThrow();
    waiting = Optional.empty();
    DocumentMessage message = next.message();
    try {
      policing.ask(message.document(), "");
    } catch (PolicingException e) {
      refuse(next.replyTo(), message.id(), message.version(), problems(e, "/" + NAME));
      return;
    } catch (RuntimeException e) {
      refuse(
          next.replyTo(),
          message.id(),
          message.version(),
          List.of(new ScheduleProblem("", "can't be brought about: " + e.getMessage())));
      return;
    }
    if (!store.write(message)) {
      answers.count("not_kept");
    }
    Accepted accepted =
        new Accepted(
            message, next.replyTo(), Answer.Kind.OPERATIONAL, OptionalLong.of(answers.nowNs()));
    latest = Optional.of(accepted);
    answers.answer(accepted.outcome(), Optional.empty());
    reportSoon();
  }

  /** Someone may have changed what is policed: look soon, on the worker. Never blocks. */
  void lookSoon() {
    worker.soon(this::look);
  }

  private synchronized void look() {
    Optional<Accepted> before = latest;
    latest = before.map(held -> held.seen(policing.asked()));
    if (before.isPresent() && before.get().state() != latest.get().state()) {
      answers.answer(latest.get().outcome(), Optional.empty());
    }
    reportSoon();
  }

  private synchronized Optional<Accepted> latest() {
    return latest;
  }

  /** At most one report waits to be written. */
  private void reportSoon() {
    if (reportSoon.compareAndSet(false, true)) {
      worker.soon(
          () -> {
            reportSoon.set(false);
            answers.send(Outbound.json(answers.topics().reported(NAME), report(), Delivery.STATE));
          });
    }
  }

  @Override
  public JsonObject report() {
    return report.of(latest());
  }

  @Override
  public JsonObject judge(String desired) {
    return answers.judged(judge.judgeContent(desired));
  }

  @Override
  public void close() {
    link.close();
    worker.close();
  }
}
