package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.Test;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayService;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;

/** {@code ktsn:networks} and {@code ktsn:nodes} for people and for programs. */
final class OverlayCommandsTest {
  private final NetworksCommand networks = new NetworksCommand();
  private final NodesCommand nodes = new NodesCommand();
  private final NetAddCommand add = new NetAddCommand();
  private final NetDelCommand del = new NetDelCommand();
  private final List<String> written = new ArrayList<>();

  private static String run(Function command, String... arguments) throws Exception {
    return (String) command.execute(null, List.of((Object[]) arguments));
  }

  private void offer(Optional<OverlayNetwork> network, String... refusals) {
    OverlayService service =
        new OverlayService() {
          @Override
          public Optional<OverlayNetwork> network() {
            return network;
          }

          @Override
          public Map<String, State> announced() {
            return Map.of("north", State.AWAY);
          }

          @Override
          public Path add(String name, String description) {
            written.add(description);
            return Path.of("/etc/" + name);
          }

          @Override
          public Path remove(String name) {
            return Path.of("/etc/" + name);
          }

          @Override
          public List<String> refusals() {
            return List.of(refusals);
          }
        };
    networks.overlay = service;
    nodes.overlay = service;
    add.overlay = service;
    del.overlay = service;
  }

  private static Optional<OverlayNetwork> some() {
    return Optional.of(
        new OverlayNetwork(
            "pods",
            4097,
            InetAddress.ofLiteral("192.0.2.1"),
            1500,
            List.of(
                new RemoteNode(
                    "east",
                    InetAddress.ofLiteral("192.0.2.2"),
                    List.of(
                        new RemotePod(
                            "camera",
                            MacAddress.parse("02:00:5e:10:00:01"),
                            List.of(InetAddress.ofLiteral("10.77.1.2"))))),
                new RemoteNode("north", InetAddress.ofLiteral("192.0.2.3"), List.of()))));
  }

  @Test
  void shouldShowNetworkNodesAndPods() throws Exception {
    offer(some(), "pod 'x' is not reached");
    assertEquals(
        """
        NETWORK  VNI   TUNNEL     NODES  PODS  UNDERLAY MTU  POD MTU
        pods     4097  192.0.2.1  2      1     1500          1450

        NODE   STATE  TUNNEL     POD     MAC                ADDRESSES
        east   file   192.0.2.2  camera  02:00:5e:10:00:01  10.77.1.2
        north  away   192.0.2.3  -       -                  -
        refused: pod 'x' is not reached
        """,
        run(networks));
    assertEquals(
        """
        NODE   STATE  TUNNEL     POD     MAC                ADDRESSES
        east   file   192.0.2.2  camera  02:00:5e:10:00:01  10.77.1.2
        north  away   192.0.2.3  -       -                  -
        """,
        run(nodes));
  }

  @Test
  void shouldWriteTheSameForPrograms() throws Exception {
    offer(some(), "pod 'x' is not reached");
    assertEquals(
        """
        {
          "networks": [
            {
              "name": "pods",
              "vni": 4097,
              "tunnel": "192.0.2.1",
              "nodes": 2,
              "pods": 1,
              "underlay_mtu_octets": 1500,
              "pod_mtu_octets": 1450,
              "encapsulation_octets": 50
            }
          ],
          "refusals": [
            "pod 'x' is not reached"
          ]
        }
        """,
        run(networks, "--json"));
    assertEquals(
        """
        [
          {
            "name": "east",
            "state": "file",
            "tunnel": "192.0.2.2",
            "pods": [
              {
                "name": "camera",
                "mac": "02:00:5e:10:00:01",
                "addresses": [
                  "10.77.1.2"
                ]
              }
            ]
          },
          {
            "name": "north",
            "state": "away",
            "tunnel": "192.0.2.3",
            "pods": []
          }
        ]
        """,
        run(nodes, "--json"));
  }

  @Test
  void shouldSayThatThereIsNoOverlay() throws Exception {
    offer(Optional.empty());
    assertEquals(
        "the pods' network ends at this node; etc/*.overlay would say of others\n", run(networks));
    assertEquals("no other node is known\n", run(nodes));
    networks.overlay = null;
    assertThrows(CommandException.class, () -> networks.execute(null, List.of()));
  }

  @Test
  void shouldDescribeANetworkAsAFileDoes() throws Exception {
    offer(Optional.empty());
    assertEquals(
        "network pods is described in /etc/pods\n",
        run(add, "pods", "4097", "192.0.2.1", "--underlay-mtu", "1600", "--announcements"));
    assertEquals(
        """
        {
          "network": "pods",
          "vni": 4097,
          "tunnel": "192.0.2.1",
          "underlay-mtu": 1600,
          "announcements": true
        }
        """,
        written.getFirst());
    assertEquals("/etc/pods is removed\n", run(del, "pods"));
    assertEquals(
        "the VNI is '16777216'; give a number from 1 to 16777215",
        assertThrows(CommandException.class, () -> run(add, "pods", "16777216", "192.0.2.1"))
            .getMessage());
    assertThrows(CommandException.class, () -> run(add, "pods", "1"));
    assertThrows(CommandException.class, () -> run(del));
  }
}
