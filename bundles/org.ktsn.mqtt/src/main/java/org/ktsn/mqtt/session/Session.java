package org.ktsn.mqtt.session;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.runtime.LastingThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session with the first broker of a list that answers. While there is none, what is to be sent
 * waits, and the brokers are tried in turn, with growing pauses between the rounds. Any thread.
 */
public final class Session implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final long LOOK_MS = 1_000;
  private static final long CLOSE_MS = 2_000;
  private static final long FAREWELL_MS = 1_000;
  private static final long FAREWELL_LOOK_MS = 50;

  /** A connection that held as long as this was a good one. */
  private static final long GOOD_NS = TimeUnit.SECONDS.toNanos(5);

  private final SessionSettings settings;
  private final SessionListener listener;
  private final SessionCounters counters;
  private final Outbox outbox;
  private final Signal signal = new Signal();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final LastingThread thread;
  private final Backoff backoff;
  private final Map<Broker, String> reasons = new HashMap<>();
  private volatile boolean connected;
  private volatile Broker broker;
  private volatile String problem = "";
  private volatile Optional<Outbound> farewell = Optional.empty();

  /** Topics beside the listener's. A new set for each change. */
  private volatile Set<String> further = Set.of();

  /**
   * Makes a session; {@link #start} begins it.
   *
   * @param listener hears of what happens
   * @param counters count it
   */
  public Session(SessionSettings settings, SessionListener listener, SessionCounters counters) {
    this.settings = settings;
    this.listener = listener;
    this.counters = counters;
    outbox = new Outbox(settings.offlineLimit());
    broker = settings.brokers().getFirst();
    backoff =
        new Backoff(settings.backoffMinMs(), settings.backoffMaxMs(), ThreadLocalRandom.current());
    thread = new LastingThread(Thread.ofVirtual(), "ktsn-mqtt", this::round);
  }

  /** Begins to connect; returns at once. */
  public void start() {
    thread.start();
  }

  /** Sends a message, now or when there is a connection. */
  public void publish(Outbound message) {
    if (message.delivery() != Delivery.SAMPLE || connected) {
      outbox.add(message);
      signal.raise();
    }
  }

  /**
   * Subscribes to topics beside the listener's, now and with each connection. That a broker refuses
   * one is logged and counted, and ends nothing. A topic that was there already is no change.
   */
  public synchronized void subscribe(List<String> topics) {
    Set<String> all = new LinkedHashSet<>(further);
    all.addAll(topics);
    further = all;
    signal.raise();
  }

  /** Takes back what {@link #subscribe} asked for. */
  public synchronized void unsubscribe(List<String> topics) {
    Set<String> rest = new LinkedHashSet<>(further);
    topics.forEach(rest::remove);
    further = rest;
    signal.raise();
  }

  /** Tells whether there is a connection. */
  public boolean isConnected() {
    return connected;
  }

  /** Returns the broker that is connected, or was last tried. */
  public Broker broker() {
    return broker;
  }

  /** Returns why there is no connection; empty while there is one, and before the first attempt. */
  public String problem() {
    return problem;
  }

  /** Returns how many messages wait. */
  public int waiting() {
    return outbox.size();
  }

  /** Returns how many messages were dropped because too many waited. */
  public long dropped() {
    return outbox.dropped();
  }

  /** Ends the session in order, after a last message. */
  public void close(Outbound last) {
    farewell = Optional.of(last);
    close();
  }

  @Override
  public void close() {
    thread.stop();
    closing.countDown();
    signal.raise();
    try {
      if (!thread.join(java.time.Duration.ofMillis(CLOSE_MS))) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void round() throws InterruptedException {
    Optional<Connection> connection = firstThatAnswers();
    if (connection.isPresent()) {
      long beginNs = System.nanoTime();
      serve(connection.get());
      if (System.nanoTime() - beginNs > GOOD_NS) {
        backoff.reset();
      }
    }
    boolean ended = closing.await(backoff.next(), TimeUnit.MILLISECONDS);
    LOG.trace("event=broker-next-round ended={}", ended);
  }

  private Optional<Connection> firstThatAnswers() {
    for (Broker next : settings.brokers()) {
      if (isClosing()) {
        return Optional.empty();
      }
      broker = next;
      try {
        Connection connection =
            Connection.open(
                next,
                settings,
                listener.subscriptions(),
                signal::raise,
                this::arrived,
                this::refused);
        return Optional.of(connection);
      } catch (ConnectFailure e) {
        counters.count("connect_failed");
        failed(next, e.getMessage(), false);
      }
    }
    return Optional.empty();
  }

  private void serve(Connection connection) throws InterruptedException {
    Broker peer = broker;
    connected = true;
    problem = "";
    reasons.clear();
    counters.count("connected");
    LOG.info("event=broker-connected broker={}", peer);
    tell(() -> listener.connected(peer));
    try {
      while (connection.end().isEmpty() && !isClosing()) {
        connection.subscribeFurther(further, this::subscriptionRefused);
        Optional<Outbound> next = connection.hasRoom() ? outbox.poll() : Optional.empty();
        if (next.isPresent()) {
          send(connection, next.get());
        } else if (!signal.await(LOOK_MS)) {
          connection.check();
        }
      }
    } finally {
      connected = false;
      if (connection.end().isEmpty()) {
        sayFarewell(connection);
        connection.close();
      } else {
        connection.drop();
      }
      outbox.addFirst(connection.unacknowledged());
    }
    if (connection.end().isPresent() && !isClosing()) {
      counters.count("connection_lost");
      failed(peer, connection.end().get(), true);
    }
  }

  private void send(Connection connection, Outbound message) {
    connection.send(message);
    counters.count("sent");
  }

  private void sayFarewell(Connection connection) throws InterruptedException {
    if (farewell.isEmpty()) {
      return;
    }
    connection.send(farewell.get());
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FAREWELL_MS);
    while (!connection.unacknowledged().isEmpty()
        && connection.end().isEmpty()
        && System.nanoTime() < endNs) {
      boolean signalled = signal.await(FAREWELL_LOOK_MS);
      LOG.trace("event=session-ends signalled={}", signalled);
    }
  }

  private void failed(Broker peer, String reason, boolean wasConnected) {
    problem = peer + ": " + reason;
    // an outage makes one line for each reason, however long it lasts
    String known = reasons.put(peer, reason);
    if (wasConnected || !reason.equals(known)) {
      LOG.warn(
          "event={} broker={} reason=\"{}\"",
          wasConnected ? "broker-lost" : "broker-not-reached",
          peer,
          reason);
      tell(() -> listener.disconnected(peer, reason, wasConnected));
    }
  }

  private void arrived(Inbound message) {
    counters.count("received");
    tell(() -> listener.arrived(message));
  }

  private void refused(String reason) {
    counters.count("publish_refused");
    if (counters.get("publish_refused") == 1) {
      LOG.warn("event=publish-refused reason=\"{}\"", reason);
    }
  }

  private void subscriptionRefused(String reason) {
    counters.count("subscription_refused");
    LOG.warn("event=subscription-refused reason=\"{}\"", reason);
  }

  /** Nothing that a listener does ends the session. */
  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException | Error e) {
      LOG.error("event=listener-failed", e);
    }
  }
}
