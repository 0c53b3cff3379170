package org.ktsn.overlay.mqtt;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.api.overlay.OverlayAnnouncements.Said;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.NeighbourListener;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;

/**
 * Says what the node says of itself, and hears what the others say. Changes are gathered for a
 * moment, so that many make one message; nothing is looked at on the session's threads. Without a
 * broker all stays as it is known. Any thread may call; the work is the worker's.
 */
final class OverlayPart implements NeighbourListener, AutoCloseable {
  /** The part's name. */
  static final String NAME = "overlay";

  /** For so long changes of the node's own are gathered. */
  static final long OWN_QUIET_NS = 250_000_000L;

  /** For so long the others' are. */
  static final long TAKE_QUIET_NS = 10_000_000L;

  /** So long it is, at least, from one look at what others say to the next. */
  static final long TAKE_PAUSE_NS = 100_000_000L;

  /** So long it is after one that found something to refuse: a stranger can go on for ever. */
  static final long REFUSED_PAUSE_NS = 1_000_000_000L;

  /** So long after a connection what the broker has kept on the node's own topic has come. */
  static final long SETTLE_NS = 2_000_000_000L;

  /** So long after a connection everybody who is there has been heard. */
  static final long CONFIRM_NS = 60_000_000_000L;

  /** For so long changes are gathered before they are kept over restarts. */
  static final long KEEP_QUIET_NS = 5_000_000_000L;

  private static final int MAX_EVENTS = 10;

  /** Does something after some time, one thing after the other. */
  @FunctionalInterface
  interface Later {
    void later(Runnable task, long delayNs);
  }

  private final OverlayAnnouncements overlay;
  private final PartLink link;
  private final Later worker;
  private final AnswerWriter answers;
  private final Topics topics;
  private final Letterbox letterbox = new Letterbox();
  private final AtomicBoolean saySoon = new AtomicBoolean();
  private final AtomicBoolean takeSoon = new AtomicBoolean();
  private final AtomicBoolean keepSoon = new AtomicBoolean();

  // The worker's.
  private final OwnTopic ownTopic = new OwnTopic();
  private final Set<String> heard = new HashSet<>();
  private final Set<String> away = new HashSet<>();
  private boolean listening;
  private long connection;
  private boolean refusing;
  private boolean againLater;

  /** When others may be looked at next. */
  private volatile long nextTakeNs;

  private volatile boolean keeping;

  // Guarded by this.
  private boolean closed;

  OverlayPart(OverlayAnnouncements overlay, PartLink link, Later worker) {
    this.overlay = overlay;
    this.link = link;
    this.worker = worker;
    answers = link.answers();
    topics = answers.topics();
  }

  private long nowNs() {
    return answers.nowNs();
  }

  // ---- the session's threads ----

  @Override
  public void connected() {
    worker.later(this::begin, 0);
  }

  @Override
  public void disconnected() {
    letterbox.drop(topics.node()); // what stands there comes again, or stands there no longer
    worker.later(this::end, 0);
  }

  @Override
  public void heard(String node, Inbound message) {
    boolean announcement = message.topic().equals(topics.of(node).overlay());
    boolean taken =
        announcement ? letterbox.put(node, message) : letterbox.putStatus(node, message.payload());
    if (!taken) {
      answers.count(announcement ? "dropped" : "ignored_status");
    } else if (takeSoon.compareAndSet(false, true)) {
      // A clock that was set back must not make it wait for long.
      long pauseNs = Math.clamp(nextTakeNs - nowNs(), TAKE_QUIET_NS, REFUSED_PAUSE_NS);
      worker.later(this::take, pauseNs);
    }
  }

  /** The node would say something else of itself. Never blocks. */
  void ownChanged() {
    if (saySoon.compareAndSet(false, true)) {
      worker.later(
          () -> {
            saySoon.set(false);
            say();
          },
          OWN_QUIET_NS);
    }
  }

  // ---- the worker's ----

  private void begin() {
    connection++;
    long begun = connection;
    heard.clear();
    ownTopic.connected();
    worker.later(
        () -> {
          if (connection == begun) {
            if (ownTopic.settled()) {
              refuse(topics.node(), Optional.empty());
            }
            say();
            sayAgainLater();
          }
        },
        SETTLE_NS);
    worker.later(
        () -> {
          if (connection == begun) {
            lookWhoIsMissing();
          }
        },
        CONFIRM_NS);
  }

  private void end() {
    connection++;
    ownTopic.disconnected();
  }

  /** What another has overwritten is said again when it is time for that. */
  private void sayAgainLater() {
    OptionalLong waitNs = ownTopic.waitNs(nowNs());
    if (waitNs.isPresent() && !againLater) {
      againLater = true;
      worker.later(
          () -> {
            againLater = false;
            say();
            sayAgainLater();
          },
          waitNs.getAsLong());
    }
  }

  private void say() {
    Optional<String> own = overlay.own();
    if (own.isPresent() && !listening) {
      listening = true;
      Topics every = topics.of(Topics.EVERY_NODE);
      hear(List.of(every.overlay(), every.status()));
    }
    Optional<String> next = ownTopic.next(own, nowNs());
    next.ifPresent(this::publish);
    if (own.isEmpty() && listening) {
      listening = false;
      connection++;
      link.close();
    }
  }

  private synchronized void hear(List<String> all) {
    if (!closed) {
      link.hear(all, this);
    }
  }

  private void publish(String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    int limit = Math.min(OverlayAnnouncements.MAX_OCTETS, link.payloadLimitOctets());
    if (octets.length > limit) {
      refuse(
          topics.node(),
          Optional.of(
              "this node does not announce its pods, because that would have "
                  + octets.length
                  + " octets, and "
                  + limit
                  + " are allowed; have fewer pods on the node"));
      return;
    }
    answers.count(octets.length == 0 ? "left" : "announced");
    answers.send(
        new Outbound(
            topics.overlay(),
            octets,
            "application/json",
            Delivery.STATE,
            Optional.empty(),
            Optional.empty()));
    keepSoon();
  }

  private void take() {
    refusing = false;
    takeSoon.set(false);
    Letterbox.Post post = letterbox.take();
    away.addAll(post.away());
    away.removeAll(post.back());
    if (away.size() > Letterbox.MAX_NODES) {
      away.retainAll(overlay.nodes());
    }
    List<Said> said = new ArrayList<>();
    post.announcements()
        .forEach(
            (node, message) -> {
              if (node.equals(topics.node())) {
                takeOwn(message);
              } else {
                read(node, message).ifPresent(said::add);
              }
            });
    if (!said.isEmpty()) {
      answers.count("taken");
      tell(overlay.take(said));
      keepSoon();
    }
    overlay.present(post.away(), State.AWAY);
    overlay.present(post.back(), State.ANNOUNCED);
    nextTakeNs = nowNs() + (refusing ? REFUSED_PAUSE_NS : TAKE_PAUSE_NS);
  }

  private Optional<Said> read(String node, Inbound message) {
    Optional<String> text = text(node, message);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    refuse(node, Optional.empty());
    if (heard.size() < Letterbox.MAX_NODES) {
      heard.add(node);
    }
    State state = away.contains(node) ? State.AWAY : State.ANNOUNCED;
    return Optional.of(new Said(node, message.topic(), text.get(), state));
  }

  private Optional<String> text(String node, Inbound message) {
    byte[] octets = message.payload();
    if (octets.length > OverlayAnnouncements.MAX_OCTETS) {
      refuse(
          node,
          Optional.of(
              message.topic()
                  + ": has "
                  + octets.length
                  + " octets, and "
                  + OverlayAnnouncements.MAX_OCTETS
                  + " are allowed; have fewer pods on node "
                  + node));
      return Optional.empty();
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString());
    } catch (CharacterCodingException e) {
      refuse(node, Optional.of(message.topic() + ": is not UTF-8; give JSON in UTF-8"));
      return Optional.empty();
    }
  }

  private void takeOwn(Inbound message) {
    Optional<String> text = text(topics.node(), message);
    if (text.isPresent() && text.get().isEmpty()) {
      ownTopic.deleted();
      refuse(topics.node(), Optional.empty());
    } else if (text.isPresent() && overlay.isOwn(text.get())) {
      boolean last = ownTopic.ours(text.get(), overlay.own());
      answers.count(last ? "confirmed" : "outdated");
      refuse(topics.node(), Optional.empty());
    } else if (overlay.own().isPresent()) {
      ownTopic.others();
      refuse(
          topics.node(),
          Optional.of(
              message.topic()
                  + ": another node announces itself by the name of this one, "
                  + topics.node()
                  + "; give one of the two another ('node' of org.ktsn.schedule.mqtt), or, if the"
                  + " other one is no more, publish an empty retained message there"));
    }
    say();
    sayAgainLater();
  }

  /** Who was not heard since the connection began gives way to who was; it is not forgotten. */
  private void lookWhoIsMissing() {
    Set<String> missing = new HashSet<>(overlay.nodes());
    missing.removeAll(heard);
    overlay.present(missing, State.UNCONFIRMED);
  }

  private void refuse(String node, Optional<String> sentence) {
    tell(overlay.refuse("announcement of " + node, sentence));
  }

  private void tell(List<String> refusals) {
    refusing |= !refusals.isEmpty();
    for (String sentence : refusals.subList(0, Math.min(MAX_EVENTS, refusals.size()))) {
      answers.count("refused");
      JsonObject details = new JsonObject();
      details.addProperty("reason", sentence);
      answers.event("overlay-refused", details);
    }
  }

  private void keepSoon() {
    if (keepSoon.compareAndSet(false, true)) {
      worker.later(
          () -> {
            keeping = true;
            keepSoon.set(false);
            overlay.keep();
            keeping = false;
          },
          KEEP_QUIET_NS);
    }
  }

  /** Ends it, after the worker; what was to be kept soon is kept now. */
  @Override
  public void close() {
    synchronized (this) { // what the worker does at this moment must not hear anew
      closed = true;
      link.close();
    }
    if (keepSoon.get() || keeping) { // the worker's end may have interrupted it
      overlay.keep();
    }
  }
}
