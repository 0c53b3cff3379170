package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.hosts.OverlayPlan;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.TlsFiles;

/**
 * Nodes that are made up: each announces its pods at a broker as a node of KTSN does. One thread,
 * beside the session's.
 */
public final class AnnouncedNodes implements AutoCloseable {
  private static final long SENDING_MS = 60_000;

  private final Topics topics;
  private final Publisher publisher;

  /**
   * Connects to the broker.
   *
   * @param network whose nodes they are
   */
  public AnnouncedNodes(String brokerUrl, String network) {
    topics = new Topics(Topics.DEFAULT_PREFIX, network, Topics.EVERY_NODE);
    publisher =
        new Publisher(
            new BrokerAccess(brokerUrl, Credentials.NONE, TlsFiles.NONE, ""),
            "ktsn-nodes",
            "Whoever announces the nodes");
  }

  /** Has a node say that it has so many pods, of which each has an address of its own. */
  public void announce(int node, int pods) {
    JsonArray all = new JsonArray();
    for (int pod = 0; pod < pods; pod++) {
      JsonObject one = new JsonObject();
      one.addProperty("name", "pod" + pod);
      one.addProperty("mac", mac(node, pod));
      one.add("addresses", array(address(node, pod)));
      all.add(one);
    }
    JsonObject network = new JsonObject();
    network.addProperty("name", "pods");
    network.addProperty("vni", OverlayPlan.VNI);
    network.add("subnets", array("10.128.0.0/9"));
    network.add("pods", all);
    JsonArray networks = new JsonArray();
    networks.add(network);
    JsonObject announcement = new JsonObject();
    announcement.addProperty("id", name(node));
    announcement.addProperty("tunnel", tunnel(node));
    announcement.add("networks", networks);
    say(node, announcement.toString());
  }

  /** Has a node leave. */
  public void leave(int node) {
    say(node, "");
  }

  /** Waits until the broker has taken all that was said. */
  public void awaitSent() {
    if (!Patience.until(() -> publisher.waiting() == 0, SENDING_MS, 1)) {
      throw new CommandFailure(
          "The broker did not take all announcements within " + SENDING_MS / 1000 + " s.");
    }
  }

  private void say(int node, String text) {
    publisher.publish(
        new Outbound(
            topics.of(name(node)).overlay(),
            text.getBytes(StandardCharsets.UTF_8),
            "application/json",
            Delivery.STATE,
            Optional.empty(),
            Optional.empty()));
  }

  static String name(int node) {
    return "made-up-" + node;
  }

  /** Returns where a node's tunnels end: from the range for benchmarks (RFC 2544). */
  static String tunnel(int node) {
    return String.format(Locale.ROOT, "198.19.%d.%d", node / 250, node % 250 + 1);
  }

  static String mac(int node, int pod) {
    return String.format(
        Locale.ROOT,
        "02:aa:%02x:%02x:%02x:%02x",
        node >> 8 & 0xff,
        node & 0xff,
        pod >> 8 & 0xff,
        pod & 0xff);
  }

  /** Returns a pod's address: a thousand nodes of a thousand pods have one each in 10.128.0.0/9. */
  static String address(int node, int pod) {
    int value = (10 << 24 | 128 << 16) + node * 1024 + pod + 1;
    return String.format(
        Locale.ROOT,
        "%d.%d.%d.%d",
        value >>> 24,
        value >>> 16 & 0xff,
        value >>> 8 & 0xff,
        value & 0xff);
  }

  private static JsonArray array(String value) {
    JsonArray array = new JsonArray();
    array.add(value);
    return array;
  }

  @Override
  public void close() {
    publisher.close();
  }
}
