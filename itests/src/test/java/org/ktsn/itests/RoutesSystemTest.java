package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A datagram with a launch time goes where the pod's kernel would send it, whatever decides that
 * there. The pod {@code rita} sends; {@code sam} and {@code dave} are routers of hers, and have the
 * destination themselves. The way that she would take otherwise leads to another interface.
 */
@ExtendWith(Node.class)
final class RoutesSystemTest {
  private static final int FRAMES = 200;
  private static final String DESTINATION = "203.0.113.1";

  private static Node node;
  private static String sam;
  private static String dave;
  private String rita;

  @BeforeAll
  static void begin() {
    node = Node.node();
    sam = node.attach("sam");
    dave = node.attach("dave");
    for (String router : List.of("sam", "dave")) {
      in(router, "ip", "addr", "add", DESTINATION + "/32", "dev", "lo");
    }
  }

  @AfterAll
  static void end() {
    node.shell("ktsn:pod-del sam");
    node.shell("ktsn:pod-del dave");
  }

  /** With a second network, as Multus gives it, that has the cheaper default route. */
  @BeforeEach
  void attach() {
    rita = node.attach("rita");
    rita("ip link add side0 type veth peer name side1");
    rita("ip link set side1 up");
    rita("ip addr add 192.0.2.1/24 dev side0");
    rita("ip link set side0 up");
    rita("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev side0");
    rita("ip route add default via 192.0.2.9 dev side0 metric 50");
  }

  @AfterEach
  void detach() {
    node.shell("ktsn:pod-del rita");
  }

  private static String in(String pod, String... words) {
    return node.inNetwork(pod, words).end(10).expect(0).out().strip();
  }

  private static String rita(String command) {
    return in("rita", command.split(" ", -1));
  }

  private static Command start(int count, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(Node.SEND.toString(), "--to", DESTINATION, "--port", "6300", "--count"));
    words.addAll(List.of(Integer.toString(count), "--interval-us", "1000", "--stamp-ms", "100"));
    words.addAll(List.of(options));
    return node.exec("rita", words.toArray(String[]::new));
  }

  private static String index(String name) {
    return rita("cat /sys/class/net/" + name + "/ifindex");
  }

  private static void assertAllArriveAt(String router, String... options) {
    final long before = node.received();
    try (Capture capture = new Capture(node, router, "udp port 6300")) {
      start(FRAMES, options).end(20).expect(0);
      assertEquals(FRAMES, capture.frames(FRAMES).size());
    }
    assertEquals(before + FRAMES, node.received(), "taken by LibKTSN");
  }

  @Test
  void shouldFollowARuleByTheSource() {
    rita("ip route add default via " + sam + " dev tsn0 table 100");
    rita("ip rule add from " + rita + " lookup 100");
    assertAllArriveAt("sam", "--from", rita);
  }

  @Test
  void shouldFollowTheDeviceThatTheProgramChose() {
    rita("ip route add default via " + sam + " dev tsn0 metric 200");
    assertAllArriveAt("sam", "--device", "tsn0");
    assertAllArriveAt("sam", "--unicast-if", index("tsn0"));
    assertAllArriveAt("sam", "--packet-if", index("tsn0"));
  }

  @Test
  void shouldTakeTheDestinationToBeOnTheLinkOfADeviceWithoutARoute() {
    // The switch lets nobody answer for an address that is not its pod's.
    knowNeighbour("sam", DESTINATION);
    assertAllArriveAt("sam", "--device", "tsn0");
  }

  @Test
  void shouldFollowARouteByTos() {
    rita("ip route add 203.0.113.0/24 via 192.0.2.9 dev side0");
    rita("ip route add 203.0.113.0/24 tos 0x10 via " + sam + " dev tsn0");
    assertAllArriveAt("sam", "--tos", "16");
  }

  @Test
  void shouldFollowARuleByTheMark() {
    rita("ip route add default via " + sam + " dev tsn0 table 100");
    rita("ip rule add fwmark 7 lookup 100");
    assertAllArriveAt("sam", "--mark", "7");
  }

  @Test
  void shouldFollowARuleByThePort() {
    rita("ip route add default via " + sam + " dev tsn0 table 100");
    rita("ip rule add ipproto udp sport 6301 lookup 100");
    assertAllArriveAt("sam", "--from-port", "6301");
  }

  @Test
  void shouldChooseAmongSeveralWaysAsTheKernelDoes() {
    rita("sysctl -qw net.ipv4.fib_multipath_hash_policy=1");
    rita("ip route add 203.0.113.0/24 nexthop via " + sam + " nexthop via " + dave);
    final long before = node.received();
    int toSam = 0;
    try (Capture atSam = new Capture(node, "sam", "udp port 6300");
        Capture atDave = new Capture(node, "dave", "udp port 6300")) {
      for (int flow = 0; flow < 20; flow++) {
        int port = 6400 + flow;
        String said =
            rita(
                "ip route get "
                    + DESTINATION
                    + " from "
                    + rita
                    + " ipproto udp dport 6300 sport "
                    + port);
        toSam += said.contains("via " + sam + " ") ? FRAMES / 20 : 0;
        start(FRAMES / 20, "--from", rita, "--from-port", Integer.toString(port)).end(20).expect(0);
      }
      assertTrue(toSam > 0 && toSam < FRAMES, "the kernel uses both ways: " + toSam);
      assertEquals(toSam, atSam.frames(toSam).size());
      assertEquals(FRAMES - toSam, atDave.frames(FRAMES - toSam).size());
    }
    assertEquals(before + FRAMES, node.received());
  }

  @Test
  void shouldLeaveANextHopOfTheOtherFamilyToTheKernel() {
    String link = in("sam", "ip", "-6", "-br", "addr", "show", "dev", "tsn0", "scope", "link");
    String address = link.substring(link.indexOf("fe80"), link.indexOf('/'));
    rita("ip route add 203.0.113.0/24 via inet6 " + address + " dev tsn0");
    final long before = node.received();
    try (Capture capture = new Capture(node, "sam", "udp port 6300")) {
      start(FRAMES).end(20).expect(0);
      assertEquals(FRAMES, capture.frames(FRAMES).size());
    }
    assertEquals(before, node.received());
  }

  @Test
  void shouldFollowARouteThatChangesWhileDatagramsFlow() {
    rita("ip route add 203.0.113.0/24 via " + sam + " dev tsn0");
    // Known neighbours: here only the route counts.
    knowNeighbour("sam", sam);
    knowNeighbour("dave", dave);
    final long before = node.received();
    final long dropsBefore = drops();
    final long unreachableBefore = drops("no_route") + drops("no_neighbour");
    try (Capture atSam = new Capture(node, "sam", "udp port 6300");
        Capture atDave = new Capture(node, "dave", "udp port 6300")) {
      Command sending = start(60_000);
      assertTrue(atSam.frames(1).size() > 0);
      rita("ip route change 203.0.113.0/24 via " + dave + " dev tsn0");
      assertTrue(atDave.frames(FRAMES).size() >= FRAMES);
      sending.process().destroy();
      Node.await("the sender ends", 10, () -> !sending.process().isAlive());
      // What came too late on a busy machine is counted as such.
      Node.await(
          "all that was handed over arrives",
          10,
          () ->
              atSam.frames(1).size() + atDave.frames(1).size() + drops() - dropsBefore
                  == node.received() - before);
    }
    assertEquals(unreachableBefore, drops("no_route") + drops("no_neighbour"));
  }

  private static void knowNeighbour(String pod, String address) {
    String mac = in(pod, "cat", "/sys/class/net/tsn0/address");
    rita("ip neigh add " + address + " lladdr " + mac + " dev tsn0");
  }

  private static long drops() {
    return node.stats().getAsJsonObject("drops").entrySet().stream()
        .mapToLong(reason -> reason.getValue().getAsLong())
        .sum();
  }

  private static long drops(String reason) {
    JsonElement count = node.stats().getAsJsonObject("drops").get(reason);
    return count == null ? 0 : count.getAsLong();
  }

  @Test
  void shouldFollowTheInterfaceWhateverItIsCalled() {
    rita("ip route add 203.0.113.0/24 via " + sam + " dev tsn0");
    assertAllArriveAt("sam");
    rita("ip link set tsn0 down");
    rita("ip link set tsn0 name uplink");
    rita("ip link set uplink up");
    rita("ip route add 203.0.113.0/24 via " + sam + " dev uplink");
    assertAllArriveAt("sam");
  }
}
