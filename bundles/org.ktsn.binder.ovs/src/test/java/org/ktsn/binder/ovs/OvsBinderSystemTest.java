package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    binder = new OvsBinder(settings(), ovs.directory());
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
    assertEquals(ovs.version(), binder.status().version());
  }

  @Test
  void shouldAddPodPortAndPinItsAddress() {
    addPodPort(VETH);
    binder.pin(MAC, VETH);
    assertEquals(
        Integer.toString(port(VETH).orElseThrow().number()),
        ovs.vsctl("get", "Interface", VETH, "ofport"));
    assertEquals(List.of(MAC.toString()), port(VETH).orElseThrow().pinned());
    assertPinned();
  }

  @Test
  void shouldKeepPinWhenAnotherPortSendsFromItsAddress() {
    addPodPort(VETH);
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
    addPodPort(VETH);
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
    SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort("v9-" + ID));
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
    addPodPort(VETH);
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
    addPodPort(VETH);
    assertTrue(ovs.vsctl("list-ports", BRIDGE).contains(VETH));
  }

  @Test
  void shouldCarryOutAfterReturnWhatWasAskedForWhileAway() {
    ovs.kill("ovs-vswitchd");
    SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort(VETH));
    assertTrue(refusal.getMessage().contains("ovs-vswitchd"), refusal.getMessage());
    ovs.start();
    Eventually.holds("the port", () -> port(VETH).map(p -> p.number() > 0).orElse(false));
  }

  @Test
  void shouldMakeBridgeAnewWhenItIsDeleted() {
    addPodPort(VETH);
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
    addPodPort(VETH);
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
    addPodPort(VETH);
    binder.pin(MAC, VETH);
    ovs.appctl("fdb/del", BRIDGE, "0", MAC.toString());
    Eventually.holds("the pin", () -> ovs.appctl("fdb/show", BRIDGE).contains(MAC.toString()));
    assertPinned();
  }

  @Test
  void shouldAdoptWhatAnEarlierKtsndLeft() {
    addPodPort(VETH);
    String before = ovs.vsctl("get", "Interface", VHOST, "_uuid");
    String podBefore = ovs.vsctl("get", "Interface", VETH, "_uuid");
    binder.deactivate();
    assertEquals(2, ovs.vsctl("list-ports", BRIDGE).lines().count(), "the switch stays as it is");
    binder = new OvsBinder(settings(), ovs.directory());
    addPodPort(VETH);
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
      SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort(VETH));
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
      SwitchException refusal = assertThrows(SwitchException.class, () -> addPodPort(VETH));
      assertTrue(refusal.getMessage().contains("ovs-vswitchd"), refusal.getMessage());
    } finally {
      ovs.signal("ovs-vswitchd", "CONT");
    }
    Eventually.holds("the port", () -> port(VETH).map(p -> p.number() > 0).orElse(false));
  }

  @Test
  void shouldForwardFromPodPortOnlyWhatThePodMaySend() {
    addPodPort(VETH);
    int number = port(VETH).orElseThrow().number();
    String from = "in_port=" + number + ",dl_dst=ff:ff:ff:ff:ff:ff,dl_src=";
    String arp = "dl_type=0x0806,arp_op=2,arp_tpa=10.77.0.9,arp_spa=";
    for (String permitted :
        List.of(
            MAC + "," + arp + "10.77.0.2,arp_sha=" + MAC,
            MAC + ",dl_type=0x0806,arp_op=1,arp_spa=0.0.0.0,arp_tpa=10.77.0.2,arp_sha=" + MAC,
            MAC + ",dl_type=0x0800,nw_proto=17,nw_src=10.77.0.2,nw_dst=10.77.0.9",
            MAC + ",dl_vlan=5,dl_type=0x0800,nw_proto=6,nw_src=10.77.0.2,nw_dst=10.77.0.9",
            MAC + ",dl_type=0x86dd,nw_proto=17,ipv6_src=fe80::5eff:fe10:1,ipv6_dst=ff02::1")) {
      assertTrue(isForwarded(from + permitted), permitted);
    }
    for (String forged :
        List.of(
            "02:00:5e:10:00:09,dl_type=0x0800,nw_proto=17,nw_src=10.77.0.2,nw_dst=10.77.0.9",
            MAC + ",dl_type=0x0800,nw_proto=17,nw_src=10.77.0.9,nw_dst=10.77.0.9",
            MAC + ",dl_type=0x0800,nw_proto=17,nw_src=0.0.0.0,nw_dst=255.255.255.255",
            MAC + ",dl_vlan=5,dl_type=0x0800,nw_proto=6,nw_src=10.77.0.9,nw_dst=10.77.0.9",
            MAC + "," + arp + "10.77.0.9,arp_sha=" + MAC,
            MAC + "," + arp + "0.0.0.0,arp_sha=" + MAC,
            MAC + "," + arp + "10.77.0.2,arp_sha=02:00:5e:10:00:09",
            "02:00:5e:10:00:09,dl_type=0x86dd,ipv6_src=fe80::1,ipv6_dst=ff02::1",
            MAC + ",dl_type=0x88cc",
            MAC + ",dl_type=0x05ff")) {
      assertFalse(isForwarded(from + forged), forged);
    }
    int vhost = port(VHOST).orElseThrow().number();
    assertTrue(
        isForwarded(
            "in_port="
                + vhost
                + ",dl_src=02:00:5e:10:00:09,dl_dst=ff:ff:ff:ff:ff:ff,dl_type=0x88cc"),
        "the other ports are free");
  }

  @Test
  void shouldForwardOfIpv6OnlyWhatThePodMaySend() {
    binder.addPodPort(VETH, MAC, List.of("10.77.0.2/16", "fd77::2/64"));
    int number = port(VETH).orElseThrow().number();
    String from =
        "in_port=" + number + ",dl_dst=33:33:00:00:00:01,dl_type=0x86dd,ipv6_dst=ff02::1,dl_src=";
    String own = MAC + ",nw_proto=58,ipv6_src=fd77::2,";
    String link = MAC + ",nw_proto=58,ipv6_src=fe80::5eff:fe10:1,";
    String nobody = MAC + ",nw_proto=58,ipv6_src=::,";
    String other = "02:00:5e:10:00:09";
    for (String permitted :
        List.of(
            MAC + ",nw_proto=17,ipv6_src=fd77::2",
            MAC + ",nw_proto=6,ipv6_src=fe80::5eff:fe10:1",
            own + "icmpv6_type=128",
            own + "icmpv6_type=135,icmpv6_code=0,nd_target=fd77::9,nd_sll=" + MAC,
            own + "icmpv6_type=135,icmpv6_code=0,nd_target=fd77::9",
            link + "icmpv6_type=135,icmpv6_code=0,nd_target=fd77::9,nd_sll=" + MAC,
            link + "icmpv6_type=133",
            nobody + "icmpv6_type=135,icmpv6_code=0,nd_target=fd77::2",
            nobody + "icmpv6_type=135,icmpv6_code=0,nd_target=fe80::5eff:fe10:1",
            nobody + "icmpv6_type=143",
            own + "icmpv6_type=136,icmpv6_code=0,nd_target=fd77::2,nd_tll=" + MAC,
            link + "icmpv6_type=136,icmpv6_code=0,nd_target=fe80::5eff:fe10:1")) {
      assertTrue(isForwarded(from + permitted), permitted);
    }
    for (String forged :
        List.of(
            MAC + ",nw_proto=17,ipv6_src=fd77::9",
            MAC + ",nw_proto=17,ipv6_src=::",
            MAC + ",nw_proto=17,ipv6_src=fe80::1",
            other + ",nw_proto=17,ipv6_src=fd77::2",
            own + "icmpv6_type=134",
            own + "icmpv6_type=137",
            link + "icmpv6_type=134",
            own + "icmpv6_type=135,icmpv6_code=0,nd_target=fd77::9,nd_sll=" + other,
            own + "icmpv6_type=136,icmpv6_code=0,nd_target=fd77::9,nd_tll=" + MAC,
            own + "icmpv6_type=136,icmpv6_code=0,nd_target=fd77::2,nd_tll=" + other,
            nobody + "icmpv6_type=136,icmpv6_code=0,nd_target=fd77::2,nd_tll=" + MAC,
            nobody + "icmpv6_type=135,icmpv6_code=0,nd_target=fd77::9",
            MAC
                + ",nw_proto=58,ipv6_src=fd77::9,icmpv6_type=135,icmpv6_code=0,nd_target=fd77::2,nd_sll="
                + MAC)) {
      assertFalse(isForwarded(from + forged), forged);
    }
  }

  @Test
  void shouldSendTaggedFramesOfKtsndToWhomTheyNameAndLearnNothingFromThem() {
    addPodPort(VETH);
    int number = port(VETH).orElseThrow().number();
    String from =
        "in_port="
            + port(VHOST).orElseThrow().number()
            + ",dl_src=02:00:5e:10:00:09,dl_type=0x22f0";
    for (String tag : List.of(",vlan_tci=0x1000", ",dl_vlan=0,dl_vlan_pcp=6", ",dl_vlan=100")) {
      String toPod = trace(from + tag + ",dl_dst=" + MAC);
      assertTrue(toPod.contains("output:" + number + "\n"), toPod);
      assertFalse(toPod.contains("NORMAL"), toPod);
      String toAll = trace(from + tag + ",dl_dst=91:e0:f0:00:fe:00");
      assertTrue(toAll.contains("FLOOD"), toAll);
      assertFalse(toAll.contains("NORMAL") || toAll.contains("pop_vlan"), toAll);
    }
    String untagged = trace(from + ",dl_dst=91:e0:f0:00:fe:00");
    assertTrue(untagged.contains("NORMAL"), untagged);
    String ofPod = trace("in_port=" + number + ",dl_src=" + MAC + ",dl_vlan=5,dl_type=0x22f0");
    assertTrue(ofPod.contains("Datapath actions: drop"), ofPod);
  }

  @Test
  void shouldPermitOtherAddressesWhenAskedAgain() {
    addPodPort(VETH);
    binder.addPodPort(VETH, MAC, List.of("10.77.0.3/16", "10.77.0.4/16"));
    String from = "in_port=" + port(VETH).orElseThrow().number() + ",dl_src=" + MAC;
    assertFalse(isForwarded(from + ",dl_type=0x0800,nw_src=10.77.0.2,dl_dst=ff:ff:ff:ff:ff:ff"));
    assertTrue(isForwarded(from + ",dl_type=0x0800,nw_src=10.77.0.4,dl_dst=ff:ff:ff:ff:ff:ff"));
  }

  @Test
  void shouldLetNothingThroughUntilRulesAreBackWhenSwitchIsKilled() {
    addPodPort(VETH);
    binder.deactivate();
    ovs.kill("ovs-vswitchd");
    ovs.start();
    assertEquals("", ovs.ofctl("dump-flows", BRIDGE), "nobody made any");
    binder = new OvsBinder(settings(), ovs.directory());
    awaitReady();
    addPodPort(VETH);
    assertEquals(18, ovs.ofctl("dump-flows", BRIDGE).lines().count());
  }

  @Test
  void shouldMakeRulesAnewThatSomebodyDeleted() {
    addPodPort(VETH);
    String before = cookies();
    ovs.ofctl("del-flows", BRIDGE);
    Eventually.holds("the rules", () -> cookies().equals(before));
  }

  @Test
  void shouldRemoveRulesWithPort() {
    addPodPort(VETH);
    binder.removePodPort(VETH);
    Eventually.holds(
        "the end of the rules", () -> ovs.ofctl("dump-flows", BRIDGE).lines().count() == 2);
  }

  @Test
  void shouldCountDroppedFrames() {
    addPodPort(VETH);
    assertEquals(Map.of(VETH, 0L), binder.droppedFrames());
    // What the kernel sends by itself on a fresh interface bears the peer's address, not the pod's.
    ovs.ip("link", "set", PEER, "up");
    Eventually.holds("the count", () -> binder.droppedFrames().get(VETH) > 0);
  }

  private static String cookies() {
    return ovs.ofctl("dump-flows", BRIDGE)
        .lines()
        .map(line -> line.replaceAll(".*(cookie=\\w+).*", "$1"))
        .sorted()
        .toList()
        .toString();
  }

  private static boolean isForwarded(String frame) {
    return !trace(frame).contains("Datapath actions: drop");
  }

  private static String trace(String frame) {
    String trace = ovs.appctl("ofproto/trace", BRIDGE, frame);
    assertTrue(trace.contains("Datapath actions: "), trace);
    return trace;
  }

  private void addPodPort(String name) {
    binder.addPodPort(name, MAC, List.of("10.77.0.2/16"));
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
