package org.ktsn.schedule.mqtt.node;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.ktsn.api.controller.ControllerStatus.AskedSchedule;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.state.StateStore;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockStep;
import org.ktsn.api.time.TaiClock;
import org.ktsn.mqtt.node.AcceptedStore;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.Judge;
import org.ktsn.mqtt.node.NodeLink;
import org.ktsn.mqtt.node.NodePart;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.node.ReplyTo;
import org.ktsn.mqtt.node.Worker;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Request;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;
import org.ktsn.mqtt.session.SessionListener;
import org.ktsn.mqtt.session.SessionSettings;

/**
 * A node as its controller sees it: takes messages, answers, reports. Nothing of it is on a frame's
 * way; whatever becomes of the broker, the schedule in force stays in force. Any thread.
 */
public final class NodeAgent implements SessionListener, ScheduleObserver, AutoCloseable {
  static final String DOCUMENT = "mqtt.json";

  /** The schedule is what the topics without another level are about. */
  private static final String SCHEDULE = "";

  private final Topics topics;
  private final Supplier<NodeFacts> facts;
  private final SessionCounters counters = new SessionCounters();
  private final Worker worker = new Worker("ktsn-mqtt-node");
  private final AtomicBoolean reportSoon = new AtomicBoolean();
  private final TaiClock clock;
  private final Session session;
  private final AnswerWriter answers;
  private final Judge<DesiredMessage> judge;
  private final DesiredApplier applier;
  private final Reports reports;
  private final JoinedParts parts;
  private volatile long sinceNs;

  /**
   * What a node consists of, for its controller.
   *
   * @param port whose schedule it is
   * @param codec reads and writes schedules
   * @param settings brings settings about
   * @param store what is kept over restarts
   * @param clock the node's time
   * @param monitor the counters; empty while there is no data plane
   * @param pods the attached pods; none while nobody attaches any
   * @param facts what messages are judged by
   */
  public record Parts(
      PortSchedule port,
      ScheduleCodec codec,
      SettingsSink settings,
      StateStore store,
      TaiClock clock,
      Supplier<Optional<DataplaneMonitor>> monitor,
      Supplier<List<Pod>> pods,
      Supplier<NodeFacts> facts) {}

  /** Takes up what was kept; {@link #start} begins to connect. */
  public NodeAgent(NodeSettings settings, Parts parts) {
    topics = settings.topics();
    facts = parts.facts();
    clock = parts.clock();
    sinceNs = clock.nowNs();
    session = new Session(withWill(settings.session()), this, counters);
    this.parts = new JoinedParts(settings, clock, counters, session);
    PartLink link = this.parts.link(SCHEDULE).orElseThrow();
    answers = link.answers();
    DesiredReader reader = new DesiredReader(parts.codec());
    judge = link.judge(text -> reader.read(text, facts.get()));
    reports = new Reports(parts.port(), parts.codec(), answers);
    applier =
        new DesiredApplier(
            parts.port(),
            parts.settings(),
            judge,
            new AcceptedStore<>(
                parts.store(),
                DOCUMENT,
                topics.address(),
                message -> message.encode(parts.codec()),
                text -> reader.read(text, NodeFacts.ofClasses(parts.port().trafficClasses()))),
            answers,
            worker,
            TimeUnit.MILLISECONDS.toNanos(settings.minChangeIntervalMs()),
            this::reportSoon);
    this.parts.add(new SchedulePart());
    if (settings.statisticsIntervalS() > 0) {
      Telemetry telemetry = new Telemetry(answers);
      worker.every(() -> sample(telemetry, parts), settings.statisticsIntervalS());
    }
  }

  private SessionSettings withWill(SessionSettings given) {
    return given.withWill(Reports.offline(topics));
  }

  /** Restores what a message set before the last restart, and then begins to connect. */
  public void start() {
    applier.restore();
    session.start();
  }

  // ---- the session ----

  @Override
  public List<String> subscriptions() {
    return List.of(topics.desired(), topics.request());
  }

  @Override
  public void connected(Broker broker) {
    sinceNs = clock.nowNs();
    session.publish(reports.online(facts.get()));
    parts.connected();
    JsonObject details = new JsonObject();
    details.addProperty("broker", broker.toString());
    answers.event("broker-connected", details);
  }

  @Override
  public void disconnected(Broker broker, String reason, boolean wasConnected) {
    if (wasConnected) {
      sinceNs = clock.nowNs();
      parts.disconnected();
      JsonObject details = new JsonObject();
      details.addProperty("broker", broker.toString());
      details.addProperty("reason", reason);
      answers.event("broker-lost", details);
    }
  }

  @Override
  public void arrived(Inbound message) {
    Optional<NodePart> wanted = parts.desired(message.topic());
    Optional<NodePart> asked = parts.requested(message.topic());
    if (wanted.isPresent()) {
      wanted.get().arrived(message);
    } else if (asked.isEmpty()) {
      if (!parts.heard(message)) {
        counters.count("ignored_topic");
      }
    } else if (judge.isTooLong(message.payload())) {
      counters.count("ignored_too_long");
    } else if (message.retained()) {
      counters.count("ignored_retained"); // a question is for now
    } else {
      asked(message, asked.get());
    }
  }

  private void asked(Inbound message, NodePart part) {
    ReplyTo replyTo = ReplyTo.of(message, topics);
    if (replyTo.topic().isEmpty()) {
      counters.count("ignored_without_response_topic");
      return;
    }
    counters.count("requests");
    JsonObject answer =
        switch (Request.read(message.payload())) {
          case Request.Get() -> part.report();
          case Request.Validate(String desired) -> part.judge(desired);
          case Request.Unknown(var problems) ->
              answers.judged(new Reading<>("", 0, Optional.empty(), problems.all()));
        };
    answers.deliver(replyTo, answer);
  }

  /** The schedule, the part of a node that it has always. */
  private final class SchedulePart implements NodePart {
    @Override
    public String name() {
      return SCHEDULE;
    }

    @Override
    public void connected() {
      reportSoon();
    }

    @Override
    public void arrived(Inbound message) {
      applier.arrived(message);
    }

    @Override
    public JsonObject report() {
      return reports.toJson(applier.latest());
    }

    @Override
    public JsonObject judge(String desired) {
      return answers.judged(judge.judgeContent(desired));
    }
  }

  // ---- the node ----

  @Override
  public void changed(GateParameters asked, GateSchedule schedule) {
    applier.lookSoon();
  }

  /** Tells the controller that the clock is of another quality now. Any thread; never blocks. */
  public void clockQuality(ClockReport report) {
    JsonObject details = new JsonObject();
    details.addProperty("state", report.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    JsonArray reasons = new JsonArray();
    report.reasons().forEach(reason -> reasons.add(reason.sentence()));
    details.add("reasons", reasons);
    report.offsetNs().ifPresent(ns -> details.addProperty("offset-ns", Long.toString(ns)));
    report
        .uncertaintyNs()
        .ifPresent(ns -> details.addProperty("uncertainty-ns", Long.toString(ns)));
    details.addProperty("grandmaster", report.grandmaster());
    answers.event("clock-quality", details);
  }

  /** Tells the controller that the clock was set. Any thread; never blocks. */
  public void clockStepped(ClockStep step) {
    JsonObject details = new JsonObject();
    details.addProperty("step-ns", Long.toString(step.stepNs()));
    answers.event("clock-stepped", details);
  }

  /** At most one report waits to be written. */
  private void reportSoon() {
    if (reportSoon.compareAndSet(false, true)) {
      worker.soon(
          () -> {
            reportSoon.set(false);
            session.publish(reports.reported(applier.latest()));
          });
    }
  }

  private void sample(Telemetry telemetry, Parts parts) {
    if (session.isConnected()) {
      parts.monitor().get().ifPresent(seen -> telemetry.publish(seen, parts.pods().get()));
    }
  }

  // ---- what others ask ----

  /** Returns the link for the parts of the node that have topics of their own. */
  public NodeLink link() {
    return parts;
  }

  /** Returns the session. */
  public Session session() {
    return session;
  }

  /** Returns the instant of the last change between connected and not. */
  public long sinceNs() {
    return sinceNs;
  }

  /** Returns the last accepted message. */
  public Optional<AskedSchedule> schedule() {
    return applier
        .latest()
        .map(
            held ->
                new AskedSchedule(
                    held.message().id(),
                    held.message().version(),
                    held.state().word(),
                    held.configChangeTimeNs()));
  }

  /** Returns the counters. */
  public SessionCounters counters() {
    return counters;
  }

  /** Says goodbye; the schedule stays. */
  @Override
  public void close() {
    session.close(Reports.offline(topics));
    worker.close();
  }
}
