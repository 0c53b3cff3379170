package org.ktsn.schedule.mqtt.node;

import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.ktsn.api.time.TaiClock;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.Judge;
import org.ktsn.mqtt.node.NeighbourListener;
import org.ktsn.mqtt.node.NodeLink;
import org.ktsn.mqtt.node.NodePart;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.protocol.Desired;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;

/** The parts of the node that have topics on its session, and which topic is whose. Any thread. */
final class JoinedParts implements NodeLink {
  private final NodeSettings settings;
  private final Topics topics;
  private final TaiClock clock;
  private final SessionCounters counters;
  private final Session session;
  private final Map<String, NodePart> parts = new ConcurrentHashMap<>();

  /** Who hears what all nodes say, by the topic with every node in the node's place. */
  private final Map<String, NeighbourListener> listeners = new ConcurrentHashMap<>();

  JoinedParts(NodeSettings settings, TaiClock clock, SessionCounters counters, Session session) {
    this.settings = settings;
    topics = settings.topics();
    this.clock = clock;
    this.counters = counters;
    this.session = session;
  }

  /** Returns the part that a topic of desired messages is of. */
  Optional<NodePart> desired(String topic) {
    return of(topic, topics::desired);
  }

  /** Returns the part that a topic of questions is of. */
  Optional<NodePart> requested(String topic) {
    return of(topic, topics::request);
  }

  private Optional<NodePart> of(String topic, Function<String, String> topicOf) {
    return parts.values().stream()
        .filter(part -> topicOf.apply(part.name()).equals(topic))
        .findFirst();
  }

  /** Adds a part whose topics the session has from the beginning. */
  void add(NodePart part) {
    parts.put(part.name(), part);
  }

  void connected() {
    parts.values().forEach(NodePart::connected);
    Set.copyOf(listeners.values()).forEach(NeighbourListener::connected);
  }

  void disconnected() {
    Set.copyOf(listeners.values()).forEach(NeighbourListener::disconnected);
  }

  /** Hands on what a node says of itself; returns whether anybody hears it. */
  boolean heard(Inbound message) {
    Optional<NeighbourListener> listener =
        Optional.ofNullable(listeners.get(topics.ofEvery(message.topic())));
    listener.ifPresent(hears -> hears.heard(topics.nodeOf(message.topic()), message));
    return listener.isPresent();
  }

  @Override
  public Optional<PartLink> link(String part) {
    return Optional.of(new Link(part));
  }

  private List<String> topicsOf(String part) {
    return List.of(topics.desired(part), topics.request(part));
  }

  private final class Link implements PartLink {
    private final String name;
    private final AnswerWriter answers;
    private volatile List<String> heard = List.of();

    Link(String name) {
      this.name = name;
      answers = new AnswerWriter(name, topics, clock, counters, session::publish);
    }

    @Override
    public AnswerWriter answers() {
      return answers;
    }

    @Override
    public <M extends Desired> Judge<M> judge(Function<String, Reading<M>> reader) {
      List<PublicKey> signers = settings.signers();
      return new Judge<>(topics.address(), payloadLimitOctets(), signers, reader);
    }

    @Override
    public int payloadLimitOctets() {
      return settings.payloadLimitOctets();
    }

    @Override
    public void join(NodePart part) {
      parts.put(name, part);
      session.subscribe(topicsOf(name));
      if (session.isConnected()) {
        part.connected();
      }
    }

    @Override
    public void hear(List<String> every, NeighbourListener listener) {
      every.forEach(topic -> listeners.put(topic, listener));
      heard = List.copyOf(every);
      session.subscribe(heard);
      if (session.isConnected()) {
        listener.connected();
      }
    }

    @Override
    public void close() {
      if (parts.remove(name) != null) {
        session.unsubscribe(topicsOf(name));
      }
      session.unsubscribe(heard);
      heard.forEach(listeners::remove);
      heard = List.of();
    }
  }
}
