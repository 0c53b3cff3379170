package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
import org.ktsn.api.pod.MacAddress;

/** The binder on a real Open vSwitch with DPDK, judged by Open vSwitch's own tools. */
@Tag("system")
class OvsBinderSystemTest {
  private static final String ID = Long.toString(ProcessHandle.current().pid() % 100_000);
  private static final String BRIDGE = "br-t" + ID;
  private static final String VHOST = "k0-t" + ID;
  private static final String VETH = "va-t" + ID;
  private static final String PEER = "vb-t" + ID;
  private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:01");

  private static PrivateOvs ovs;
  private OvsBinder binder;

  @BeforeAll
  static void startSwitch() throws IOException {
    ovs = new PrivateOvs();
  }

  @AfterAll
  static void stopSwitch() {
    if (ovs != null) {
      ovs.close();
    }
  }

  @BeforeEach
  void bind() {
    ovs.ip("link", "add", VETH, "type", "veth", "peer", "name", PEER);
    ovs.ip("link", "set", VETH, "up");
    binder = new OvsBinder(settings());
    awaitReady();
  }

  @AfterEach
  void unbind() {
    binder.deactivate();
    ovs.start();
    ovs.vsctl("--if-exists", "del-br", BRIDGE);
    ovs.ip("link", "del", VETH);
  }

  @Test
  void shouldMakeBridgeWithVhostUserPort() {
    assertEquals("netdev", ovs.vsctl("get", "Bridge", BRIDGE, "datapath_type"));
    assertEquals("dpdkvhostuserclient", ovs.vsctl("get", "Interface", VHOST, "type"));
    assertEquals(
        "{tx-retries-max=\"0\", vhost-server-path=\"" + vhostSocket() + "\"}",
        ovs.vsctl("get", "Interface", VHOST, "options"));
    SwitchPort port = port(VHOST).orElseThrow();
    assertTrue(port.number() > 0, port.toString());
    assertFalse(port.linkUp(), "nobody serves the socket");
    assertEquals("3", binder.status().version().substring(0, 1));
  }

  @Test
  void shouldAddPodPortAndPinItsAddress() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    assertEquals(
        Integer.toString(port(VETH).orElseThrow().number()),
        ovs.vsctl("get", "Interface", VETH, "ofport"));
    assertEquals(List.of(MAC.toString()), port(VETH).orElseThrow().pinned());
    assertPinned();
  }

  @Test
  void shouldKeepPinWhenAnotherPortSendsFromItsAddress() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    int vhost = port(VHOST).orElseThrow().number();
    ovs.appctl(
        "ofproto/trace",
        BRIDGE,
        "in_port=" + vhost + ",dl_src=" + MAC + ",dl_dst=02:00:5e:10:00:02,dl_type=0x0800",
        "-generate");
    assertPinned();
  }

  @Test
  void shouldRemovePortAndPin() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    binder.unpin(MAC);
    assertFalse(ovs.appctl("fdb/show", BRIDGE).contains(MAC.toString()));
    binder.removePodPort(VETH);
    binder.removePodPort(VETH);
    binder.unpin(MAC);
    assertEquals(Optional.empty(), port(VETH));
    assertEquals(VHOST, ovs.vsctl("list-ports", BRIDGE));
  }

  @Test
  void shouldRefuseInterfaceThatDoesNotExistAndLeaveNothingOfIt() {
    SwitchException refusal =
        assertThrows(SwitchException.class, () -> binder.addPodPort("v9-" + ID));
    assertTrue(refusal.getMessage().contains("No such device"), refusal.getMessage());
    Eventually.holds("the port's removal", () -> ovs.vsctl("list-ports", BRIDGE).equals(VHOST));
  }

  @Test
  void shouldRefuseToPinToPortThatIsNotThere() {
    SwitchException refusal =
        assertThrows(SwitchException.class, () -> binder.pin(MAC, "v9-" + ID));
    assertTrue(refusal.getMessage().contains("has no such port"), refusal.getMessage());
  }

  @Test
  void shouldBringPortsAndPinsBackWhenSwitchIsKilled() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    ovs.kill("ovs-vswitchd");
    Eventually.holds("the notice", Duration.ofSeconds(1), () -> !binder.status().connected());
    ovs.start();
    Eventually.holds("the pin", () -> ovs.appctl("fdb/show", BRIDGE).contains(MAC.toString()));
    awaitReady();
    assertPinned();
  }

  @Test
  void shouldGoOnWhenDatabaseServerIsKilled() {
    ovs.kill("ovsdb-server");
    Eventually.holds("the notice", Duration.ofSeconds(1), () -> !binder.status().connected());
    ovs.start();
    awaitReady();
    binder.addPodPort(VETH);
    assertTrue(ovs.vsctl("list-ports", BRIDGE).contains(VETH));
  }

  @Test
  void shouldCarryOutAfterReturnWhatWasAskedForWhileAway() {
    ovs.kill("ovs-vswitchd");
    SwitchException refusal = assertThrows(SwitchException.class, () -> binder.addPodPort(VETH));
    assertTrue(refusal.getMessage().contains("ovs-vswitchd"), refusal.getMessage());
    ovs.start();
    Eventually.holds("the port", () -> port(VETH).map(p -> p.number() > 0).orElse(false));
  }

  @Test
  void shouldMakeBridgeAnewWhenItIsDeleted() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    String before = ovs.vsctl("get", "Bridge", BRIDGE, "_uuid");
    ovs.vsctl("del-br", BRIDGE);
    Eventually.holds(
        "the bridge",
        () ->
            ovs.vsctl("list-br").equals(BRIDGE)
                && !ovs.vsctl("get", "Bridge", BRIDGE, "_uuid").equals(before)
                && port(VETH).map(p -> !p.pinned().isEmpty()).orElse(false));
    assertPinned();
    assertTrue(port(VHOST).orElseThrow().number() > 0);
  }

  @Test
  void shouldMakePodPortAnewWhenItIsDeleted() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    ovs.vsctl("del-port", VETH);
    Eventually.holds(
        "the pin",
        () ->
            ovs.vsctl("list-ports", BRIDGE).contains(VETH)
                && ovs.appctl("fdb/show", BRIDGE).contains(MAC.toString()));
    assertPinned();
  }

  @Test
  void shouldMakePinAnewWhenItIsDeleted() {
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    ovs.appctl("fdb/del", BRIDGE, "0", MAC.toString());
    Eventually.holds("the pin", () -> ovs.appctl("fdb/show", BRIDGE).contains(MAC.toString()));
    assertPinned();
  }

  @Test
  void shouldAdoptWhatAnEarlierKtsndLeft() {
    binder.addPodPort(VETH);
    String before = ovs.vsctl("get", "Interface", VHOST, "_uuid");
    String podBefore = ovs.vsctl("get", "Interface", VETH, "_uuid");
    binder.deactivate();
    assertEquals(2, ovs.vsctl("list-ports", BRIDGE).lines().count(), "the switch stays as it is");
    binder = new OvsBinder(settings());
    binder.addPodPort(VETH);
    binder.pin(MAC, VETH);
    assertEquals(before, ovs.vsctl("get", "Interface", VHOST, "_uuid"));
    assertEquals(podBefore, ovs.vsctl("get", "Interface", VETH, "_uuid"));
    assertPinned();
  }

  @Test
  void shouldRefusePortOfAnotherBridge() {
    String other = "bo-t" + ID;
    ovs.vsctl("add-br", other, "--", "set", "bridge", other, "datapath_type=netdev");
    try {
      ovs.vsctl("add-port", other, VETH);
      SwitchException refusal = assertThrows(SwitchException.class, () -> binder.addPodPort(VETH));
      assertTrue(refusal.getMessage().contains(other), refusal.getMessage());
      assertTrue(ovs.vsctl("list-ports", other).contains(VETH), "another's port stays");
    } finally {
      ovs.vsctl("del-br", other);
    }
  }

  @Test
  void shouldTellWhenDaemonHangsAndRecoverWhenItGoesOn() {
    ovs.signal("ovs-vswitchd", "STOP");
    try {
      SwitchException refusal = assertThrows(SwitchException.class, () -> binder.addPodPort(VETH));
      assertTrue(refusal.getMessage().contains("ovs-vswitchd"), refusal.getMessage());
    } finally {
      ovs.signal("ovs-vswitchd", "CONT");
    }
    Eventually.holds("the port", () -> port(VETH).map(p -> p.number() > 0).orElse(false));
  }

  private void assertPinned() {
    String number = ovs.vsctl("get", "Interface", VETH, "ofport");
    assertTrue(
        ovs.appctl("fdb/show", BRIDGE)
            .lines()
            .anyMatch(line -> line.matches("\\s*" + number + "\\s+0\\s+" + MAC + "\\s+static\\s*")),
        () -> ovs.appctl("fdb/show", BRIDGE));
  }

  private void awaitReady() {
    Eventually.holds("the switch", () -> binder.status().connected() && port(VHOST).isPresent());
  }

  private Optional<SwitchPort> port(String name) {
    return binder.status().ports().stream().filter(p -> p.name().equals(name)).findFirst();
  }

  private static Path vhostSocket() {
    return ovs.directory().resolveSibling("ktsn-vhost-" + ID + ".sock");
  }

  private static OvsSettings settings() {
    return new OvsSettings(
        ovs.directory(),
        BRIDGE,
        VHOST,
        vhostSocket(),
        Duration.ofSeconds(3),
        Duration.ofSeconds(1),
        Duration.ofMillis(500));
  }
}
