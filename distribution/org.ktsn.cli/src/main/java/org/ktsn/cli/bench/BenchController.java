package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;
import org.ktsn.mqtt.session.SessionListener;
import org.ktsn.mqtt.session.SessionSettings;

/**
 * A benchmark's controller, and the daemon as its node. Each schedule that it publishes has the
 * list in force, so that nothing changes but the version.
 */
public final class BenchController implements SessionListener, AutoCloseable {
  private static final String PID = "org.ktsn.schedule.mqtt";
  private static final String NETWORK = "bench";
  private static final String NODE = "this";
  private static final int KEEP_ALIVE_S = 30;
  private static final long CONNECT_S = 15;
  private static final long PATIENCE_NS = 60_000_000_000L;

  private final Testbed testbed;
  private final String nodeSettings;
  private final Topics topics = new Topics(Topics.DEFAULT_PREFIX, NETWORK, NODE);
  private final JsonObject schedule;
  private final CountDownLatch connected = new CountDownLatch(1);
  private final Session session;

  /** Connects to the broker, and tells the daemon of it. */
  @SuppressWarnings("this-escape") // final class
  BenchController(Testbed testbed, BrokerAccess access) {
    this.testbed = testbed;
    nodeSettings = access.node();
    schedule =
        testbed.control().json("ktsn:schedule").getAsJsonObject().getAsJsonObject("document");
    configure(
        "brokers=%s network=%s node=%s %s".formatted(access.url(), NETWORK, NODE, nodeSettings));
    session = new Session(settings(access, "ktsn-bench"), this, new SessionCounters());
    session.start();
    try {
      if (!connected.await(CONNECT_S, TimeUnit.SECONDS)) {
        String problem = session.problem();
        close();
        throw new CommandFailure("The controller can't connect: " + problem + ".");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted while connecting to the broker.", e);
    }
  }

  /** Returns how a benchmark's client of a broker behaves. */
  static SessionSettings settings(BrokerAccess access, String clientId) {
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

  /** Returns what the daemon says of its link: {@code ktsn:mqtt}. */
  public JsonObject link() {
    return testbed.control().json("ktsn:mqtt").getAsJsonObject();
  }

  /** Tells whether the daemon has a connection. */
  public boolean nodeIsConnected() {
    return link().get("state").getAsString().equals("connected");
  }

  /** Returns one of the daemon's counters of its link. */
  public long counter(String name) {
    JsonObject counters = link().getAsJsonObject("counters");
    return counters.has(name) ? counters.get(name).getAsLong() : 0;
  }

  /** Waits until the daemon has a connection. */
  public void awaitConnected() {
    long limit = System.nanoTime() + PATIENCE_NS;
    while (!nodeIsConnected()) {
      if (System.nanoTime() - limit > 0) {
        throw new CommandFailure(
            "The node does not connect to the broker again: "
                + link().get("problem").getAsString()
                + ".");
      }
      pause();
    }
  }

  /** Waits until the daemon has a version of the schedule. */
  public void awaitVersion(long version) {
    long limit = System.nanoTime() + PATIENCE_NS;
    while (versionAtNode() != version) {
      if (System.nanoTime() - limit > 0) {
        throw new CommandFailure(
            "The node has version "
                + versionAtNode()
                + " of the schedule, not "
                + version
                + "; 'ktsn:mqtt' tells what it did.");
      }
      pause();
    }
  }

  private long versionAtNode() {
    JsonObject status = link();
    return status.has("schedule")
        ? status.getAsJsonObject("schedule").get("version").getAsLong()
        : 0;
  }

  /** Lets a moment pass. */
  public static void pause() {
    Patience.sleepMs(50);
  }

  private void configure(String settings) {
    testbed.control().run("ktsn:config " + PID + " " + settings);
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

  /** Leaves the broker, and has the daemon leave it. */
  @Override
  public void close() {
    session.close();
    configure("brokers= " + nodeSettings.replaceAll("=\\S*", "-"));
  }
}
