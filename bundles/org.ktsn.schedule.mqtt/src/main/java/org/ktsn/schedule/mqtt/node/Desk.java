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
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.PortSettings;
import org.ktsn.mqtt.session.Inbound;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does with desired messages. One can wait and one stands; each that comes is judged at
 * once, and a newer one takes the place of the one that waits. So a burst costs the port a bounded
 * number of changes, and the last valid one remains. Any thread.
 */
final class Desk {
  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);

  /** The clock may be set while we wait for an instant: look again after this time. */
  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(10);

  private final PortSchedule port;
  private final SettingsSink settings;
  private final Judge judge;
  private final Kept kept;
  private final Mail mail;
  private final Worker worker;
  private final long minIntervalNs;
  private final Runnable changed;

  private Optional<Waiting> waiting = Optional.empty();
  private Optional<Standing> standing = Optional.empty();
  private boolean applySoon;
  private long appliedNs;

  private record Waiting(DesiredMessage message, Asker asker) {}

  /**
   * Makes one.
   *
   * @param minIntervalNs between two changes of the port
   * @param changed called after each change of what is to be reported; must not block
   */
  Desk(
      PortSchedule port,
      SettingsSink settings,
      Judge judge,
      Kept kept,
      Mail mail,
      Worker worker,
      long minIntervalNs,
      Runnable changed) {
    this.port = port;
    this.settings = settings;
    this.judge = judge;
    this.kept = kept;
    this.mail = mail;
    this.worker = worker;
    this.minIntervalNs = minIntervalNs;
    this.changed = changed;
    appliedNs = System.nanoTime() - minIntervalNs;
  }

  /** Takes up what was in force before a restart; the schedule itself has been restored already. */
  synchronized void restore() {
    kept.read(port.trafficClasses())
        .ifPresent(
            message -> {
              restore(message.settings());
              standing =
                  Optional.of(
                      new Standing(
                          message, Asker.NOBODY, Answer.Kind.SUPERSEDED, OptionalLong.empty()));
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

  synchronized Optional<Standing> standing() {
    return standing;
  }

  /** Takes a message; what it asks for happens soon, on the worker. */
  void arrived(Inbound message) {
    if (message.payload().length == 0) {
      mail.counters().count("ignored_empty"); // a retained message was deleted
      return;
    }
    Asker asker = Asker.of(message, mail.topics());
    DesiredReader.Result result = judge.judge(message.payload());
    if (result.message().isEmpty()) {
      mail.refuse(asker, result.id(), result.version(), result.problems());
      changed.run();
    } else {
      take(result.message().get(), asker);
    }
  }

  private synchronized void take(DesiredMessage message, Asker asker) {
    Optional<DesiredMessage> newest =
        waiting.map(Waiting::message).or(() -> standing.map(Standing::message));
    if (newest.isPresent() && newest.get().id().equals(message.id())) {
      takeAgain(newest.get(), message, asker);
    } else if (newest.isPresent() && newest.get().version() >= message.version()) {
      refuse(
          asker,
          message,
          "/version",
          "is "
              + message.version()
              + "; the node has version "
              + newest.get().version()
              + " (id "
              + newest.get().id()
              + "): give a higher one");
    } else {
      waiting.ifPresent(former -> giveUp(former, message));
      waiting = Optional.of(new Waiting(message, asker));
      applySoon();
    }
  }

  /** The same id is the same message, so it is no change; it must say the same as well. */
  private void takeAgain(DesiredMessage known, DesiredMessage message, Asker asker) {
    if (!known.sameContent(message)) {
      refuse(
          asker,
          message,
          "/id",
          "is that of another message (version " + known.version() + "); give each its own id");
      return;
    }
    mail.counters().count("duplicates");
    if (waiting.isPresent()) {
      waiting = Optional.of(new Waiting(known, asker));
    } else {
      standing = standing.map(held -> asker.topic().isPresent() ? held.with(asker) : held);
      standing.ifPresent(held -> mail.repeat(held.with(asker)));
    }
  }

  private void giveUp(Waiting former, DesiredMessage message) {
    mail.answer(
        new Standing(
            former.message(), former.asker(), Answer.Kind.SUPERSEDED, OptionalLong.empty()),
        Optional.of(message.id()));
  }

  private void refuse(Asker asker, DesiredMessage message, String pointer, String problem) {
    mail.refuse(
        asker, message.id(), message.version(), List.of(new ScheduleProblem(pointer, problem)));
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
    Optional<Standing> former = standing;
    GateSchedule schedule;
    try {
      schedule = change(next.message());
    } catch (ScheduleException e) {
      mail.refuse(
          next.asker(),
          next.message().id(),
          next.message().version(),
          e.problems().stream()
              .map(p -> new ScheduleProblem("/schedule" + p.pointer(), p.message()))
              .toList());
      changed.run();
      return;
    } catch (RuntimeException e) {
      refuse(next.asker(), next.message(), "", "can't be brought about: " + e.getMessage());
      return;
    }
    if (!kept.write(next.message())) {
      mail.counters().count("not_kept");
    }
    former
        .filter(held -> held.state() == Answer.Kind.ACCEPTED)
        .ifPresent(held -> giveUp(new Waiting(held.message(), held.asker()), next.message()));
    Standing accepted =
        new Standing(
            next.message(),
            next.asker(),
            Answer.Kind.ACCEPTED,
            OptionalLong.of(
                schedule
                    .pending()
                    .map(GateSchedule.Pending::configChangeTimeNs)
                    .orElse(schedule.operSinceNs())));
    standing = Optional.of(accepted);
    mail.answer(accepted, Optional.empty());
    look();
  }

  /** The settings come first: they can fail for reasons outside of the message. */
  private GateSchedule change(DesiredMessage message) {
    settings.apply(message.settings());
    GateSchedule now = port.current();
    if (Standing.isAskedFor(message.schedule(), now)) {
      return now;
    }
    try {
      return port.change(message.schedule());
    } catch (RuntimeException e) {
      settings.apply(standing.map(held -> held.message().settings()).orElse(PortSettings.NONE));
      throw e;
    }
  }

  /** Someone may have changed the schedule: look soon, on the worker. */
  void lookSoon() {
    worker.soon(this::look);
  }

  /** Compares what stands with what the port says, and tells what has become of it. */
  private synchronized void look() {
    GateSchedule now = port.current();
    Optional<Standing> before = standing;
    standing = before.map(held -> held.seen(now));
    if (before.isPresent() && before.get().state() != standing.get().state()) {
      mail.answer(standing.get(), Optional.empty());
    }
    now.pending().ifPresent(pending -> worker.onlyLater(this::look, untilNs(pending)));
    changed.run();
  }

  private long untilNs(GateSchedule.Pending pending) {
    return Math.clamp(pending.configChangeTimeNs() - mail.nowNs(), 0, LOOK_NS);
  }
}
