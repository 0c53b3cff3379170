package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shared node's pods and one of another host, which has the kernel's VXLAN device: what is sent
 * arrives, in both directions, as Wireshark's dissector reads it on the underlay.
 */
@ExtendWith(Node.class)
final class TwoHostsSystemTest {
  private static final int FRAMES = 500;
  private static final int LAUNCHED_PORT = 6_701;
  private static final int GROUP_PORT = 6_702;
  private static final int ORDINARY_PORT = 6_703;
  private static final String GROUP = "239.77.0.9";

  /** Sends what it receives back to whom it comes from, by UDP and TCP. */
  private static final String ECHO =
      """
      import socket, sys, threading
      address, port = sys.argv[1], int(sys.argv[2])
      datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      datagrams.bind((address, port))
      listening = socket.socket()
      listening.bind((address, port))
      listening.listen()
      def stream():
          while True:
              connection, _ = listening.accept()
              with connection:
                  while octets := connection.recv(65536):
                      connection.sendall(octets)
      threading.Thread(target=stream, daemon=True).start()
      print("ready", flush=True)
      while True:
          octets, peer = datagrams.recvfrom(65536)
          datagrams.sendto(octets, peer)
      """;

  /** Asks the former, and compares. */
  private static final String ASK =
      """
      import os, socket, sys
      peer = (sys.argv[1], int(sys.argv[2]))
      datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      datagrams.settimeout(5)
      for size in list(range(1, 1472, 49)) + [1472]:
          octets = os.urandom(size)
          datagrams.sendto(octets, peer)
          assert datagrams.recv(65536) == octets, size
      octets = os.urandom(300_000)
      connection = socket.create_connection(peer, 5)
      back = b""
      for at in range(0, len(octets), 30_000):
          connection.sendall(octets[at:at + 30_000])
          while len(back) < at + 30_000:
              back += connection.recv(65536)
      assert back == octets
      print("alike")
      """;

  /** Joins a group on tsn0, and prints what comes. */
  private static final String JOIN =
      """
      import socket, sys
      group, port, own, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
      datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      datagrams.bind((group, port))
      datagrams.setsockopt(
          socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
          socket.inet_aton(group) + socket.inet_aton(own))
      print("ready", flush=True)
      for _ in range(count):
          datagrams.recv(65536)
      print("all", flush=True)
      """;

  private static Node node;
  private static FarHost far;

  @TempDir private Path directory;

  @BeforeAll
  static void begin() {
    node = Node.node();
    far = new FarHost(node, List.of(mac("alice"), mac("bob")));
  }

  @AfterAll
  static void end() {
    if (far != null) {
      far.close();
    }
  }

  private static String mac(String pod) {
    return node.json("ktsn:pods " + pod + " --json").getAsJsonObject().get("mac").getAsString();
  }

  /** What crosses the underlay meanwhile. */
  private Command captureUnderlay(Path file) {
    return node.inNetwork(
        "far",
        "tcpdump",
        "-Z",
        "root",
        "-i",
        FarHost.LINK,
        "-U",
        "-s",
        "0",
        "-w",
        file.toString(),
        "udp port 4789");
  }

  /** What tshark makes of the launched datagrams in a capture, a list of fields each. */
  private static List<List<String>> dissect(Path capture, int port) {
    String text =
        Command.start(
                Map.of(),
                List.of(
                    "tshark",
                    "-n",
                    "-r",
                    capture.toString(),
                    "-o",
                    "ip.check_checksum:TRUE",
                    "-o",
                    "udp.check_checksum:TRUE",
                    "-Y",
                    "vxlan && udp.dstport == " + port,
                    "-T",
                    "fields",
                    "-E",
                    "separator=|",
                    "-E",
                    "occurrence=a",
                    "-E",
                    "aggregator=,",
                    "-e",
                    "vxlan.vni",
                    "-e",
                    "eth.src",
                    "-e",
                    "eth.dst",
                    "-e",
                    "ip.src",
                    "-e",
                    "ip.dst",
                    "-e",
                    "udp.dstport",
                    "-e",
                    "ip.checksum.status",
                    "-e",
                    "udp.checksum.status",
                    "-e",
                    "udp.srcport"))
            .end(60)
            .expect(0)
            .out();
    return text.lines().map(line -> List.of(line.split("\\|", -1))).toList();
  }

  @Test
  void shouldBringLaunchedDatagramsToTheOtherHostInTimeAndUnharmed() throws IOException {
    Path arrivals = directory.resolve("arrivals");
    Path capture = directory.resolve("underlay.pcap");
    long before = node.received();
    String endpoint = FarHost.POD + ":" + LAUNCHED_PORT;
    try (Command tcpdump = captureUnderlay(capture);
        Command listener =
            node.listen("farpod", endpoint, arrivals, "--frames", Integer.toString(FRAMES))) {
      Node.await("tcpdump listens", 10, () -> tcpdump.err().contains("listening on"));
      node.talk("alice", endpoint, FRAMES, "--priority", "6", "--lead-ns", "1000000000")
          .end(20)
          .expect(0);
      listener.end(20).expect(0);
      Node.await(
          "tcpdump has written all", 10, () -> dissect(capture, LAUNCHED_PORT).size() >= FRAMES);
    }
    Arrivals arrived = Arrivals.read(arrivals);
    assertEquals(
        IntStream.range(0, FRAMES).boxed().toList(),
        arrived.all().stream().map(Arrivals.Arrival::sequence).toList());
    assertTrue(
        arrived.all().stream().allMatch(each -> each.latenessNs() >= 0), "none before its time");
    assertEquals(before + FRAMES, node.received(), "all went through KTSNd");
    assertDissected(dissect(capture, LAUNCHED_PORT));
  }

  private static void assertDissected(List<List<String>> frames) {
    assertEquals(FRAMES, frames.size());
    String alice = node.alice();
    String own = mac("alice");
    for (List<String> frame : frames) {
      assertEquals(Integer.toString(FarHost.VNI), frame.get(0));
      assertTrue(frame.get(1).endsWith("," + own), "inner source " + frame);
      assertTrue(frame.get(2).endsWith("," + FarHost.POD_MAC), "inner destination " + frame);
      assertEquals(FarHost.NEAR + "," + alice, frame.get(3));
      assertEquals(FarHost.FAR + "," + FarHost.POD, frame.get(4));
      assertEquals("4789," + LAUNCHED_PORT, frame.get(5));
      assertEquals("1,1", frame.get(6), "both IPv4 headers' checksums are right");
      // The outer datagram has none, which IPv4 allows (RFC 7348 section 5).
      assertEquals("3,1", frame.get(7), "and that of the pod's datagram");
    }
    assertEquals(
        1,
        frames.stream().map(frame -> frame.get(8).split(",", -1)[0]).distinct().count(),
        "a flow has one source port on the underlay, so that it takes one path");
  }

  @Test
  void shouldCarryOrdinaryTrafficInBothDirections() {
    Map<String, String> addresses = Map.of("bob", node.bob(), "farpod", FarHost.POD);
    for (List<String> pair : List.of(List.of("bob", "farpod"), List.of("farpod", "bob"))) {
      String address = addresses.get(pair.get(1));
      String port = Integer.toString(ORDINARY_PORT);
      try (Command echo =
          node.inNetwork(pair.get(1), "/usr/bin/python3", "-c", ECHO, address, port)) {
        Node.await("the echo is ready", 10, () -> echo.out().contains("ready"));
        Command ask =
            node.inNetwork(pair.get(0), "/usr/bin/python3", "-c", ASK, address, port)
                .end(30)
                .expect(0);
        assertTrue(ask.out().contains("alike"), ask.text());
      }
    }
    assertNothingIsLearned();
  }

  /** The switch knows where remote pods are by its rules alone. */
  private static void assertNothingIsLearned() {
    String pid = FarHost.run("cat " + Node.RUN.resolve("ovs/ovs-vswitchd.pid")).strip();
    String learned =
        FarHost.run(
            "ovs-appctl --timeout=10 -t "
                + Node.RUN.resolve("ovs/ovs-vswitchd." + pid + ".ctl")
                + " fdb/show br-"
                + Node.INSTANCE);
    assertFalse(learned.contains(FarHost.POD_MAC), learned);
    for (String own : List.of(mac("alice"), mac("bob"))) {
      assertTrue(learned.lines().anyMatch(line -> line.contains(own) && line.contains("static")));
    }
  }

  @Test
  void shouldBringWhatGoesToAGroupToTheMembersOnBothHosts() {
    List<Command> members = new ArrayList<>();
    try {
      members.add(join("bob", node.bob()));
      members.add(join("farpod", FarHost.POD));
      node.exec(
              "alice",
              Node.SEND.toString(),
              "--to",
              GROUP,
              "--port",
              Integer.toString(GROUP_PORT),
              "--count",
              "20",
              "--interval-us",
              "1000",
              "--stamp-ms",
              "50",
              "--device",
              "tsn0")
          .end(20)
          .expect(0);
      for (Command member : members) {
        Node.await("a member has all", 20, () -> member.out().contains("all"));
      }
    } finally {
      members.forEach(Command::close);
    }
  }

  private static Command join(String pod, String address) {
    Command member =
        node.inNetwork(
            pod,
            "/usr/bin/python3",
            "-c",
            JOIN,
            GROUP,
            Integer.toString(GROUP_PORT),
            address,
            "20");
    Node.await("it has joined", 10, () -> member.out().contains("ready"));
    return member;
  }

  @Test
  void shouldShowNetworkAndNodes() {
    JsonObject network =
        node.json("ktsn:networks --json")
            .getAsJsonObject()
            .getAsJsonArray("networks")
            .get(0)
            .getAsJsonObject();
    assertEquals(FarHost.VNI, network.get("vni").getAsInt());
    assertEquals(1550, network.get("pod_mtu_octets").getAsInt());
    JsonElement nodes = node.json("ktsn:nodes --json");
    assertEquals(
        FarHost.POD_MAC,
        nodes
            .getAsJsonArray()
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("pods")
            .get(0)
            .getAsJsonObject()
            .get("mac")
            .getAsString());
    assertTrue(node.ktsn(20, "net", "list").expect(0).out().contains("farpod"));
  }

  @Test
  void shouldShowWhatIsProgrammedForTheOtherHostAndHowItIsReached() {
    Node.await(
        "all is as it should be",
        20,
        () ->
            node.json("ktsn:ovs --json").getAsJsonObject().getAsJsonArray("differences").isEmpty());
    JsonObject other =
        node.json("ktsn:ovs farpod --json")
            .getAsJsonObject()
            .getAsJsonArray("remote_pods")
            .get(0)
            .getAsJsonObject();
    assertEquals("far", other.get("node").getAsString());
    assertEquals(4, other.get("rules").getAsInt());
    Node.await(
        "the next hop is known",
        20,
        () -> node.shell("ktsn:ovs far").contains("by kti-phy to " + FarHost.FAR + " at "));
  }
}
