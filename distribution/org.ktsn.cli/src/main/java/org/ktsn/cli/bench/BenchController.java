package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;

/**
 * A benchmark's controller, and the daemon as its node. Each schedule that it publishes has the
 * list in force, so that nothing changes but the version.
 */
public final class BenchController implements AutoCloseable {
  private static final String PID = "org.ktsn.schedule.mqtt";
  private static final String NETWORK = "bench";
  private static final String NODE = "this";
  private static final long PATIENCE_NS = 60_000_000_000L;

  private final Testbed testbed;
  private final String nodeSettings;
  private final Topics topics = new Topics(Topics.DEFAULT_PREFIX, NETWORK, NODE);
  private final JsonObject schedule;
  private final Publisher publisher;

  /** Connects to the broker, and tells the daemon of it. */
  BenchController(Testbed testbed, BrokerAccess access) {
    this.testbed = testbed;
    nodeSettings = access.node();
    schedule =
        testbed.control().json("ktsn:schedule").getAsJsonObject().getAsJsonObject("document");
    configure(
        "brokers=%s network=%s node=%s %s".formatted(access.url(), NETWORK, NODE, nodeSettings));
    publisher = new Publisher(access, "ktsn-bench", "The controller");
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
    publisher.publish(Outbound.json(topics.desired(), message, delivery));
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

  /** Leaves the broker, and has the daemon leave it. */
  @Override
  public void close() {
    publisher.close();
    configure("brokers= " + nodeSettings.replaceAll("=\\S*", "-"));
  }
}
