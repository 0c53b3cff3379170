package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
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
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;

/** The overlay's rules on a real Open vSwitch: where it says that a frame would go. */
@Tag("system")
final class OverlaySystemTest {
  private static final String ID = Long.toString(ProcessHandle.current().pid() % 100_000);
  private static final String BRIDGE = "br-o" + ID;
  private static final String UNDERLAY = "phy-" + ID;
  private static final String VHOST = "k0-o" + ID;
  private static final String TUNNELS = "x0-o" + ID;
  private static final String VETH = "vo-t" + ID;
  private static final MacAddress OWN = MacAddress.parse("02:00:5e:10:00:01");
  private static final String FAR = "02:00:5e:10:01:01";
  private static final String NORTH = "02:00:5e:10:02:01";
  private static final String STRANGER = "02:aa:aa:aa:aa:aa";
  private static final String FAR_NEXT_HOP = "02:00:5e:ff:00:02";
  private static final String NORTH_NEXT_HOP = "02:00:5e:ff:00:03";

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
    makeUnderlay();
    ovs.ip("link", "add", VETH, "type", "veth", "peer", "name", VETH + "p");
    ovs.ip("link", "set", VETH, "up");
    binder = new OvsBinder(settings(), ovs.directory());
    binder.overlayChanged(Optional.of(network()));
    Eventually.holds("the tunnels' port", () -> number(TUNNELS) > 0);
    binder.addPodPort(VETH, OWN, List.of("10.77.0.2/16", "fd77::2/64"));
    binder.pin(OWN, VETH);
  }

  @AfterEach
  void unbind() {
    binder.deactivate();
    ovs.start();
    ovs.vsctl("--if-exists", "del-br", BRIDGE, "--", "--if-exists", "del-br", UNDERLAY);
    ovs.ip("link", "del", VETH);
  }

  private static void makeUnderlay() {
    ovs.vsctl("add-br", UNDERLAY, "--", "set", "Bridge", UNDERLAY, "datapath_type=netdev");
    ovs.ip("address", "add", "192.0.2.1/24", "dev", UNDERLAY);
    ovs.ip("link", "set", UNDERLAY, "up");
    Eventually.holds(
        "the route to the others", () -> ovs.appctl("ovs/route/show").contains("192.0.2.0/24"));
    ovs.appctl("tnl/neigh/set", UNDERLAY, "192.0.2.2", FAR_NEXT_HOP);
    ovs.appctl("tnl/neigh/set", UNDERLAY, "192.0.2.3", NORTH_NEXT_HOP);
  }

  private static RemoteNode node(int number, String mac) {
    return new RemoteNode(
        "n" + number,
        InetAddress.ofLiteral("192.0.2." + number),
        List.of(
            new RemotePod(
                "p" + number,
                MacAddress.parse(mac),
                List.of(
                    InetAddress.ofLiteral("10.77." + number + ".1"),
                    InetAddress.ofLiteral("fd77::" + number + ":1")))));
  }

  private static OverlayNetwork network(RemoteNode... nodes) {
    return new OverlayNetwork(
        "pods", 4097, InetAddress.ofLiteral("192.0.2.1"), 1500, List.of(nodes));
  }

  private static OverlayNetwork network() {
    return network(node(2, FAR), node(3, NORTH));
  }

  @Test
  void shouldSendToTheNodeThatHasTheDestinationWhoeverSends() {
    for (String from : List.of(pod(), launched(), launched() + ",dl_vlan=7,dl_vlan_pcp=6")) {
      String toFar = trace(from + ",dl_dst=" + FAR + udp());
      assertTunnels(toFar, FAR_NEXT_HOP);
      String toNorth = trace(from + ",dl_dst=" + NORTH + udp());
      assertTunnels(toNorth, NORTH_NEXT_HOP);
      String onThePodsBridge = toFar.substring(0, toFar.indexOf("native tunnel"));
      assertFalse(onThePodsBridge.contains("NORMAL"), "nothing is learned: " + toFar);
    }
    String near = trace(launched() + ",dl_dst=" + OWN + udp());
    assertTunnels(near);
    assertTrue(near.contains("forwarding to learned port"), near);
  }

  @Test
  void shouldSendWhatGoesToAGroupToEachNodeOnceAndToThePodsHere() {
    for (String from : List.of(pod(), launched(), launched() + ",dl_vlan=7,dl_vlan_pcp=6")) {
      for (String group : List.of("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:09")) {
        assertTunnels(trace(from + ",dl_dst=" + group + udp()), FAR_NEXT_HOP, NORTH_NEXT_HOP);
      }
    }
  }

  @Test
  void shouldAnswerWhoAsksForARemotePodAndSendTheQuestionNowhere() {
    String answer =
        trace(
            pod()
                + ",dl_dst=ff:ff:ff:ff:ff:ff,dl_type=0x0806,arp_op=1,arp_spa=10.77.0.2,arp_sha="
                + OWN
                + ",arp_tpa=10.77.2.1,arp_tha=00:00:00:00:00:00");
    assertTunnels(answer);
    for (String part :
        List.of(
            "arp_op=2",
            "arp_spa=10.77.2.1",
            "arp_tpa=10.77.0.2",
            "arp_sha=" + FAR,
            "arp_tha=" + OWN,
            "dl_src=" + FAR,
            "dl_dst=" + OWN)) {
      assertTrue(finalFlow(answer).contains(part), part + " in " + answer);
    }
    assertTrue(answer.contains("IN_PORT"), answer);
    String unknown =
        trace(
            pod()
                + ",dl_dst=ff:ff:ff:ff:ff:ff,dl_type=0x0806,arp_op=1,arp_spa=10.77.0.2,arp_sha="
                + OWN
                + ",arp_tpa=10.77.9.9,arp_tha=00:00:00:00:00:00");
    assertTunnels(unknown, FAR_NEXT_HOP, NORTH_NEXT_HOP);
  }

  @Test
  void shouldAskTheNodeOfAnIpv6NeighbourAndNoOther() {
    String question =
        trace(
            pod()
                + ",dl_dst=33:33:ff:02:00:01,dl_type=0x86dd,nw_proto=58,ipv6_src=fd77::2"
                + ",ipv6_dst=ff02::1:ff02:1,icmpv6_type=135,icmpv6_code=0,nd_target=fd77::2:1"
                + ",nd_sll="
                + OWN);
    assertTunnels(question, FAR_NEXT_HOP);
  }

  @Test
  void shouldTakeFromANodeWhatItsPodsSendAndGiveItToTheOneThatItNames() {
    int pod = number(VETH);
    String fromFar = arrival("192.0.2.2", 4097) + ",dl_src=" + FAR;
    String toPod = trace(fromFar + ",dl_dst=" + OWN + udp());
    assertTrue(toPod.contains("output:" + pod + "\n"), toPod);
    String toAll = trace(fromFar + ",dl_dst=ff:ff:ff:ff:ff:ff" + udp());
    assertTrue(toAll.contains("output:" + pod + "\n"), toAll);
    for (String trace : List.of(toPod, toAll)) {
      assertFalse(trace.contains("NORMAL"), "nothing is learned: " + trace);
      assertTunnels(trace);
    }
    for (String refused :
        List.of(
            arrival("192.0.2.2", 4098) + ",dl_src=" + FAR + ",dl_dst=" + OWN,
            arrival("192.0.2.3", 4097) + ",dl_src=" + FAR + ",dl_dst=" + OWN,
            arrival("192.0.2.9", 4097) + ",dl_src=" + FAR + ",dl_dst=" + OWN,
            arrival("192.0.2.2", 4097) + ",dl_src=" + STRANGER + ",dl_dst=" + OWN,
            arrival("192.0.2.2", 4097) + ",dl_src=" + OWN + ",dl_dst=" + OWN,
            fromFar + ",dl_dst=" + NORTH,
            fromFar + ",dl_dst=" + STRANGER)) {
      String trace = trace(refused + udp());
      assertTrue(trace.contains("Datapath actions: drop"), refused + "\n" + trace);
    }
  }

  @Test
  void shouldTunnelOverIpv6() {
    ovs.ip("address", "add", "2001:db8::1/64", "dev", UNDERLAY, "nodad");
    Eventually.holds(
        "the route to the others", () -> ovs.appctl("ovs/route/show").contains("2001:db8::/64"));
    ovs.appctl("tnl/neigh/set", UNDERLAY, "2001:db8::2", FAR_NEXT_HOP);
    binder.overlayChanged(
        Optional.of(
            new OverlayNetwork(
                "pods",
                4097,
                InetAddress.ofLiteral("2001:db8::1"),
                1500,
                List.of(
                    new RemoteNode(
                        "n2", InetAddress.ofLiteral("2001:db8::2"), node(2, FAR).pods())))));
    String frame = launched() + ",dl_dst=" + FAR + udp();
    Eventually.holds("the tunnel", () -> trace(frame).contains(" to " + FAR_NEXT_HOP + " 2001:"));
    String arrival =
        "in_port="
            + number(TUNNELS)
            + ",tun_ipv6_src=2001:db8::%s,tun_ipv6_dst=2001:db8::1,tun_id=4097,dl_src="
            + FAR
            + ",dl_dst="
            + OWN
            + udp();
    assertTrue(trace(arrival.formatted("2")).contains("output:" + number(VETH) + "\n"));
    assertTrue(trace(arrival.formatted("3")).contains("Datapath actions: drop"));
  }

  @Test
  void shouldHoldPodsToWhatTheyMaySayOfThemselves() {
    String forged = "in_port=" + number(VETH) + ",dl_src=" + STRANGER + ",dl_dst=" + FAR + udp();
    assertTrue(trace(forged).contains("Datapath actions: drop"));
  }

  @Test
  void shouldFollowAPodToAnotherNodeAndForgetOneThatIsGone() {
    String frame = pod() + ",dl_dst=" + FAR + udp();
    binder.overlayChanged(Optional.of(network(node(3, FAR))));
    Eventually.holds("the move", () -> trace(frame).contains(NORTH_NEXT_HOP));
    assertTunnels(trace(frame), NORTH_NEXT_HOP);
    binder.overlayChanged(Optional.of(network()));
    Eventually.holds("the return", () -> trace(frame).contains(FAR_NEXT_HOP));
    binder.overlayChanged(Optional.of(network(node(3, NORTH))));
    Eventually.holds("the end", () -> !trace(frame).contains(FAR_NEXT_HOP));
    assertTunnels(trace(frame));
  }

  @Test
  void shouldLeaveTheNodeAsItIsWithoutAnOverlay() {
    binder.overlayChanged(Optional.empty());
    Eventually.holds("the end of the tunnels", () -> port(TUNNELS).isEmpty());
    Eventually.holds(
        "the end of the rules", () -> !ovs.ofctl("dump-flows", BRIDGE).contains("cookie=0x4b56"));
    String frame = trace(pod() + ",dl_dst=" + FAR + udp());
    assertTunnels(frame);
    assertTrue(frame.contains("NORMAL"), frame);
  }

  @Test
  void shouldBringTunnelsAndRulesBackWhenSwitchIsKilled() {
    ovs.kill("ovs-vswitchd");
    Eventually.holds("the notice", () -> !binder.status().connected());
    ovs.start();
    Eventually.holds(
        "the rules",
        () -> number(TUNNELS) > 0 && ovs.ofctl("dump-flows", BRIDGE).contains("cookie=0x4b56"));
    ovs.ofctl("del-flows", BRIDGE);
    Eventually.holds("the rules", () -> ovs.ofctl("dump-flows", BRIDGE).contains("cookie=0x4b56"));
  }

  /** Two nodes on one machine: the interfaces of the datapath have the same name in each. */
  @Test
  void shouldStartAgainAfterAKillThoughAnotherNamespaceHasASwitch() throws IOException {
    try (PrivateOvs other = new PrivateOvs()) {
      ovs.kill("ovs-vswitchd");
      ovs.start();
      assertFalse(other.version().isEmpty());
    }
  }

  /** What came before the rules would be learned from, and frames to its sender would follow. */
  @Test
  void shouldTakeNothingFromTheTunnelsWhileNobodySaysWhatThereIs() {
    String frame =
        arrival("192.0.2.2", 4097) + ",dl_src=" + FAR + ",dl_dst=ff:ff:ff:ff:ff:ff" + udp();
    assertEquals(0x3ff, number(TUNNELS), "the number that the rules were made for");
    binder.deactivate();
    ovs.kill("ovs-vswitchd");
    ovs.start();
    binder = new OvsBinder(settings(), ovs.directory());
    Eventually.holds(
        "the rule for the rest",
        () -> ovs.ofctl("dump-flows", BRIDGE).contains("cookie=0x4b54ffffffffffff"));
    assertTrue(trace(frame).contains("Datapath actions: drop"), trace(frame));
    binder.overlayChanged(Optional.of(network()));
    Eventually.holds("the way", () -> trace(frame).contains("goto_table:2"));
  }

  @Test
  void shouldKeepTheTunnelsWhenKtsndStartsAnew() {
    String before = ovs.vsctl("get", "Interface", TUNNELS, "_uuid");
    binder.deactivate();
    binder = new OvsBinder(settings(), ovs.directory());
    binder.addPodPort(VETH, OWN, List.of("10.77.0.2/16", "fd77::2/64"));
    assertTrue(ovs.ofctl("dump-flows", BRIDGE).contains("cookie=0x4b56"), "nobody has said more");
    binder.overlayChanged(Optional.of(network()));
    Eventually.holds(
        "the pod's way", () -> trace(pod() + ",dl_dst=" + FAR + udp()).contains(FAR_NEXT_HOP));
    assertEquals(before, ovs.vsctl("get", "Interface", TUNNELS, "_uuid"));
  }

  @Test
  void shouldTellWhatIsProgrammedWhatIsMissingAndWhatWasDropped() {
    Eventually.holds("all of it", () -> binder.program().differences().isEmpty());
    SwitchProgram program = binder.program();
    assertEquals(
        List.of(
            new SwitchProgram.Node(
                "n2", "192.0.2.2", "by " + UNDERLAY + " to 192.0.2.2 at " + FAR_NEXT_HOP, true),
            new SwitchProgram.Node(
                "n3", "192.0.2.3", "by " + UNDERLAY + " to 192.0.2.3 at " + NORTH_NEXT_HOP, true)),
        program.nodes());
    assertEquals(
        List.of("n2/p2 5", "n3/p3 5"),
        program.remotePods().stream()
            .map(each -> each.node() + "/" + each.pod() + " " + each.rules())
            .toList());
    assertEquals(
        List.of(VETH + " 21"),
        program.ports().stream().map(each -> each.port() + " " + each.rules()).toList());
    assertTrue(program.movedMacs().isPresent());

    assertEquals(0, dropped(VETH, "not the pod's"));
    assertEquals(0, dropped(TUNNELS, "no pod"));
    frame(number(VETH), STRANGER, FAR);
    frame(number(TUNNELS), STRANGER, OWN.toString());
    frame(number(VETH), OWN.toString(), FAR);
    Eventually.holds("the forged one", () -> dropped(VETH, "not the pod's") == 1);
    Eventually.holds("the stranger's", () -> dropped(TUNNELS, "no pod of the network") == 1);
    Eventually.holds("the good one", () -> binder.program().remotePods().get(0).sentFrames() == 1);
    assertEquals(1, binder.program().ports().get(0).letThroughFrames());

    binder.overlayChanged(
        Optional.of(
            network(
                node(2, FAR),
                new RemoteNode("n9", InetAddress.ofLiteral("203.0.113.9"), List.of()))));
    Eventually.holds("the other nodes", () -> binder.program().nodes().size() == 2);
    assertEquals(
        new SwitchProgram.Node("n9", "203.0.113.9", "no route", false),
        binder.program().nodes().get(1));
  }

  @Test
  void shouldTellOfRulesThatSomebodyRemovedUntilTheyAreBack() {
    Eventually.holds("all of it", () -> binder.program().differences().isEmpty());
    Eventually.holds(
        "the difference, unless the repair was first",
        () -> {
          ovs.ofctl("del-flows", BRIDGE, "table=1,dl_dst=" + FAR);
          return binder.program().differences().equals(List.of("node n2: 1 rules are missing"));
        });
    Eventually.holds("the repair", () -> binder.program().differences().isEmpty());
  }

  private long dropped(String from, String reason) {
    return binder.program().drops().stream()
        .filter(each -> each.from().equals(from) && each.reason().contains(reason))
        .mapToLong(SwitchProgram.Drop::frames)
        .sum();
  }

  /** Has the switch take a frame of IPv4 as if it had come in by a port. */
  private static void frame(int port, String source, String destination) {
    String ethernet = (destination + source).replace(":", "") + "0800";
    String packet = ethernet + "45000014000000004011" + "0000" + "0a4d0002" + "0a4d0201";
    String nothing =
        ovs.ofctl("packet-out", BRIDGE, "in_port=" + port + ",packet=" + packet + ",actions=table");
    assertEquals("", nothing);
  }

  private static String finalFlow(String trace) {
    return trace
        .lines()
        .filter(line -> line.startsWith("Final flow:"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(trace));
  }

  /** What a frame goes through: the tunnels to these next hops, each once, and no other. */
  private static void assertTunnels(String trace, String... nextHops) {
    List<String> taken = trace.lines().filter(line -> line.contains("-> tunneling from ")).toList();
    assertEquals(nextHops.length, taken.size(), trace);
    for (String nextHop : nextHops) {
      assertTrue(
          taken.stream().anyMatch(line -> line.contains(" 192.0.2.1 to " + nextHop + " ")),
          nextHop + " in " + trace);
    }
    if (nextHops.length > 0) {
      assertTrue(trace.contains("set_field:0x1001->tun_id"), trace);
    }
  }

  private String pod() {
    return "in_port=" + number(VETH) + ",dl_src=" + OWN;
  }

  private String launched() {
    return "in_port=" + number(VHOST) + ",dl_src=" + OWN;
  }

  private String arrival(String from, int vni) {
    return "in_port=" + number(TUNNELS) + ",tun_src=" + from + ",tun_dst=192.0.2.1,tun_id=" + vni;
  }

  private static String udp() {
    return ",dl_type=0x0800,nw_proto=17,nw_src=10.77.0.2,nw_dst=10.77.2.1";
  }

  private static String trace(String frame) {
    String trace = ovs.appctl("ofproto/trace", BRIDGE, frame);
    assertTrue(trace.contains("Datapath actions: "), trace);
    return trace;
  }

  private int number(String name) {
    return port(name).map(SwitchPort::number).orElse(0);
  }

  private Optional<SwitchPort> port(String name) {
    return binder.status().ports().stream().filter(p -> p.name().equals(name)).findFirst();
  }

  private static OvsSettings settings() {
    return new OvsSettings(
        ovs.directory(),
        BRIDGE,
        VHOST,
        Path.of(ovs.directory() + "-vhost.sock"),
        Duration.ofSeconds(3),
        Duration.ofSeconds(1),
        Duration.ofMillis(500));
  }
}
