package org.ktsn.overlay.mqtt;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.mqtt.session.Inbound;

/**
 * What has come from other nodes and waits to be looked at: the last of each, and not more than
 * there is room for, whatever a broker sends. Any thread; no call waits.
 */
final class Letterbox {
  static final int MAX_NODES = 4_096;
  static final int MAX_OCTETS = 64 * 1024 * 1024;
  private static final int MAX_STATUS_OCTETS = 8_192;

  private final Map<String, Inbound> announcements = new LinkedHashMap<>();
  private final Map<String, Boolean> presence = new LinkedHashMap<>();
  private int octets;

  /**
   * What was taken out.
   *
   * @param announcements the last of each node
   * @param away the nodes that went
   * @param back the nodes that came
   */
  record Post(Map<String, Inbound> announcements, Set<String> away, Set<String> back) {}

  /** Puts an announcement in; returns whether there was room for it. */
  synchronized boolean put(String node, Inbound message) {
    Inbound former = announcements.get(node);
    int more = message.payload().length - (former == null ? 0 : former.payload().length);
    if ((former == null && announcements.size() >= MAX_NODES) || octets + more > MAX_OCTETS) {
      return false;
    }
    announcements.put(node, message);
    octets += more;
    return true;
  }

  /** Puts a status in; returns whether it says anything, and there was room for it. */
  synchronized boolean putStatus(String node, byte[] status) {
    Optional<Boolean> online = online(status);
    if (online.isEmpty() || (!presence.containsKey(node) && presence.size() >= MAX_NODES)) {
      return false;
    }
    presence.put(node, online.get());
    return true;
  }

  /** Throws away what has come from a node. */
  synchronized void drop(String node) {
    Inbound former = announcements.remove(node);
    octets -= former == null ? 0 : former.payload().length;
  }

  /** Takes all out. */
  synchronized Post take() {
    Set<String> away = new HashSet<>();
    Set<String> back = new HashSet<>();
    presence.forEach((node, online) -> (online ? back : away).add(node));
    Post post = new Post(new LinkedHashMap<>(announcements), away, back);
    announcements.clear();
    presence.clear();
    octets = 0;
    return post;
  }

  private static Optional<Boolean> online(byte[] status) {
    if (status.length > MAX_STATUS_OCTETS) {
      return Optional.empty();
    }
    try {
      JsonElement json = JsonParser.parseString(new String(status, StandardCharsets.UTF_8));
      String state =
          json instanceof JsonObject object && object.has("state")
              ? object.get("state").getAsString()
              : "";
      return state.equals("online") || state.equals("offline")
          ? Optional.of(state.equals("online"))
          : Optional.empty();
    } catch (RuntimeException e) {
      return Optional.empty(); // it is nobody's status
    }
  }
}
