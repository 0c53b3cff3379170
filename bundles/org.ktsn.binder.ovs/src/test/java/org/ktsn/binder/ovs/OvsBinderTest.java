package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
import org.ktsn.api.pod.MacAddress;

@Timeout(60)
class OvsBinderTest {
  private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:01");

  private static final String POD_PORT =
      """
      {"Bridge":{"b0":{"new":{"name":"br-x","datapath_type":"netdev",
         "external_ids":["map",[]],
         "ports":["set",[["uuid","p0"],["uuid","p1"],["uuid","p2"]]]}}},
       "Port":{"p2":{"new":{"name":"v0-x","interfaces":["set",[["uuid","i2"]]]}}},
       "Interface":{"i2":{"new":{"name":"v0-x","type":"","options":["map",[]],"ofport":%s,
               "error":%s,"link_state":["set",[]]}}}}
      """;

  @TempDir private Path directory;
  private OvsBinder binder;

  @AfterEach
  void unbind() {
    if (binder != null) {
      binder.deactivate();
    }
  }

  @Test
  void shouldSayHowToStartSwitchThatIsNotThere() {
    bind();
    SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort("v0-x"));
    assertTrue(refusal.getMessage().contains("db.sock"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("ktsn up"), refusal.getMessage());
    assertFalse(binder.status().connected());
    binder.removePodPort("v0-x");
    binder.unpin(MAC);
  }

  @Test
  void shouldSayWhenDaemonDoesNotRun() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.daemon.close();
      bind();
      assertRefused("ovs-vswitchd");
    }
  }

  @Test
  void shouldRefuseVersionThatCannotPin() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.version("2.15.3");
      bind();
      assertRefused("2.16 or later");
    }
  }

  @Test
  void shouldSayWhatToSetWhenSwitchRunsWithoutDpdk() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      String root = FakeSwitch.root(1000, false, "dpdkvhostuserclient");
      fake.initially(FakeSwitch.BRIDGE_AND_PORT, root);
      fake.database.answer(
          "transact", params -> JsonParser.parseString("[{},{\"rows\":[{\"next_cfg\":1000}]}]"));
      bind();
      assertRefused("other_config:dpdk-init=true");
    }
  }

  @Test
  void shouldSayWhatToInstallWhenSwitchWasBuiltWithoutDpdk() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.initially(FakeSwitch.BRIDGE_AND_PORT, FakeSwitch.root(1000, false, "internal"));
      fake.database.answer(
          "transact", params -> JsonParser.parseString("[{},{\"rows\":[{\"next_cfg\":1000}]}]"));
      bind();
      assertRefused("apt-get install openvswitch-switch-dpdk");
    }
  }

  @Test
  void shouldRefuseBridgeOfKernelDatapath() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.initially(
          FakeSwitch.BRIDGE_AND_PORT.replace("netdev", "system"),
          FakeSwitch.root(0, true, "dpdkvhostuserclient"));
      bind();
      assertRefused("datapath type 'system'");
    }
  }

  @Test
  void shouldReportFailureOfCommitThatFollowsGoodResults() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      fake.database.answer(
          "transact",
          params ->
              JsonParser.parseString(
                  "[{},{},{},{},{\"rows\":[{\"next_cfg\":9}]},"
                      + "{\"error\":\"constraint violation\",\"details\":\"two rows v0-x\"}]"));
      SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort("v0-x"));
      assertTrue(
          refusal.getMessage().contains("constraint violation: two rows v0-x"),
          refusal.getMessage());
    }
  }

  @Test
  void shouldReportFailingOperation() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      fake.database.answer(
          "transact",
          params -> JsonParser.parseString("[{},{\"error\":\"unknown column\"},null,null]"));
      SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort("v0-x"));
      assertTrue(refusal.getMessage().contains("unknown column"), refusal.getMessage());
    }
  }

  @Test
  void shouldAdoptBridgeAndPortThatAreThere() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      assertEquals(
          List.of(
              new SwitchPort("br-x", "internal", 65534, false, "", List.of()),
              new SwitchPort("k0-x", "dpdkvhostuserclient", 1, true, "", List.of())),
          binder.status().ports());
      assertTrue(
          fake.database.calls("transact").stream().noneMatch(c -> c.toString().contains("insert")));
    }
  }

  @Test
  void shouldPinAnewWhenDaemonHangsUp() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      addPort(fake, "2", "[\"set\",[]]");
      addPodPort("v0-x");
      binder.pin(MAC, "v0-x");
      assertEquals(
          "[[\"br-x\",\"v0-x\",\"0\",\"02:00:5e:10:00:01\"]]",
          fake.daemon.calls("fdb/add").toString());
      fake.daemon.hangUp();
      Eventually.holds("the second pin", () -> fake.daemon.calls("fdb/add").size() == 2);
      awaitReady();
    }
  }

  @Test
  void shouldPinAnewWhenSwitchNumbersPortAnew() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      addPort(fake, "2", "[\"set\",[]]");
      addPodPort("v0-x");
      binder.pin(MAC, "v0-x");
      addPort(fake, "3", "[\"set\",[]]");
      Eventually.holds("the second pin", () -> fake.daemon.calls("fdb/add").size() == 2);
    }
  }

  @Test
  void shouldGoOnAfterDatabaseSpokeNonsense() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      fake.database.sendUpdate("{\"Bridge\":{\"b0\":{\"new\":{\"name\":[]}}}}");
      Eventually.holds("a new session", () -> fake.database.calls("monitor").size() == 2);
      awaitReady();
    }
  }

  @Test
  void shouldGoOnAfterAnAnswerThatNobodyThoughtOf() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.daemon.answer("version", params -> new JsonObject());
      bind();
      Eventually.holds("it asks again", () -> fake.daemon.calls("version").size() >= 3);
      fake.version("3.1.0");
      awaitReady();
      addPort(fake, "2", "[\"set\",[]]");
      addPodPort("v0-x");
    }
  }

  @Test
  void shouldTellErrorOfPortAndKeepIt() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      addPort(fake, "2", "[\"set\",[]]");
      addPodPort("v0-x");
      addPort(fake, "-1", "\"No such device\"");
      Eventually.holds(
          "the error",
          () ->
              binder.status().ports().stream()
                  .anyMatch(p -> p.number() == -1 && p.error().equals("No such device")));
      assertTrue(binder.status().connected());
    }
  }

  @Test
  void shouldRefuseWhatSwitchCannotPin() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      fake.daemon.answer(
          "fdb/add",
          params -> {
            throw new FakePeer.Refusal("no such port");
          });
      SwitchException refusal = assertThrows(SwitchException.class, () -> binder.pin(MAC, "k0-x"));
      assertTrue(refusal.getMessage().contains("no such port"), refusal.getMessage());
      fake.daemon.answer("fdb/add", params -> new JsonPrimitive(""));
      binder.pin(MAC, "k0-x");
      assertEquals(List.of(MAC.toString()), binder.status().ports().getLast().pinned());
    }
  }

  @Test
  void shouldRefuseOwnPortsAsPodPorts() {
    bind();
    assertThrows(SwitchException.class, () -> addPodPort("k0-x"));
    assertThrows(SwitchException.class, () -> addPodPort("br-x"));
  }

  @Test
  void shouldHaveRulesForPodPortsAndForTheRestOfItsOwnBridge() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      long forAll = new TagRules(1, Map.of()).messages().keySet().iterator().next();
      Eventually.holds(
          "the rules for all",
          () -> fake.flows.cookies().equals(List.of(SourceRules.REST_COOKIE, forAll)));
      addPort(fake, "2", "[\"set\",[]]");
      addPodPort("v0-x");
      SourceRules rules = new SourceRules(2, MAC, List.of(InetAddress.ofLiteral("10.77.0.2")));
      assertEquals(rules.dropCookie(), fake.flows.cookies().get(2));
      assertEquals(18, fake.flows.cookies().size());
      assertTrue(
          fake.flows.cookies().containsAll(new TagRules(1, Map.of(MAC, 2)).messages().keySet()));
      assertEquals(Map.of("v0-x", 15L), binder.droppedFrames());
      addPort(fake, "3", "[\"set\",[]]");
      Eventually.holds(
          "the rules for the new number",
          () -> Set.copyOf(fake.flows.cookies()).contains(rules.dropCookie() + (1L << 32)));
      Eventually.holds(
          "the end of the old ones", () -> !fake.flows.cookies().contains(rules.dropCookie()));
    }
  }

  @Test
  void shouldAskForNumberAndHaveRulesBeforeThePort() throws IOException {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      bind();
      awaitReady();
      List<Long> rulesAtInsertion = new CopyOnWriteArrayList<>();
      FakePeer.Answer transact = fake.database.answerTo("transact");
      fake.database.answer(
          "transact",
          params -> {
            if (params.toString().contains("\"ofport_request\":1025")) {
              rulesAtInsertion.addAll(fake.flows.cookies());
            }
            return transact.to(params);
          });
      addPodPort("v0-x");
      assertEquals(17, rulesAtInsertion.size());
      assertEquals(1025, SourceRules.port(rulesAtInsertion.getLast()));
    }
  }

  @Test
  void shouldRefuseAddressThatIsNone() {
    bind();
    for (String address :
        List.of("", "10.77.0", "fe80::1::/64", "fe80::1%2", "10.77.0.x", "10.77.0.256")) {
      assertThrows(
          SwitchException.class, () -> binder.addPodPort("v0-x", MAC, List.of(address)), address);
    }
  }

  private void addPodPort(String name) {
    binder.addPodPort(name, MAC, List.of("10.77.0.2/16"));
  }

  private void addPort(FakeSwitch fake, String ofport, String error) {
    fake.database.sendUpdate(POD_PORT.formatted(ofport, error));
    Eventually.holds(
        "the port",
        () ->
            binder.status().ports().stream()
                .anyMatch(p -> p.name().equals("v0-x") && p.number() == Integer.parseInt(ofport)));
  }

  private void assertRefused(String words) {
    SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort("v0-x"));
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
    assertFalse(binder.status().connected());
  }

  private void awaitReady() {
    Eventually.holds("the switch", () -> binder.status().connected());
  }

  private void bind() {
    binder =
        new OvsBinder(
            new OvsSettings(
                directory,
                "br-x",
                "k0-x",
                Path.of("/run/x/vhost.sock"),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10)),
            directory);
  }
}
