package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;

/**
 * A transaction on the switch's database that is being put together: what the binder does there, as
 * operations of RFC 7047 section 5.2. A row must hang on the root when it is inserted, or it is
 * collected without a word; so the methods here write a port, its interface and the bridge's
 * reference together.
 */
final class OvsdbTransaction {
  private static final String DATABASE = "Open_vSwitch";
  private final JsonArray operations = new JsonArray();
  private int names;

  /**
   * Adds a bridge of the userspace datapath with the port that carries its own name. It forwards
   * nothing but what rules say ({@code fail_mode}): so nothing gets through before they are there.
   */
  void addBridge(String name) {
    JsonObject bridge = new JsonObject();
    bridge.addProperty("name", name);
    bridge.addProperty("datapath_type", "netdev");
    bridge.addProperty("fail_mode", "secure");
    bridge.add("external_ids", OvsdbValue.map(Map.of(OvsdbMirror.OWN_BRIDGE, "true")));
    bridge.add("ports", insertPort(name, "internal", Map.of(), Map.of(), 0));
    insert("Bridge", "bridge", bridge);
    mutate(DATABASE, new JsonArray(), "bridges", "insert", OvsdbValue.namedUuid("bridge"));
  }

  /**
   * Adds a port with one interface to a bridge that is there, or that this transaction adds.
   *
   * @param number the OpenFlow number that it should have; 0: any
   */
  void addPort(
      String bridge,
      String name,
      String type,
      Map<String, String> options,
      Map<String, String> portConfig,
      int number) {
    JsonArray port = insertPort(name, type, options, portConfig, number);
    mutate("Bridge", where("name", new JsonPrimitive(bridge)), "ports", "insert", port);
  }

  /** Takes a port from its bridge, whereupon it and its interface go. */
  void removePort(String bridge, String portUuid) {
    mutate(
        "Bridge",
        where("name", new JsonPrimitive(bridge)),
        "ports",
        "delete",
        OvsdbValue.uuid(portUuid));
  }

  /** Gives an interface its type and options. */
  void setInterface(String interfaceUuid, String type, Map<String, String> options) {
    JsonObject row = new JsonObject();
    row.addProperty("type", type);
    row.add("options", OvsdbValue.map(options));
    JsonObject operation = operation("update", "Interface");
    operation.add("where", where("_uuid", OvsdbValue.uuid(interfaceUuid)));
    operation.add("row", row);
    operations.add(operation);
  }

  /**
   * Asks the switch to say when it has carried this out. The last operation: its result holds the
   * number to wait for.
   */
  void requestConfiguration() {
    mutate(DATABASE, new JsonArray(), "next_cfg", "+=", new JsonPrimitive(1));
    JsonObject select = operation("select", DATABASE);
    select.add("where", new JsonArray());
    JsonArray columns = new JsonArray();
    columns.add("next_cfg");
    select.add("columns", columns);
    operations.add(select);
  }

  /** Returns how many operations there are. */
  int size() {
    return operations.size();
  }

  /** Returns the parameters of the method {@code transact}. */
  JsonArray toParams() {
    JsonArray params = new JsonArray();
    params.add(DATABASE);
    params.addAll(operations);
    return params;
  }

  private JsonArray insertPort(
      String name,
      String type,
      Map<String, String> options,
      Map<String, String> portConfig,
      int number) {
    int n = names++;
    JsonObject iface = new JsonObject();
    iface.addProperty("name", name);
    iface.addProperty("type", type);
    iface.add("options", OvsdbValue.map(options));
    if (number != 0) {
      iface.addProperty("ofport_request", number);
    }
    insert("Interface", "interface" + n, iface);
    JsonObject port = new JsonObject();
    port.addProperty("name", name);
    port.add("interfaces", OvsdbValue.namedUuid("interface" + n));
    port.add("other_config", OvsdbValue.map(portConfig));
    insert("Port", "port" + n, port);
    return OvsdbValue.namedUuid("port" + n);
  }

  private void insert(String table, String uuidName, JsonObject row) {
    JsonObject operation = operation("insert", table);
    operation.addProperty("uuid-name", uuidName);
    operation.add("row", row);
    operations.add(operation);
  }

  private void mutate(
      String table, JsonArray where, String column, String mutator, JsonElement value) {
    JsonObject operation = operation("mutate", table);
    operation.add("where", where);
    operation.add("mutations", array(List.of(triple(column, mutator, value))));
    operations.add(operation);
  }

  private static JsonObject operation(String op, String table) {
    JsonObject operation = new JsonObject();
    operation.addProperty("op", op);
    operation.addProperty("table", table);
    return operation;
  }

  private static JsonArray where(String column, JsonElement value) {
    return array(List.of(triple(column, "==", value)));
  }

  private static JsonArray triple(String column, String operator, JsonElement value) {
    return array(List.of(new JsonPrimitive(column), new JsonPrimitive(operator), value));
  }

  private static JsonArray array(List<? extends JsonElement> elements) {
    JsonArray array = new JsonArray();
    elements.forEach(array::add);
    return array;
  }
}
