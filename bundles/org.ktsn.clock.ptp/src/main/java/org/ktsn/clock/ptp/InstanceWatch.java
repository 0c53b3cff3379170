package org.ktsn.clock.ptp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.clock.ptp.MonitorCounters.Kind;
import org.ktsn.foreign.SystemClocks;
import org.ktsn.foreign.UnixDatagram;

/**
 * Watches one ptp4l: asks it round after round, and finds out why it does not answer. One thread.
 *
 * <p>At most one answer is on its way at any time, port data sets are asked for port by port: ptp4l
 * answers with a blocking call, so that a client with a full queue would hold up the clock itself.
 */
final class InstanceWatch implements AutoCloseable {
  private static final int REPLY_MODE = 0660;
  private static final int EPERM = 1;
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

  private final Map<ManagementId, DataSet> draft = new EnumMap<>(ManagementId.class);
  private final List<PortDataSet> draftPorts = new ArrayList<>();
  private Optional<SystemClocks.Reading> draftClocks = Optional.empty();
  private String refusal = "";

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
        fail(Reach.NOT_ASKED, "");
      }
    }
    if (file.isPresent()) {
      targetFile = file;
    }
    draft.clear();
    draftPorts.clear();
    refusal = "";
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
      unreachable(error);
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
      fail(
          Reach.SILENT,
          "ptp4l at "
              + target
              + " takes questions and does not answer in domain "
              + settings.domainNumber()
              + " with transportSpecific "
              + settings.transportSpecific()
              + ": it hangs, it can't write to "
              + socket.path()
              + " (another user or mount namespace), or its domain is another one");
    }
  }

  private void unreachable(int error) {
    switch (error) {
      case UnixDatagram.ENOENT ->
          fail(
              Reach.NO_SOCKET,
              "there is no socket at "
                  + target
                  + ": ptp4l does not run, or its uds_address is another one; start it, or set"
                  + " socket= of instance "
                  + settings.name());
      case UnixDatagram.ECONNREFUSED ->
          fail(
              Reach.NOT_LISTENING,
              "nobody listens at " + target + ": ptp4l has ended and left its socket; start it");
      case UnixDatagram.EACCES, EPERM ->
          fail(
              Reach.DENIED,
              "KTSNd may not write to "
                  + target
                  + "; run it as root, or widen ptp4l's uds_file_mode (uds_ro_file_mode)");
      case UnixDatagram.EAGAIN ->
          fail(
              Reach.HANGS,
              "ptp4l at " + target + " does not take its messages: it hangs; see its log");
      default ->
          fail(
              Reach.NOT_LISTENING,
              "nothing can be sent to " + target + " (errno " + error + "); is it ptp4l's socket?");
    }
  }

  private void fail(Reach reach, String explanation) {
    status = new InstanceStatus(settings, reach, explanation, readOnly, Optional.empty());
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
      case PortDataSet port -> draftPorts.add(port);
      case EventSubscription granted -> renewNs = nowNs + RENEW_NS;
      case DefaultDataSet all -> {
        draft.put(all.id(), all);
        for (int port = 1; port <= Math.min(all.numberPorts(), MOST_PORTS); port++) {
          plan.add(new Question(ManagementId.PORT_DATA_SET, port));
        }
      }
      case TimeStatus time -> {
        draft.put(time.id(), time);
        draftClocks = Optional.of(clocks.read());
      }
      default -> draft.put(dataSet.id(), dataSet);
    }
  }

  private void refused(Question question, ManagementTlv.Refusal no, long nowNs) {
    if (question.id() == ManagementId.SUBSCRIBE_EVENTS_NP) {
      renewNs = nowNs + RENEW_NS;
    } else if (question.id() != ManagementId.PORT_DATA_SET) {
      refusal = question.id() + ": " + no.meaning();
    }
  }

  private void finishPoll() {
    if (!refusal.isEmpty() || draftClocks.isEmpty()) {
      fail(
          Reach.REFUSES,
          "ptp4l at "
              + target
              + " refuses "
              + refusal
              + "; ptp4l of linuxptp 3.1 or later is needed");
      return;
    }
    Observation observation =
        new Observation(
            (DefaultDataSet) draft.get(ManagementId.DEFAULT_DATA_SET),
            (TimeStatus) draft.get(ManagementId.TIME_STATUS_NP),
            (CurrentDataSet) draft.get(ManagementId.CURRENT_DATA_SET),
            (ParentDataSet) draft.get(ManagementId.PARENT_DATA_SET),
            (TimePropertiesDataSet) draft.get(ManagementId.TIME_PROPERTIES_DATA_SET),
            draftPorts,
            draftClocks.get());
    status = new InstanceStatus(settings, Reach.ANSWERS, "", readOnly, Optional.of(observation));
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
    List<String> differences = new ArrayList<>();
    List<String> remedies = new ArrayList<>();
    if (message.domainNumber() != settings.domainNumber()) {
      differences.add("in domain " + message.domainNumber() + ", not " + settings.domainNumber());
      remedies.add("domain=" + message.domainNumber());
    }
    if (message.transportSpecific() != settings.transportSpecific()) {
      differences.add(
          "with transportSpecific "
              + message.transportSpecific()
              + (message.transportSpecific() == 1 ? " (gPTP)" : "")
              + ", not "
              + settings.transportSpecific());
      remedies.add("transport.specific=" + message.transportSpecific());
    }
    fail(
        Reach.ELSEWHERE,
        "ptp4l at "
            + target
            + " answers "
            + String.join(" and ", differences)
            + "; set "
            + String.join(" ", remedies)
            + " for instance "
            + settings.name()
            + ", or change ptp4l's configuration");
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
