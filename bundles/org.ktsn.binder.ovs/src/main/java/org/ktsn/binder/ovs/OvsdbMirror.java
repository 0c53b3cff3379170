package org.ktsn.binder.ovs;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What the switch's database says of bridges, ports and interfaces: a copy that the server keeps up
 * to date ({@code monitor}, RFC 7047 section 4.1.5). Any thread.
 */
final class OvsdbMirror {
  /** The key in a bridge's {@code external_ids} that tells that KTSN made it. */
  static final String OWN_BRIDGE = "ktsn";

  /** The columns that the binder follows, by table; statistics are not among them. */
  static final Map<String, List<String>> COLUMNS =
      Map.of(
          "Open_vSwitch", List.of("bridges", "cur_cfg", "dpdk_initialized", "iface_types"),
          "Bridge", List.of("name", "datapath_type", "external_ids", "ports"),
          "Port", List.of("name", "interfaces"),
          "Interface", List.of("name", "type", "options", "ofport", "error", "link_state"));

  /** The root row. */
  record Root(long curCfg, boolean dpdkInitialized, Set<String> interfaceTypes) {}

  /**
   * A bridge.
   *
   * @param own whether KTSN made it, and nobody else's rules are in its flow table
   */
  record Bridge(String uuid, String name, String datapathType, boolean own, List<String> ports) {}

  /** A port and its first interface; the binder's ports have just one. */
  record Port(String uuid, String name, Interface iface) {}

  /**
   * An interface.
   *
   * @param ofport its OpenFlow number; 0 while the switch has not dealt with it, -1 if it could not
   *     be opened
   */
  record Interface(
      String uuid,
      String name,
      String type,
      Map<String, String> options,
      int ofport,
      String error,
      boolean linkUp) {}

  private record PortRow(String uuid, String name, List<String> interfaces) {}

  private Root root = new Root(0, false, Set.of());
  private final Map<String, Bridge> bridges = new HashMap<>();
  private final Map<String, PortRow> ports = new HashMap<>();
  private final Map<String, Interface> interfaces = new HashMap<>();

  /** Takes up table updates, the first ones as well as later ones. */
  synchronized void update(JsonObject tables) {
    for (Map.Entry<String, JsonElement> table : tables.entrySet()) {
      for (Map.Entry<String, JsonElement> row : table.getValue().getAsJsonObject().entrySet()) {
        JsonElement now = row.getValue().getAsJsonObject().get("new");
        update(
            table.getKey(),
            row.getKey(),
            now == null || now.isJsonNull() ? null : now.getAsJsonObject());
      }
    }
    notifyAll();
  }

  /** Has all who wait look at their condition again. */
  synchronized void wake() {
    notifyAll();
  }

  /**
   * Waits until a condition holds; it is looked at after every update and every {@link #wake}.
   *
   * @return whether it holds
   */
  synchronized boolean await(BooleanSupplier condition, Duration limit)
      throws InterruptedException {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      long leftNs = deadlineNs - System.nanoTime();
      if (leftNs <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, leftNs);
    }
    return true;
  }

  /** Returns the root row. */
  synchronized Root root() {
    return root;
  }

  /** Returns a bridge. */
  synchronized Optional<Bridge> bridge(String name) {
    return bridges.values().stream().filter(bridge -> bridge.name().equals(name)).findFirst();
  }

  /** Returns the ports of a bridge by name; none if it is not there. */
  synchronized Map<String, Port> ports(String bridgeName) {
    Map<String, Port> found = new LinkedHashMap<>();
    bridge(bridgeName).ifPresent(bridge -> portsOf(bridge).forEach(p -> found.put(p.name(), p)));
    return found;
  }

  /** Returns the bridge that each port of another bridge than this one belongs to, by port. */
  synchronized Map<String, String> portsElsewhere(String bridgeName) {
    Map<String, String> found = new HashMap<>();
    for (Bridge bridge : bridges.values()) {
      if (!bridge.name().equals(bridgeName)) {
        portsOf(bridge).forEach(port -> found.put(port.name(), bridge.name()));
      }
    }
    return found;
  }

  private List<Port> portsOf(Bridge bridge) {
    List<Port> found = new ArrayList<>();
    for (String uuid : bridge.ports()) {
      PortRow row = ports.get(uuid);
      if (row == null) {
        continue;
      }
      row.interfaces().stream()
          .map(interfaces::get)
          .filter(iface -> iface != null)
          .findFirst()
          .ifPresent(iface -> found.add(new Port(uuid, row.name(), iface)));
    }
    return found;
  }

  private void update(String table, String uuid, JsonObject row) {
    switch (table) {
      case "Open_vSwitch" -> {
        if (row != null) {
          root = root(row);
        }
      }
      case "Bridge" -> put(bridges, uuid, row == null ? null : bridge(uuid, row));
      case "Port" -> put(ports, uuid, row == null ? null : port(uuid, row));
      case "Interface" -> put(interfaces, uuid, row == null ? null : iface(uuid, row));
      default -> {}
    }
  }

  private static <T> void put(Map<String, T> rows, String uuid, T row) {
    if (row == null) {
      rows.remove(uuid);
    } else {
      rows.put(uuid, row);
    }
  }

  private static Root root(JsonObject row) {
    return new Root(
        row.get("cur_cfg").getAsLong(),
        row.get("dpdk_initialized").getAsBoolean(),
        new HashSet<>(OvsdbValue.readStrings(row.get("iface_types"))));
  }

  private static Bridge bridge(String uuid, JsonObject row) {
    return new Bridge(
        uuid,
        row.get("name").getAsString(),
        row.get("datapath_type").getAsString(),
        OvsdbValue.readMap(row.get("external_ids")).containsKey(OWN_BRIDGE),
        OvsdbValue.readUuids(row.get("ports")));
  }

  private static PortRow port(String uuid, JsonObject row) {
    return new PortRow(
        uuid, row.get("name").getAsString(), OvsdbValue.readUuids(row.get("interfaces")));
  }

  private static Interface iface(String uuid, JsonObject row) {
    return new Interface(
        uuid,
        row.get("name").getAsString(),
        row.get("type").getAsString(),
        OvsdbValue.readMap(row.get("options")),
        OvsdbValue.readOptional(row.get("ofport")).map(JsonElement::getAsInt).orElse(0),
        OvsdbValue.readOptional(row.get("error")).map(JsonElement::getAsString).orElse(""),
        OvsdbValue.readOptional(row.get("link_state"))
            .map(JsonElement::getAsString)
            .orElse("")
            .equals("up"));
  }
}
