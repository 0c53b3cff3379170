package org.ktsn.mqtt.protocol;

import java.util.regex.Pattern;

/**
 * The topics of one node, {@code PREFIX/NETWORK/NODE/...}.
 *
 * @param prefix one or more levels, {@value #DEFAULT_PREFIX} unless the network has its own
 * @param network the network's name, one level
 * @param node the node's name in it, one level
 */
public record Topics(String prefix, String network, String node) {
  /** The usual prefix. */
  public static final String DEFAULT_PREFIX = "ktsn/v1";

  /** In the node's place: all nodes of the network. For subscriptions only. */
  public static final String EVERY_NODE = "+";

  private static final Pattern LEVEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final int MAX_RESPONSE_TOPIC = 256;

  /** Checks the names. */
  public Topics {
    for (String level : prefix.split("/", -1)) {
      check("prefix", prefix, level);
    }
    check("network", network, network);
    if (!node.equals(EVERY_NODE)) {
      check("node", node, node);
    }
  }

  private static void check(String what, String whole, String level) {
    if (!LEVEL.matcher(level).matches()) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " is '"
              + whole
              + "'; use 1 to 63 letters, digits, '.', '_' or '-' a level, beginning with a letter or"
              + " digit");
    }
  }

  /** The node's presence: retained, and its last will. */
  public String status() {
    return topic("status");
  }

  /** What the controller wants of the node: retained. */
  public String desired() {
    return topic("desired");
  }

  /** What is in force at the node: retained. */
  public String reported() {
    return topic("reported");
  }

  /** What the controller wants of a part of the node: retained. */
  public String desired(String part) {
    return below(desired(), part);
  }

  /** What is in force at a part of the node: retained. */
  public String reported(String part) {
    return below(reported(), part);
  }

  /** Questions to a part of the node. */
  public String request(String part) {
    return below(request(), part);
  }

  /** Questions to the node. */
  public String request() {
    return topic("request");
  }

  /** Below it, or it itself: where the node answers. */
  public String response() {
    return topic("response");
  }

  /** What happens at the node. */
  public String event() {
    return topic("event");
  }

  /** What the node says of itself to the other nodes, for their pods' network: retained. */
  public String overlay() {
    return topic("overlay");
  }

  /** What each pod sent. */
  public String flows() {
    return topic("flows");
  }

  /** The data plane's counters. */
  public String statistics() {
    return topic("statistics");
  }

  /** Returns the same topics of another node. */
  public Topics of(String other) {
    return new Topics(prefix, network, other);
  }

  /** Returns a topic of a node with {@link #EVERY_NODE} in its place; empty if it is none. */
  public String ofEvery(String topic) {
    String named = nodeOf(topic);
    String start = prefix + "/" + network + "/";
    return LEVEL.matcher(named).matches()
        ? start + EVERY_NODE + topic.substring(start.length() + named.length())
        : "";
  }

  /** Returns the node that one of these topics belongs to; empty if it is none of them. */
  public String nodeOf(String topic) {
    String start = prefix + "/" + network + "/";
    int end = topic.indexOf('/', start.length());
    return topic.startsWith(start) && end > 0 ? topic.substring(start.length(), end) : "";
  }

  /**
   * Tells whether the node may answer there: a response topic is another's data, and must not make
   * the node write elsewhere.
   */
  public boolean isResponse(String topic) {
    return (topic.equals(response()) || topic.startsWith(response() + "/"))
        && topic.length() <= MAX_RESPONSE_TOPIC
        && topic.chars().noneMatch(c -> c == '+' || c == '#' || Character.isISOControl(c));
  }

  /** The node's name with its network, as a signed schedule names it. */
  public String address() {
    return network + "/" + node;
  }

  /** The node's schedule has no level of its own: its part's name is empty. */
  private static String below(String topic, String part) {
    return part.isEmpty() ? topic : topic + "/" + part;
  }

  private String topic(String name) {
    return prefix + "/" + network + "/" + node + "/" + name;
  }
}
