package org.ktsn.clock.ptp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ktsn.clock.ptp.MonitorCounters.Kind;
import org.ktsn.foreign.UnixDatagram;

/**
 * Watches one ptp4l: asks it round after round, and finds out why it does not answer. One thread.
 *
 * <p>At most one answer is on its way at any time, port data sets are asked for port by port: ptp4l
 * answers with a blocking call, so that a client with a full queue would hold up the clock itself.
 */
final class InstanceWatch implements AutoCloseable {
  private static final int REPLY_MODE = 0660;
  private static final int VERSION_OCTET = 2;
  private static final int SUBSCRIPTION_S = 60;
  private static final long RENEW_NS = 20_000_000_000L;
  private static final long SEARCH_AGAIN_NS = 60_000_000_000L;
  private static final int MOST_PORTS = 64;
  private static final int SILENT_AFTER = 2;
  private static final int ALL_PORTS = 0xffff;

  /** Questions are numbered from here on; ptp4l numbers its events from 0. */
  private static final int FIRST_QUESTION = 0x8000;

  private static final int LAST_QUESTION = 0xffff;

  private record Question(ManagementId id, int port) {}

  private record Asked(Question question, int sequenceId, long atNs) {}

  private final InstanceSettings settings;
  private final long pollNs;
  private final long answerLimitNs;
  private final ClockReader clocks;
  private final MonitorCounters counters;
  private final UnixDatagram socket;
  private final PortIdentity self;
  private final byte[] buffer = new byte[ManagementCodec.LONGEST];

  private final Deque<Question> plan = new ArrayDeque<>();
  private Optional<Asked> asked = Optional.empty();
  private Path target;
  private Optional<Object> targetFile = Optional.empty();
  private boolean readOnly;
  private long nextPollNs;
  private long renewNs;
  private int sequenceId = LAST_QUESTION;
  private int unanswered;
  private Optional<DomainSearch> search = Optional.empty();
  private long nextSearchNs;

  private final ObservationDraft draft = new ObservationDraft();

  private InstanceStatus status;

  /**
   * Begins to watch; nothing is asked before the first turn.
   *
   * @param pollNs how often it is asked
   * @param answerLimitNs how long an answer may take
   * @param replySocket where its answers go
   */
  InstanceWatch(
      InstanceSettings settings,
      long pollNs,
      long answerLimitNs,
      Path replySocket,
      ClockReader clocks,
      MonitorCounters counters,
      long nowNs) {
    this.settings = settings;
    this.pollNs = pollNs;
    this.answerLimitNs = answerLimitNs;
    this.clocks = clocks;
    this.counters = counters;
    this.target = settings.socket();
    this.nextPollNs = nowNs;
    this.renewNs = nowNs;
    this.nextSearchNs = nowNs;
    SecureRandom random = new SecureRandom();
    self = new PortIdentity(random.nextLong(), random.nextInt(1, ALL_PORTS));
    status = new InstanceStatus(settings, Reach.NOT_ASKED, "", false, Optional.empty());
    socket = UnixDatagram.bind(replySocket, REPLY_MODE, ManagementCodec.LONGEST);
  }

  /** Returns the descriptor that becomes readable when there is news. */
  int descriptor() {
    return socket.descriptor();
  }

  InstanceStatus status() {
    return status;
  }

  /**
   * Takes what has come, asks what is to be asked.
   *
   * @return when the next turn is due at the latest
   */
  long turn(long nowNs) {
    receive(nowNs);
    asked
        .filter(question -> nowNs - question.atNs() >= answerLimitNs)
        .ifPresent(question -> giveUp(nowNs));
    if (asked.isEmpty() && plan.isEmpty() && nowNs - nextPollNs >= 0) {
      beginPoll(nowNs);
    }
    if (asked.isEmpty() && !plan.isEmpty()) {
      askNext(nowNs);
    }
    searchOn(nowNs);
    long due = asked.map(question -> question.atNs() + answerLimitNs).orElse(nextPollNs);
    return search.map(active -> Math.min(due, active.nextNs())).orElse(due);
  }

  // ---- asking ----

  private void beginPoll(long nowNs) {
    counters.count(Kind.POLLS);
    nextPollNs = nowNs + pollNs;
    readOnly = !settings.events() && Files.exists(settings.readOnlySocket());
    target = readOnly ? settings.readOnlySocket() : settings.socket();
    Optional<Object> file = file(target);
    if (targetFile.isPresent() && file.isPresent() && !file.equals(targetFile)) {
      counters.count(Kind.SOCKET_RECREATED);
      renewNs = nowNs;
      nextSearchNs = nowNs;
      search = Optional.empty();
      if (status.reach() == Reach.ELSEWHERE) {
        fail(new Trouble(Reach.NOT_ASKED, ""));
      }
    }
    if (file.isPresent()) {
      targetFile = file;
    }
    draft.begin();
    if (settings.events() && nowNs - renewNs >= 0) {
      plan.add(new Question(ManagementId.SUBSCRIBE_EVENTS_NP, 0));
    }
    plan.add(new Question(ManagementId.DEFAULT_DATA_SET, ALL_PORTS));
    plan.add(new Question(ManagementId.TIME_STATUS_NP, ALL_PORTS));
    plan.add(new Question(ManagementId.CURRENT_DATA_SET, ALL_PORTS));
    plan.add(new Question(ManagementId.PARENT_DATA_SET, ALL_PORTS));
    plan.add(new Question(ManagementId.TIME_PROPERTIES_DATA_SET, ALL_PORTS));
  }

  private void askNext(long nowNs) {
    Question question = plan.removeFirst();
    sequenceId = sequenceId == LAST_QUESTION ? FIRST_QUESTION : sequenceId + 1;
    boolean subscribe = question.id() == ManagementId.SUBSCRIBE_EVENTS_NP;
    ManagementTlv tlv =
        subscribe
            ? new ManagementTlv.Content(
                new EventSubscription(SUBSCRIPTION_S, Set.of(EventSubscription.PORT_STATE)))
            : new ManagementTlv.Query(question.id().value(), question.id().octets());
    int error =
        socket.send(
            message(
                settings.transportSpecific(),
                settings.domainNumber(),
                sequenceId,
                new PortIdentity(-1, subscribe ? ALL_PORTS : question.port()),
                subscribe ? ManagementAction.SET : ManagementAction.GET,
                tlv),
            target);
    if (error == UnixDatagram.SENT) {
      asked = Optional.of(new Asked(question, sequenceId, nowNs));
    } else {
      plan.clear();
      unanswered = 0;
      search = Optional.empty();
      nextSearchNs = nowNs;
      fail(Trouble.unreachable(settings, target, error));
    }
  }

  private byte[] message(
      int transportSpecific,
      int domain,
      int sequence,
      PortIdentity whom,
      ManagementAction action,
      ManagementTlv tlv) {
    return ManagementCodec.encode(
        new ManagementMessage(
            transportSpecific, VERSION_OCTET, domain, self, sequence, whom, 0, 0, action, tlv));
  }

  private void giveUp(long nowNs) {
    counters.count(Kind.UNANSWERED);
    asked = Optional.empty();
    plan.clear();
    nextPollNs = nowNs + pollNs;
    unanswered++;
    if (unanswered >= SILENT_AFTER && status.reach() != Reach.ELSEWHERE) {
      fail(Trouble.silent(settings, target, socket.path()));
    }
  }

  private void fail(Trouble trouble) {
    status =
        new InstanceStatus(
            settings, trouble.reach(), trouble.explanation(), readOnly, Optional.empty());
  }

  // ---- answers ----

  private void receive(long nowNs) {
    for (int octets = socket.receive(buffer);
        octets != UnixDatagram.NOTHING;
        octets = socket.receive(buffer)) {
      try {
        take(ManagementCodec.decode(buffer, octets), nowNs);
      } catch (MalformedMessageException e) {
        counters.count(Kind.MALFORMED);
      }
    }
  }

  private void take(ManagementMessage message, long nowNs) {
    if (!message.target().equals(self) || message.action() != ManagementAction.RESPONSE) {
      counters.count(Kind.STRAY);
      return;
    }
    Optional<Asked> matching =
        asked.filter(
            waiting ->
                waiting.sequenceId() == message.sequenceId()
                    && waiting.question().id().value() == message.tlv().managementId());
    if (matching.isPresent()) {
      asked = Optional.empty();
      answered(matching.get().question(), message.tlv(), nowNs);
    } else if (search.isPresent() && isElsewhere(message)) {
      found(message);
    } else if (isEvent(message)) {
      counters.count(Kind.EVENTS);
      nextPollNs = nowNs;
    } else {
      counters.count(Kind.STRAY);
    }
  }

  private boolean isEvent(ManagementMessage message) {
    return message.sequenceId() < FIRST_QUESTION
        && !isElsewhere(message)
        && message.tlv() instanceof ManagementTlv.Content content
        && content.dataSet() instanceof PortDataSet;
  }

  private void answered(Question question, ManagementTlv answer, long nowNs) {
    unanswered = 0;
    search = Optional.empty();
    switch (answer) {
      case ManagementTlv.Content content -> {
        counters.count(Kind.ANSWERS);
        keep(content.dataSet(), nowNs);
      }
      case ManagementTlv.Refusal no -> {
        counters.count(Kind.REFUSED);
        refused(question, no, nowNs);
      }
      default -> counters.count(Kind.STRAY);
    }
    if (plan.isEmpty()) {
      finishPoll();
    }
  }

  private void keep(DataSet dataSet, long nowNs) {
    switch (dataSet) {
      case PortDataSet port -> draft.keep(port);
      case EventSubscription granted -> renewNs = nowNs + RENEW_NS;
      case DefaultDataSet all -> {
        draft.keep(all);
        for (int port = 1; port <= Math.min(all.numberPorts(), MOST_PORTS); port++) {
          plan.add(new Question(ManagementId.PORT_DATA_SET, port));
        }
      }
      case TimeStatus time -> {
        draft.keep(time);
        draft.keep(clocks.read());
      }
      default -> draft.keep(dataSet);
    }
  }

  private void refused(Question question, ManagementTlv.Refusal no, long nowNs) {
    if (question.id() == ManagementId.SUBSCRIBE_EVENTS_NP) {
      renewNs = nowNs + RENEW_NS;
    } else if (question.id() != ManagementId.PORT_DATA_SET) {
      draft.refused(question.id() + ": " + no.meaning());
    }
  }

  private void finishPoll() {
    Optional<Observation> observation = draft.finish();
    if (observation.isEmpty()) {
      fail(Trouble.refuses(target, draft.refusal()));
      return;
    }
    status = new InstanceStatus(settings, Reach.ANSWERS, "", readOnly, observation);
  }

  // ---- why it is silent ----

  private void searchOn(long nowNs) {
    if (search.isEmpty() && status.reach() == Reach.SILENT && nowNs - nextSearchNs >= 0) {
      search = Optional.of(new DomainSearch(settings, nowNs));
      nextSearchNs = nowNs + SEARCH_AGAIN_NS;
    }
    search.ifPresent(
        active -> {
          if (active.isOver(nowNs)) {
            search = Optional.empty();
          } else {
            active.turn(nowNs, this::askElsewhere);
          }
        });
  }

  private boolean askElsewhere(int transportSpecific, int domain) {
    ManagementTlv tlv = new ManagementTlv.Query(ManagementId.DEFAULT_DATA_SET.value(), 0);
    byte[] question =
        message(transportSpecific, domain, 0, PortIdentity.ANY, ManagementAction.GET, tlv);
    return socket.send(question, target) == UnixDatagram.SENT;
  }

  private boolean isElsewhere(ManagementMessage message) {
    return message.domainNumber() != settings.domainNumber()
        || message.transportSpecific() != settings.transportSpecific();
  }

  private void found(ManagementMessage message) {
    search = Optional.empty();
    fail(Trouble.elsewhere(settings, target, message));
  }

  private static Optional<Object> file(Path path) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return Optional.of(List.of(attributes.fileKey(), attributes.creationTime()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
