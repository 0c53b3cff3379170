package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;
import org.ktsn.mqtt.session.SessionListener;

/** A controller for the length of one command. One thread. */
final class Controller implements SessionListener, AutoCloseable {
  private final String clientId =
      "ktsn-cli-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
  private final BlockingQueue<Inbound> arrived = new LinkedBlockingQueue<>();
  private final CountDownLatch connected = new CountDownLatch(1);
  private final BrokerOptions options;
  private final SessionCounters counters = new SessionCounters();
  private List<String> subscriptions = List.of();
  private Optional<Session> session = Optional.empty();

  Controller(BrokerOptions options) {
    this.options = options;
  }

  /** Below a node's response topic: where this command wants its answers. */
  String clientId() {
    return clientId;
  }

  /**
   * Connects and subscribes.
   *
   * @throws ControlException if that is not possible in time
   */
  Controller connect(List<String> topics) {
    subscriptions = List.copyOf(topics);
    Session made = new Session(options.session(clientId), this, counters);
    session = Optional.of(made);
    made.start();
    try {
      if (!connected.await(options.timeoutMs(), TimeUnit.MILLISECONDS)) {
        String problem = made.problem();
        close();
        throw new ControlException(
            "no connection to the broker: " + (problem.isEmpty() ? "no answer in time" : problem));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ControlException("interrupted while connecting", e);
    }
    return this;
  }

  void publish(Outbound message) {
    session.orElseThrow().publish(message);
  }

  /** Tells whether the broker has refused something. */
  boolean isRefused() {
    return counters.get("publish_refused") > 0;
  }

  /** Waits for the next message. */
  Optional<Inbound> next(long limitMs) {
    try {
      return Optional.ofNullable(arrived.poll(Math.max(0, limitMs), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Returns a message's JSON; nothing if it is none, for anybody may write there. */
  static Optional<JsonObject> json(Inbound message) {
    try {
      return Optional.of(
          JsonParser.parseString(new String(message.payload(), StandardCharsets.UTF_8))
              .getAsJsonObject());
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<String> subscriptions() {
    return subscriptions;
  }

  @Override
  public void connected(Broker broker) {
    connected.countDown();
  }

  @Override
  public void disconnected(Broker broker, String reason, boolean wasConnected) {
    // the session tries again; who waits for an answer has a limit
  }

  @Override
  public void arrived(Inbound message) {
    arrived.add(message);
  }

  @Override
  public void close() {
    session.ifPresent(Session::close);
  }
}
