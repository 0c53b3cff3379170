package org.ktsn.overlay.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.node.Judge;
import org.ktsn.mqtt.node.NeighbourListener;
import org.ktsn.mqtt.node.NodePart;
import org.ktsn.mqtt.node.PartLink;
import org.ktsn.mqtt.protocol.Desired;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.SessionCounters;

/** A broker without a network: keeps what is retained, and gives each message to all at once. */
final class FakeBroker {
  final List<Outbound> published = new ArrayList<>();
  private final Map<String, byte[]> retained = new LinkedHashMap<>();
  private final List<Link> links = new ArrayList<>();
  private final ManualWorker worker;

  FakeBroker(ManualWorker worker) {
    this.worker = worker;
  }

  static Topics topics(String node) {
    return new Topics(Topics.DEFAULT_PREFIX, "lab", node);
  }

  Link link(String node) {
    Link link = new Link(node);
    links.add(link);
    return link;
  }

  void publish(String topic, String text) {
    publish(topic, text.getBytes(StandardCharsets.UTF_8));
  }

  void publish(String topic, byte[] payload) {
    retained.put(topic, payload);
    if (payload.length == 0) {
      retained.remove(topic);
    }
    links.forEach(link -> link.deliver(topic, payload, false));
  }

  Optional<String> retained(String node) {
    return Optional.ofNullable(retained.get(topics(node).overlay()))
        .map(octets -> new String(octets, StandardCharsets.UTF_8));
  }

  /** It forgets all, as one without persistence does when it ends. */
  void forget() {
    retained.clear();
  }

  /** How many announcements of a node were published. */
  long announced(String node) {
    return published.stream().filter(of -> of.topic().equals(topics(node).overlay())).count();
  }

  /** A node's link to it. */
  final class Link implements PartLink {
    final SessionCounters counters = new SessionCounters();
    final List<String> events = new ArrayList<>();
    int limit = 500_000;
    private final Topics topics;
    private final AnswerWriter answers;
    private final List<Outbound> waiting = new ArrayList<>();
    private List<String> subscriptions = List.of();
    private Optional<NeighbourListener> listener = Optional.empty();
    private boolean connected;

    Link(String node) {
      topics = topics(node);
      Consumer<Outbound> out = this::send;
      answers = new AnswerWriter("overlay", topics, worker::nowNs, counters, out);
    }

    private void send(Outbound message) {
      if (message.topic().equals(topics.event())) {
        events.add(new String(message.payload(), StandardCharsets.UTF_8));
      } else if (connected) {
        published.add(message);
        publish(message.topic(), message.payload());
      } else {
        waiting.removeIf(other -> other.topic().equals(message.topic()));
        waiting.add(message);
      }
    }

    void connect() {
      connected = true;
      listener.ifPresent(NeighbourListener::connected);
      subscribed();
      List<Outbound> all = List.copyOf(waiting);
      waiting.clear();
      all.forEach(this::send);
    }

    void disconnect() {
      connected = false;
      listener.ifPresent(NeighbourListener::disconnected);
    }

    private void subscribed() {
      Map.copyOf(retained).forEach((topic, payload) -> deliver(topic, payload, true));
    }

    private void deliver(String topic, byte[] payload, boolean kept) {
      String every = topics.ofEvery(topic);
      if (connected && listener.isPresent() && subscriptions.contains(every)) {
        listener
            .get()
            .heard(
                topics.nodeOf(topic),
                new Inbound(topic, payload, kept, Optional.empty(), Optional.empty()));
      }
    }

    boolean isListening() {
      return listener.isPresent();
    }

    @Override
    public AnswerWriter answers() {
      return answers;
    }

    @Override
    public <M extends Desired> Judge<M> judge(Function<String, Reading<M>> reader) {
      throw new AssertionError("nobody desires anything");
    }

    @Override
    public int payloadLimitOctets() {
      return limit;
    }

    @Override
    public void join(NodePart part) {
      throw new AssertionError("nobody desires anything");
    }

    @Override
    public void hear(List<String> every, NeighbourListener hears) {
      subscriptions = List.copyOf(every);
      listener = Optional.of(hears);
      if (connected) {
        hears.connected();
        subscribed();
      }
    }

    @Override
    public void close() {
      subscriptions = List.of();
      listener = Optional.empty();
    }
  }
}
