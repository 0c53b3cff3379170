package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sockets of an Open vSwitch that does nothing: its database takes every transaction and says
 * at once that it is carried out.
 */
final class FakeSwitch implements AutoCloseable {
  static final String BRIDGE_AND_PORT =
      """
      {"Bridge":{"b0":{"new":{"name":"br-x","datapath_type":"netdev",
         "external_ids":["map",[["ktsn","true"]]],
         "ports":["set",[["uuid","p0"],["uuid","p1"]]]}}},
       "Port":{"p0":{"new":{"name":"br-x","interfaces":["uuid","i0"]}},
               "p1":{"new":{"name":"k0-x","interfaces":["uuid","i1"]}}},
       "Interface":{
         "i0":{"new":{"name":"br-x","type":"internal","options":["map",[]],"ofport":65534,
               "error":["set",[]],"link_state":"down"}},
         "i1":{"new":{"name":"k0-x","type":"dpdkvhostuserclient","ofport":1,
               "options":["map",[["vhost-server-path","/run/x/vhost.sock"],["tx-retries-max","0"]]],
               "error":["set",[]],"link_state":"up"}}}}
      """;

  final FakePeer database;
  final FakePeer daemon;
  final FakeFlowTable flows;
  private final AtomicLong nextCfg = new AtomicLong();

  FakeSwitch(Path directory) throws IOException {
    database = new FakePeer(directory.resolve("db.sock"));
    daemon = new FakePeer(directory.resolve("ovs-vswitchd.1.ctl"));
    flows = new FakeFlowTable(directory.resolve("br-x.mgmt"));
    Files.writeString(directory.resolve("ovs-vswitchd.pid"), "1\n");
    initially(BRIDGE_AND_PORT, root(0, true, "dpdkvhostuserclient"));
    version("3.1.0");
    database.answer("echo", params -> params);
    database.answer("transact", this::transact);
    daemon.answer("fdb/show", params -> new JsonPrimitive(" port  VLAN  MAC                Age\n"));
    daemon.answer("fdb/add", params -> new JsonPrimitive(""));
    daemon.answer("fdb/del", params -> new JsonPrimitive(""));
  }

  /** Sets what the database says at first: tables, and the root row. */
  void initially(String tables, String root) {
    JsonObject initial = JsonParser.parseString(tables).getAsJsonObject();
    initial.add("Open_vSwitch", JsonParser.parseString(root));
    database.answer("monitor", params -> initial);
  }

  void version(String version) {
    daemon.answer(
        "version", params -> new JsonPrimitive("ovs-vswitchd (Open vSwitch) " + version + "\n"));
  }

  static String root(long curCfg, boolean dpdk, String interfaceTypes) {
    return "{\"r\":{\"new\":{\"bridges\":[\"set\",[]],\"cur_cfg\":"
        + curCfg
        + ",\"dpdk_initialized\":"
        + dpdk
        + ",\"iface_types\":\""
        + interfaceTypes
        + "\"}}}";
  }

  @Override
  public void close() throws IOException {
    database.close();
    daemon.close();
    flows.close();
  }

  private JsonElement transact(JsonArray params) {
    long number = nextCfg.incrementAndGet();
    JsonArray results = new JsonArray();
    for (int operation = 1; operation < params.size(); operation++) {
      results.add(new JsonObject());
    }
    results.set(
        results.size() - 1, JsonParser.parseString("{\"rows\":[{\"next_cfg\":" + number + "}]}"));
    database.sendUpdate("{\"Open_vSwitch\":" + root(number, true, "dpdkvhostuserclient") + "}");
    return results;
  }
}
