package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;

/** The overlay's rules: how they are encoded, how many they are, and what changes with a pod. */
@Timeout(30)
final class OverlayRulesTest {
  private static final MacAddress OWN = MacAddress.parse("02:00:5e:10:00:01");

  @TempDir private Path directory;
  private FakeFlowTable table;
  private SwitchFlows flows;

  @BeforeEach
  void connect() throws IOException {
    table = new FakeFlowTable(directory.resolve("br-x.mgmt"));
    flows = open();
  }

  @AfterEach
  void disconnect() throws IOException {
    flows.close();
    table.close();
  }

  private SwitchFlows open() throws IOException {
    return SwitchFlows.open(directory.resolve("br-x.mgmt"), Duration.ofSeconds(5), () -> {});
  }

  static RemotePod pod(int number, String... addresses) {
    return new RemotePod(
        "p" + number,
        new MacAddress(0x02_00_00_00_00_00L + number),
        List.of(addresses).stream().map(InetAddress::ofLiteral).toList());
  }

  static OverlayRules rules(Map<MacAddress, Integer> own, RemoteNode... nodes) {
    OverlayNetwork network =
        new OverlayNetwork("pods", 4097, InetAddress.ofLiteral("192.0.2.1"), 1500, List.of(nodes));
    return new OverlayRules(Optional.of(network), 2, 1, own);
  }

  static RemoteNode node(int number, RemotePod... pods) {
    return new RemoteNode("n" + number, InetAddress.ofLiteral("192.0.2." + number), List.of(pods));
  }

  private static String hex(ByteBuffer message) {
    byte[] octets = new byte[message.remaining()];
    message.get(octets);
    return HexFormat.of().formatHex(octets);
  }

  @Test
  void shouldEncodeTunnelAsTheSwitchExpectsIt() {
    ByteBuffer message =
        OpenFlow.act(
            7,
            0x4b56_0000_0000_0001L,
            OverlayRules.DELIVERY,
            0x10,
            new OpenFlow.Match().ethernetDestination(OWN.value()),
            new Actions().tunnel(2, 4097, InetAddress.ofLiteral("192.0.2.2")));
    // As ovs-ofctl 3.1 sends actions=set_field:4097->tun_id,set_field:192.0.2.2->tun_dst,output:2.
    assertEquals(
        "040e007800000007" // header: OpenFlow 1.3, flow_mod, 120 octets
            + "4b560000000000010000000000000000" // cookie, mask
            + "01000000000000" // table, command, time-outs
            + "10ffffffffffffffffffffffff00000000" // priority, no buffer, any port and group
            + "0001000e" // match: OXM, 14 octets and 2 to fill up
            + "8000060602005e100001" // eth_dst
            + "0000"
            + "0004003800000000" // apply actions, 56 octets
            + "0019001080004c080000000000001001" // set field: tunnel_id
            + "00190010000140" // set field: nxm_nx_tun_ipv4_dst
            + "04c000020200000000"
            + "00000010000000020000000000000000", // output
        hex(message));
  }

  @Test
  void shouldEncodeWhatComesFromATunnelAndGoesOnToAnotherTable() {
    ByteBuffer message =
        OpenFlow.goOn(
            7,
            0x4b56_0000_0000_0001L,
            0x3001,
            new OpenFlow.Match()
                .inPort(2)
                .ethernetSource(OWN.value())
                .tunnelId(4097)
                .tunnelSource(InetAddress.ofLiteral("192.0.2.2")),
            OverlayRules.ARRIVAL);
    assertEquals(
        "040e006800000007"
            + "4b560000000000010000000000000000"
            + "00000000000030"
            + "01ffffffffffffffffffffffff00000000"
            + "0001002a" // match: OXM, 42 octets and 6 to fill up
            + "8000000400000002" // in_port
            + "8000080602005e100001" // eth_src
            + "80004c080000000000001001" // tunnel_id
            + "00013e04c0000202" // nxm_nx_tun_ipv4_src
            + "000000000000"
            + "0001000802000000", // go to table 2
        hex(message));
  }

  @Test
  void shouldHaveRulesInProportionToThePods() throws IOException {
    List<Integer> counts = new ArrayList<>();
    for (int pods : new int[] {0, 100, 200, 10_000}) {
      RemotePod[] all = new RemotePod[pods];
      for (int i = 0; i < pods; i++) {
        all[i] = pod(i + 1, "10." + (1 + i / 65536) + "." + i / 256 % 256 + "." + i % 256);
      }
      counts.add(rules(Map.of(OWN, 1025), node(2, all)).messages().size());
    }
    int basis = counts.getFirst();
    assertEquals(List.of(basis, basis + 400, basis + 800, basis + 40_000), counts);
  }

  @Test
  void shouldSayTheLengthOfARuleForAThousandNodesAndMakeNoneThatIsTooLong() {
    for (ByteBuffer message : made(nodes(1_000))) {
      assertEquals(message.limit(), message.getShort(2) & 0xffff, "its length");
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> made(nodes(1_400)),
        "16 bits of its length would say something else");
  }

  private static List<ByteBuffer> made(RemoteNode... nodes) {
    return rules(Map.of(OWN, 1025), nodes).messages().values().stream()
        .map(message -> message.apply(7))
        .toList();
  }

  private static RemoteNode[] nodes(int count) {
    RemoteNode[] nodes = new RemoteNode[count];
    for (int i = 0; i < count; i++) {
      nodes[i] =
          new RemoteNode(
              "n" + i,
              InetAddress.ofLiteral("192.0." + (2 + i / 250) + "." + (1 + i % 250)),
              List.of(pod(i + 1, "10.78." + i / 250 + "." + (1 + i % 250))));
    }
    return nodes;
  }

  @Test
  void shouldChangeNothingButWhatIsAnother() throws IOException {
    OverlayRules before = rules(Map.of(OWN, 1025), node(2, pod(1, "10.77.1.1")), node(3));
    assertTrue(flows.put(before));
    Set<Long> first = Set.copyOf(table.cookies());
    assertFalse(flows.put(before), "they are there");
    flows.close();
    flows = open();
    assertFalse(flows.put(before), "they are there, though another connection made them");
    assertEquals(first.size(), table.cookies().size());

    OverlayRules after =
        rules(Map.of(OWN, 1025), node(2, pod(1, "10.77.1.1"), pod(2, "10.77.1.2")), node(3));
    assertTrue(flows.put(after));
    assertEquals(first.size() + 4, table.cookies().size());
    assertTrue(table.cookies().containsAll(first));

    assertFalse(flows.put(OverlayRules.NONE));
    assertEquals(List.of(), table.cookies());
  }

  /** 50 nodes with 200 pods each, one of which comes, moves and goes. */
  @Test
  void shouldTouchOnePodsRulesWhenOnePodOfTenThousandIsAnother() throws IOException {
    RemoteNode[] nodes = new RemoteNode[50];
    for (int i = 0; i < nodes.length; i++) {
      RemotePod[] pods = new RemotePod[200];
      for (int k = 0; k < pods.length; k++) {
        pods[k] = pod(1 + i * 200 + k, "10." + (1 + i) + ".0." + k);
      }
      nodes[i] = node(2 + i, pods);
    }
    Map<MacAddress, Integer> own = Map.of(OWN, 1025);
    RemotePod some = nodes[7].pods().get(100);
    assertEquals(
        rules(own, nodes).messages().size(), rules(own).messages().size() + 10_000 * 4, "linear");

    List<OverlayTable.Changes> changes = new ArrayList<>();
    OverlayTable table = new OverlayTable();
    for (OverlayRules wanted :
        List.of(
            rules(own, nodes),
            rules(own, nodes),
            rules(own, with(nodes, 7, without(nodes[7], some))),
            rules(own, with(nodes, 7, nodes[7])),
            rules(own, with(with(nodes, 7, without(nodes[7], some)), 9, plus(nodes[9], some))))) {
      changes.add(table.changes(wanted));
      table.settled(wanted);
    }
    assertEquals(
        List.of(40_000 + rules(own).messages().size(), 0, 0, 4, 3),
        changes.stream().map(each -> each.additions().size()).toList());
    // The answer to who asks for a pod that has moved is the same as before.
    assertEquals(
        List.of(0, 0, 4, 0, 3), changes.stream().map(each -> each.removals().size()).toList());
  }

  private static RemoteNode[] with(RemoteNode[] nodes, int at, RemoteNode node) {
    RemoteNode[] other = nodes.clone();
    other[at] = node;
    return other;
  }

  private static RemoteNode without(RemoteNode node, RemotePod pod) {
    List<RemotePod> pods = node.pods().stream().filter(each -> !each.equals(pod)).toList();
    return new RemoteNode(node.name(), node.tunnel(), pods);
  }

  private static RemoteNode plus(RemoteNode node, RemotePod pod) {
    List<RemotePod> pods = new ArrayList<>(node.pods());
    pods.add(pod);
    return new RemoteNode(node.name(), node.tunnel(), pods);
  }

  @Test
  void shouldTellTheSwitchOfNothingButTheDifference() throws IOException {
    flows.put(rules(Map.of(), node(2, pod(1, "10.77.1.1")), node(3, pod(2, "10.77.1.2"))));
    long before = table.changes();
    flows.put(
        rules(
            Map.of(),
            node(2, pod(1, "10.77.1.1")),
            node(3, pod(2, "10.77.1.2"), pod(3, "10.77.1.3"))));
    assertEquals(before + 4, table.changes());
  }

  @Test
  void shouldMakeAnewWhatSomebodyRemoved() throws IOException {
    OverlayRules wanted = rules(Map.of(OWN, 1025), node(2, pod(1, "10.77.1.1", "fd77::1:1")));
    flows.put(wanted);
    int count = table.cookies().size();
    table.removeAll();
    flows.read();
    assertTrue(flows.put(wanted));
    assertEquals(count, table.cookies().size());
  }

  @Test
  void shouldMoveAPodToAnotherNode() throws IOException {
    flows.put(rules(Map.of(), node(2, pod(1, "10.77.1.1")), node(3)));
    OverlayRules moved = rules(Map.of(), node(2), node(3, pod(1, "10.77.1.1")));
    flows.put(moved);
    assertEquals(moved.messages().keySet(), Set.copyOf(table.cookies()));
    assertEquals(table.cookies().size(), Set.copyOf(table.cookies()).size());
  }

  @Test
  void shouldKeepPodsOfTheNodeTogetherWithoutTunnels() {
    OverlayRules alone =
        new OverlayRules(rules(Map.of(), node(2, pod(1))).network(), 0, 1, Map.of());
    assertEquals(1, alone.messages().size());
  }

  @Test
  void shouldSendPodsFramesToTheOverlayOnlyWhereThereIsOne() {
    SourceRules alone = new SourceRules(1025, OWN, List.of(), false);
    SourceRules beyond = new SourceRules(1025, OWN, List.of(), true);
    assertEquals(alone.permits(), beyond.permits());
    assertEquals(alone.dropCookie(), beyond.dropCookie());
    assertFalse(alone.permitCookie() == beyond.permitCookie());
    assertEquals(alone.permitCookie(), new SourceRules(1025, OWN, List.of()).permitCookie());
  }
}
