package org.ktsn.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;

/** A description of the overlay, good and bad. */
final class OverlayReaderTest {
  private static final String POD =
      """
      {"name": "camera", "mac": "02:00:5e:10:00:01", "addresses": ["10.77.1.2", "fd77::1:2"]}""";
  private static final String NODE =
      """
      {"name": "east", "tunnel": "192.0.2.2", "pods": [%s]}"""
          .formatted(POD);

  static String network(String nodes) {
    return """
        {"network": "pods", "vni": 4097, "tunnel": "192.0.2.1", "nodes": [%s]}"""
        .formatted(nodes);
  }

  private static String node(String name, String tunnel, String pod, String mac, String address) {
    return """
        {"name": "%s", "tunnel": "%s",
         "pods": [{"name": "%s", "mac": "%s", "addresses": ["%s"]}]}"""
        .formatted(name, tunnel, pod, mac, address);
  }

  private static String refusal(String text) {
    return assertThrows(OverlayException.class, () -> OverlayReader.read(text)).getMessage();
  }

  private static void assertRefused(String text, String problem) {
    String refusal = refusal(text);
    assertTrue(refusal.contains(problem), refusal);
  }

  @Test
  void shouldReadNodesAndTheirPods() {
    assertEquals(
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
                            List.of(
                                InetAddress.ofLiteral("10.77.1.2"),
                                InetAddress.ofLiteral("fd77::1:2"))))))),
        OverlayReader.read(network(NODE)).network());
  }

  @Test
  void shouldPassOverTheEntryOfTheNodeItself() {
    OverlayNetwork read =
        OverlayReader.read(
                network(NODE + ", {\"name\": \"west\", \"tunnel\": \"192.0.2.1\", \"pods\": []}"))
            .network();
    assertEquals(List.of("east"), read.nodes().stream().map(RemoteNode::name).toList());
  }

  /** RFC 7348 section 5: 14 + 20 + 8 + 8 octets, and 20 more with IPv6. */
  @Test
  void shouldCountWhatTheTunnelAdds() {
    OverlayNetwork ipv4 = OverlayReader.read(network(NODE)).network();
    assertEquals(50, ipv4.encapsulationOctets());
    assertEquals(1450, ipv4.podMtuOctets());
    OverlayNetwork ipv6 =
        OverlayReader.read(
                """
            {"network": "pods", "vni": 1, "tunnel": "2001:db8::1", "underlay-mtu": 9000,
             "nodes": [{"name": "east", "tunnel": "2001:db8::2"}]}""")
            .network();
    assertEquals(70, ipv6.encapsulationOctets());
    assertEquals(8930, ipv6.podMtuOctets());
  }

  @Test
  void shouldRefuseTwoThatClaimOneAddressAndNameBoth() {
    String east = node("east", "192.0.2.2", "a", "02:00:00:00:00:01", "10.77.0.9");
    assertRefused(
        network(east + "," + node("east", "192.0.2.3", "b", "02:00:00:00:00:02", "10.77.0.8")),
        "/nodes/1/name: is claimed by another node and by east; give it to one of the two");
    assertRefused(
        network(east + "," + node("north", "192.0.2.2", "b", "02:00:00:00:00:02", "10.77.0.8")),
        "/nodes/1/tunnel: is claimed by east and by north");
    assertRefused(
        network(east + "," + node("north", "192.0.2.3", "b", "02:00:00:00:00:01", "10.77.0.8")),
        "/nodes/1/pods/0/mac: is claimed by a of east and by b of north");
    assertRefused(
        network(east + "," + node("north", "192.0.2.3", "b", "02:00:00:00:00:02", "10.77.0.9")),
        "/nodes/1/pods/0/addresses/0: is claimed by a of east and by b of north");
  }

  @Test
  void shouldRefuseWhatIsNoAddressOfOneStation() {
    for (String mac : List.of("01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "x")) {
      assertRefused(
          network(node("east", "192.0.2.2", "a", mac, "10.77.0.9")),
          "is '" + mac + "', not the MAC address of one station");
    }
    for (String address :
        List.of(
            "224.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "127.0.0.1",
            "10.77.0.999",
            "10.77.1",
            "167772161",
            "host",
            "::",
            "::1",
            "ff02::1",
            "fe80::1%eth0")) {
      assertRefused(
          network(node("east", "192.0.2.2", "a", "02:00:00:00:00:01", address)),
          "is '" + address + "', not the IP address of one host");
      assertRefused(
          network(node("east", address, "a", "02:00:00:00:00:01", "10.77.0.9")),
          "/nodes/0/tunnel: is '" + address + "'");
    }
  }

  @Test
  void shouldRefuseTunnelOfAnotherFamily() {
    assertRefused(
        network(node("east", "2001:db8::2", "a", "02:00:00:00:00:01", "10.77.0.9")),
        "/nodes/0/tunnel: is 2001:db8:0:0:0:0:0:2, of another family than this node's");
  }

  @Test
  void shouldSayAllThatIsWrongAtOnce() {
    String refusal =
        refusal(
            """
            {"network": "a b", "vni": 16777216, "tunel": 1, "underlay-mtu": 100,
             "nodes": [{"pods": 1}]}""");
    for (String problem :
        List.of(
            "/network: is 'a b'",
            "/vni: is 16777216; give a number from 1 to 16777215",
            "/tunel: is not known here",
            "/: has no tunnel",
            "/underlay-mtu: is 100",
            "/nodes/0: has no name",
            "/nodes/0/pods: is 1; give an array")) {
      assertTrue(refusal.contains(problem), problem + " in " + refusal);
    }
  }

  @Test
  void shouldRefuseWhatIsNoJson() {
    assertRefused("{", "this is no JSON");
    assertRefused("", "this is no JSON");
    assertRefused("[]", "give an object");
    assertRefused("null", "give an object");
  }

  @Property(tries = 500)
  void shouldReadOrRefuseWhateverIsWrittenThere(
      @ForAll String text, @ForAll int from, @ForAll int to) {
    String good = network(NODE);
    int begin = Math.floorMod(from, good.length());
    int end = begin + Math.floorMod(to, good.length() - begin + 1);
    String broken = good.substring(0, begin) + text + good.substring(end);
    try {
      assertTrue(OverlayReader.read(broken).network().vni() > 0);
    } catch (OverlayException e) {
      assertTrue(!e.getMessage().isEmpty());
    }
  }
}
