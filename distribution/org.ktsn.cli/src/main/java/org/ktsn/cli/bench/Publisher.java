package org.ktsn.cli.bench;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.CommandFailure;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;
import org.ktsn.mqtt.session.SessionListener;
import org.ktsn.mqtt.session.SessionSettings;

/**
 * A benchmark's client of a broker, which publishes and is subscribed to nothing. It connects again
 * by itself. Any thread.
 */
final class Publisher implements AutoCloseable {
  private static final int KEEP_ALIVE_S = 30;
  private static final long CONNECT_S = 15;

  private final CountDownLatch connected = new CountDownLatch(1);
  private final Session session;

  /**
   * Connects.
   *
   * @param who it is, for people: {@code the controller}
   * @throws CommandFailure if it can't
   */
  Publisher(BrokerAccess access, String clientId, String who) {
    session = new Session(settings(access, clientId), new Connections(), new SessionCounters());
    session.start();
    try {
      if (!connected.await(CONNECT_S, TimeUnit.SECONDS)) {
        String problem = session.problem();
        close();
        throw new CommandFailure(who + " can't connect to the broker: " + problem + ".");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted while connecting to the broker.", e);
    }
  }

  private static SessionSettings settings(BrokerAccess access, String clientId) {
    return new SessionSettings(
        List.of(Broker.parse(access.url())),
        clientId,
        access.controller(),
        access.tls(),
        KEEP_ALIVE_S,
        (int) CONNECT_S,
        0,
        100,
        1_000,
        2L << 20,
        1_000_000,
        Optional.empty(),
        0);
  }

  private final class Connections implements SessionListener {
    @Override
    public List<String> subscriptions() {
      return List.of();
    }

    @Override
    public void connected(Broker to) {
      connected.countDown();
    }

    @Override
    public void disconnected(Broker from, String reason, boolean wasConnected) {
      // the session connects again by itself
    }

    @Override
    public void arrived(Inbound message) {
      // nothing is subscribed to
    }
  }

  /** Publishes, once there is a connection. */
  void publish(Outbound message) {
    session.publish(message);
  }

  /** Returns how many messages the broker has not taken yet. */
  int waiting() {
    return session.waiting();
  }

  @Override
  public void close() {
    session.close();
  }
}
