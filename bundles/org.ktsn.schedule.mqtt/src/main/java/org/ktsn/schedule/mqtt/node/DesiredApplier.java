package org.ktsn.schedule.mqtt.node;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.mqtt.node.AcceptedStore;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.Judge;
import org.ktsn.mqtt.node.Outcome;
import org.ktsn.mqtt.node.ReplyTo;
import org.ktsn.mqtt.node.Worker;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.PortSettings;
import org.ktsn.mqtt.protocol.Precedence;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.session.Inbound;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does with desired messages. One can wait and one was accepted last; each that comes
 * is judged at once, and a newer one takes the place of the one that waits. So a burst costs the
 * port a bounded number of changes, and the last valid one remains. Any thread.
 */
final class DesiredApplier {
  private static final Logger LOG = LoggerFactory.getLogger(DesiredApplier.class);

  /** The clock may be set while we wait for an instant: look again after this time. */
  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(10);

  private final PortSchedule port;
  private final SettingsSink settings;
  private final Judge<DesiredMessage> judge;
  private final AcceptedStore<DesiredMessage> store;
  private final AnswerWriter answers;
  private final Worker worker;
  private final long minIntervalNs;
  private final Runnable changed;

  private Optional<Waiting> waiting = Optional.empty();
  private Optional<AcceptedMessage> latest = Optional.empty();
  private boolean applySoon;
  private long appliedNs;

  private record Waiting(DesiredMessage message, ReplyTo replyTo) {}

  /**
   * Makes one.
   *
   * @param minIntervalNs between two changes of the port
   * @param changed called after each change of what is to be reported; must not block
   */
  DesiredApplier(
      PortSchedule port,
      SettingsSink settings,
      Judge<DesiredMessage> judge,
      AcceptedStore<DesiredMessage> store,
      AnswerWriter answers,
      Worker worker,
      long minIntervalNs,
      Runnable changed) {
    this.port = port;
    this.settings = settings;
    this.judge = judge;
    this.store = store;
    this.answers = answers;
    this.worker = worker;
    this.minIntervalNs = minIntervalNs;
    this.changed = changed;
    appliedNs = System.nanoTime() - minIntervalNs;
  }

  /** Takes up what was in force before a restart; the schedule itself has been restored already. */
  synchronized void restore() {
    store
        .read()
        .ifPresent(
            message -> {
              restore(message.settings());
              latest =
                  Optional.of(
                      new AcceptedMessage(
                          message, ReplyTo.NOBODY, Answer.Kind.SUPERSEDED, OptionalLong.empty()));
              look();
            });
  }

  private void restore(PortSettings former) {
    try {
      settings.apply(former);
    } catch (UncheckedIOException e) {
      LOG.error("event=settings-not-restored reason=\"{}\"", e.getMessage());
    }
  }

  synchronized Optional<AcceptedMessage> latest() {
    return latest;
  }

  /** Takes a message; what it asks for happens soon, on the worker. */
  void arrived(Inbound message) {
    if (message.payload().length == 0) {
      answers.count("ignored_empty"); // a retained message was deleted
      return;
    }
    ReplyTo replyTo = ReplyTo.of(message, answers.topics());
    Reading<DesiredMessage> result = judge.judge(message.payload());
    if (result.message().isEmpty()) {
      answers.refuse(replyTo, result.id(), result.version(), result.problems());
      changed.run();
    } else {
      take(result.message().get(), replyTo);
    }
  }

  private synchronized void take(DesiredMessage message, ReplyTo replyTo) {
    Optional<DesiredMessage> newest =
        waiting.map(Waiting::message).or(() -> latest.map(AcceptedMessage::message));
    switch (Precedence.of(newest, message, DesiredMessage::sameContent)) {
      case Precedence.Newer() -> {
        waiting.ifPresent(former -> giveUp(former, message));
        waiting = Optional.of(new Waiting(message, replyTo));
        applySoon();
      }
      case Precedence.Again() -> takeAgain(newest.orElseThrow(), replyTo);
      case Precedence.Refused(ScheduleProblem problem) -> refuse(replyTo, message, problem);
    }
  }

  private void takeAgain(DesiredMessage known, ReplyTo replyTo) {
    answers.count("duplicates");
    if (waiting.isPresent()) {
      waiting = Optional.of(new Waiting(known, replyTo));
    } else {
      latest = latest.map(held -> replyTo.topic().isPresent() ? held.with(replyTo) : held);
      latest.ifPresent(held -> answers.repeat(held.with(replyTo).outcome()));
    }
  }

  private void giveUp(Waiting former, DesiredMessage message) {
    answers.answer(
        new Outcome(
            former.message(), former.replyTo(), Answer.Kind.SUPERSEDED, OptionalLong.empty()),
        Optional.of(message.id()));
  }

  private void refuse(ReplyTo replyTo, DesiredMessage message, ScheduleProblem problem) {
    answers.refuse(replyTo, message.id(), message.version(), List.of(problem));
    changed.run();
  }

  private void applySoon() {
    if (!applySoon) {
      applySoon = true;
      long delayNs = Math.max(0, appliedNs + minIntervalNs - System.nanoTime());
      worker.later(this::apply, delayNs);
    }
  }

  private synchronized void apply() {
    applySoon = false;
    appliedNs = System.nanoTime();
    if (waiting.isEmpty()) {
      return;
    }
    Waiting next = waiting.get();
    waiting = Optional.empty();
    Optional<AcceptedMessage> former = latest;
    GateSchedule schedule;
    try {
      schedule = change(next.message());
    } catch (ScheduleException e) {
      answers.refuse(
          next.replyTo(),
          next.message().id(),
          next.message().version(),
          e.problems().stream()
              .map(p -> new ScheduleProblem("/schedule" + p.pointer(), p.message()))
              .toList());
      changed.run();
      return;
    } catch (RuntimeException e) {
      refuse(
          next.replyTo(),
          next.message(),
          new ScheduleProblem("", "can't be brought about: " + e.getMessage()));
      return;
    }
    if (!store.write(next.message())) {
      answers.count("not_kept");
    }
    former
        .filter(held -> held.state() == Answer.Kind.ACCEPTED)
        .ifPresent(held -> giveUp(new Waiting(held.message(), held.replyTo()), next.message()));
    AcceptedMessage accepted =
        new AcceptedMessage(
            next.message(),
            next.replyTo(),
            Answer.Kind.ACCEPTED,
            OptionalLong.of(
                schedule
                    .pending()
                    .map(GateSchedule.Pending::configChangeTimeNs)
                    .orElse(schedule.operSinceNs())));
    latest = Optional.of(accepted);
    answers.answer(accepted.outcome(), Optional.empty());
    look();
  }

  /** The settings come first: they can fail for reasons outside of the message. */
  private GateSchedule change(DesiredMessage message) {
    settings.apply(message.settings());
    GateSchedule now = port.current();
    if (AcceptedMessage.isAskedFor(message.schedule(), now)) {
      return now;
    }
    try {
      return port.change(message.schedule());
    } catch (RuntimeException e) {
      settings.apply(latest.map(held -> held.message().settings()).orElse(PortSettings.NONE));
      throw e;
    }
  }

  /** Someone may have changed the schedule: look soon, on the worker. */
  void lookSoon() {
    worker.soon(this::look);
  }

  /**
   * Compares the message accepted last with what the port says, and tells what has become of it.
   */
  private synchronized void look() {
    GateSchedule now = port.current();
    Optional<AcceptedMessage> before = latest;
    latest = before.map(held -> held.seen(now));
    if (before.isPresent() && before.get().state() != latest.get().state()) {
      answers.answer(latest.get().outcome(), Optional.empty());
    }
    now.pending().ifPresent(pending -> worker.onlyLater(this::look, untilNs(pending)));
    changed.run();
  }

  private long untilNs(GateSchedule.Pending pending) {
    return Math.clamp(pending.configChangeTimeNs() - answers.nowNs(), 0, LOOK_NS);
  }
}
