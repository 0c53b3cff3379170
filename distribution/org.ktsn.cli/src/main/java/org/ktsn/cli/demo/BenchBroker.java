package org.ktsn.cli.demo;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ktsn.schedule.mqtt.protocol.DesiredMessage;
import org.ktsn.schedule.mqtt.protocol.Topics;
import org.ktsn.schedule.mqtt.session.Broker;
import org.ktsn.schedule.mqtt.session.Credentials;
import org.ktsn.schedule.mqtt.session.Inbound;
import org.ktsn.schedule.mqtt.session.Outbound;
import org.ktsn.schedule.mqtt.session.Outbound.Delivery;
import org.ktsn.schedule.mqtt.session.Session;
import org.ktsn.schedule.mqtt.session.SessionCounters;
import org.ktsn.schedule.mqtt.session.SessionListener;
import org.ktsn.schedule.mqtt.session.SessionSettings;
import org.ktsn.schedule.mqtt.session.TlsFiles;

/**
 * A broker and a controller of a benchmark's own, and the daemon as their node. Each schedule that
 * is published has the list in force, so that it changes nothing but its version.
 */
public final class BenchBroker implements SessionListener, AutoCloseable {
  private static final String PID = "org.ktsn.schedule.mqtt";
  private static final String NETWORK = "bench";
  private static final String NODE = "this";
  private static final int KEEP_ALIVE_S = 30;
  private static final long CONNECT_S = 15;

  private final Testbed testbed;
  private final Topics topics = new Topics(Topics.DEFAULT_PREFIX, NETWORK, NODE);
  private final JsonObject schedule;
  private final CountDownLatch connected = new CountDownLatch(1);
  private final Session session;
  private PrivateBroker broker;

  /** Starts the broker, connects to it, and tells the daemon of it. */
  @SuppressWarnings("this-escape") // final class
  public BenchBroker(Testbed testbed) {
    this.testbed = testbed;
    schedule =
        testbed.control().json("ktsn:schedule").getAsJsonObject().getAsJsonObject("document");
    broker = new PrivateBroker(testbed.work(), testbed.cleanup());
    configure(broker.url());
    session = new Session(settings(broker.url()), this, new SessionCounters());
    session.start();
    try {
      if (!connected.await(CONNECT_S, TimeUnit.SECONDS)) {
        throw new DemoException("The controller can't connect: " + session.problem() + ".");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("Interrupted while connecting to the broker.", e);
    }
  }

  private static SessionSettings settings(String url) {
    return new SessionSettings(
        List.of(Broker.parse(url)),
        "ktsn-bench",
        new Credentials("", Optional.empty()),
        new TlsFiles(Optional.empty(), Optional.empty(), Optional.empty()),
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

  /** Asks for a version of the schedule; the broker keeps it for who comes later. */
  public void publishRetained(long version) {
    publish(version, Delivery.STATE);
  }

  /** Asks for a version of the schedule. */
  public void publish(long version) {
    publish(version, Delivery.MESSAGE);
  }

  private void publish(long version, Delivery delivery) {
    JsonObject message =
        DesiredMessage.toJson(
            "bench-" + version, version, Optional.empty(), schedule, new JsonObject());
    session.publish(Outbound.json(topics.desired(), message, delivery));
  }

  /** Kills the broker, as a crash would. */
  public void kill() {
    broker.close();
    pause();
  }

  /** Starts the broker again, where it was. */
  public void restart() {
    broker = broker.again();
  }

  /** Lets a moment pass. */
  public void pause() {
    Testbed.sleepMs(50);
  }

  private void configure(String url) {
    testbed
        .control()
        .run("ktsn:config %s brokers=%s network=%s node=%s".formatted(PID, url, NETWORK, NODE));
  }

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

  @Override
  public void close() {
    session.close();
    configure("");
    broker.close();
  }
}
