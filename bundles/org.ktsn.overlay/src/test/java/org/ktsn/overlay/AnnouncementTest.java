package org.ktsn.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

/** What a node says of itself, good and bad. */
final class AnnouncementTest {
  private static final String POD =
      """
      {"name": "camera", "mac": "02:00:5e:10:00:01", "addresses": ["10.77.1.2", "fd77::1:2"]}""";

  private static String announcement(String pods) {
    return """
        {"id": "a1", "tunnel": "192.0.2.2", "networks": [
          {"name": "pods", "vni": 4097, "subnets": ["10.77.0.0/16", "fd77::/64"], "pods": [%s]}]}"""
        .formatted(pods);
  }

  private static String refusal(String text) {
    return assertThrows(OverlayException.class, () -> AnnouncementReader.read(text)).getMessage();
  }

  private static void assertRefused(String text, String problem) {
    String refusal = refusal(text);
    assertTrue(refusal.contains(problem), refusal);
  }

  private static Pod pod(int number, String... addresses) {
    return new Pod(
        "p" + number,
        number,
        Path.of("/run/netns/p" + number),
        "tsn0",
        "v" + number,
        new MacAddress(0x02_00_00_00_00_00L + number + 1),
        List.of(addresses),
        Path.of("/run/x/app.sock"));
  }

  @Test
  void shouldReadWhatANodeSays() {
    AnnouncedNode read = AnnouncementReader.read(announcement(POD));
    assertEquals("a1", read.id());
    assertEquals(InetAddress.ofLiteral("192.0.2.2"), read.tunnel());
    AnnouncedNode.Network network = read.network(4097).orElseThrow();
    assertEquals("pods", network.name());
    assertEquals(
        List.of("10.77.0.0/16", "fd77:0:0:0:0:0:0:0/64"),
        network.subnets().stream().map(Range::toString).toList());
    assertEquals(
        List.of(
            new RemotePod(
                "camera",
                MacAddress.parse("02:00:5e:10:00:01"),
                List.of(InetAddress.ofLiteral("10.77.1.2"), InetAddress.ofLiteral("fd77::1:2")))),
        network.pods());
    assertTrue(read.network(4098).isEmpty());
  }

  @Test
  void shouldReadWhatItWrites() {
    OverlayNetwork network =
        new OverlayNetwork("pods", 7, InetAddress.ofLiteral("2001:db8::1"), 1500, List.of());
    List<Pod> pods = List.of(pod(0, "10.77.3.1/16", "fd77::3:1/64"), pod(1, "10.88.0.9/24"));
    String text = AnnouncementWriter.write("me", network, pods);
    assertEquals(text, AnnouncementWriter.write("me", network, pods), "only changes are told");
    AnnouncedNode read = AnnouncementReader.read(text);
    assertEquals(network.tunnel(), read.tunnel());
    AnnouncedNode.Network of = read.network(7).orElseThrow();
    assertEquals(
        List.of("10.77.0.0/16", "10.88.0.0/24", "fd77:0:0:0:0:0:0:0/64"),
        of.subnets().stream().map(Range::toString).toList());
    assertEquals(List.of("p0", "p1"), of.pods().stream().map(RemotePod::name).toList());
    assertEquals(
        List.of(InetAddress.ofLiteral("10.77.3.1"), InetAddress.ofLiteral("fd77::3:1")),
        of.pods().getFirst().addresses());
  }

  @Test
  void shouldPassOverWhatALaterReleaseSays() {
    String later =
        announcement(POD.replaceFirst("\\{", "{\"colour\": {\"of\": [1]}, "))
            .replaceFirst("\\{", "{\"since\": 1, ")
            .replace("\"vni\"", "\"encapsulation\": \"geneve\", \"vni\"");
    assertEquals(AnnouncementReader.read(announcement(POD)), AnnouncementReader.read(later));
  }

  @Test
  void shouldSayAllThatIsWrongWithItsPlaceAndTheRemedy() {
    String refusal =
        refusal(
            """
            {"id": "a b", "tunnel": "224.0.0.1", "networks": [
              {"name": 7, "vni": 0, "subnets": ["10.77.0.0", "10.77.0.0/33"], "pods": [
                {"mac": "01:00:5e:00:00:01", "addresses": ["10.1.1.1", "::1"]}]}]}""");
    for (String problem :
        List.of(
            "/id: is 'a b'; use 1 to 63 letters",
            "/tunnel: is '224.0.0.1', not the IP address of one host",
            "/networks/0/name: is 7; give a string",
            "/networks/0/vni: is 0; give a number from 1 to 16777215",
            "/networks/0/subnets/0: is '10.77.0.0', no subnet; write it as 10.77.0.0/16",
            "/networks/0/subnets/1: is '10.77.0.0/33', no subnet",
            "/networks/0/pods/0: has no name; give it",
            "/networks/0/pods/0/mac: is '01:00:5e:00:00:01', not the MAC address of one station",
            "/networks/0/pods/0/addresses/0: is 10.1.1.1, of none of the network's subnets",
            "/networks/0/pods/0/addresses/1: is '::1', not the IP address of one host")) {
      assertTrue(refusal.contains(problem), problem + " in " + refusal);
    }
    for (String text : List.of("{}", "[]", "null", "7", "\"x\"", "{", "nonsense", "{}{}")) {
      assertTrue(!refusal(text).isEmpty(), text);
    }
    assertRefused("[".repeat(100), "nested more than 32 deep");
    assertRefused("{\"id\":\"a\",\"id\":\"b\"}", "/id: appears twice; keep one");
  }

  @Test
  void shouldRefuseWhatContradictsItself() {
    assertRefused(
        announcement(POD + "," + POD.replace("camera", "other")),
        "/networks/0/pods/1/mac: is that of pod 'camera' as well; give it to one of the two");
    assertRefused(
        announcement(POD + "," + POD.replace("camera", "other").replace(":01\"", ":02\"")),
        "/networks/0/pods/1/addresses/0: is that of pod 'camera' as well");
    String network = "{\"name\":\"n\",\"vni\":7}";
    assertRefused(
        "{\"id\":\"a\",\"tunnel\":\"192.0.2.2\",\"networks\":[" + network + "," + network + "]}",
        "/networks/1: has the VNI 7 of another one; give each its own");
  }

  @Test
  void shouldHaveRoomForThePodsOfANodeAndNoMore() {
    OverlayNetwork network =
        new OverlayNetwork("pods", 7, InetAddress.ofLiteral("192.0.2.1"), 1500, List.of());
    List<Pod> pods = new ArrayList<>();
    for (int i = 0; i < Pod.MAX_PODS; i++) {
      pods.add(pod(i, "10.77." + i / 256 + "." + i % 256 + "/12", "fd77::" + i + ":1/64"));
    }
    pods.removeFirst();
    String text = AnnouncementWriter.write("me", network, pods);
    assertTrue(
        text.getBytes(StandardCharsets.UTF_8).length < OverlayAnnouncements.MAX_OCTETS,
        "" + text.length());
    assertEquals(Pod.MAX_PODS - 1, AnnouncementReader.read(text).pods());
    String many =
        IntStream.range(0, 1_025)
            .mapToObj(
                i ->
                    "{\"name\":\"p\",\"mac\":\"02:00:00:00:%02x:%02x\"}"
                        .formatted(1 + i / 256, i % 256))
            .collect(Collectors.joining(","));
    assertRefused(announcement(many), "/networks/0/pods: has 1025 entries; give 1024 at most");
    assertRefused(" ".repeat(OverlayAnnouncements.MAX_OCTETS + 1), "has more than 131072 octets");
  }

  @Property(tries = 500)
  void shouldReadOrRefuseWhateverComes(@ForAll String text, @ForAll int from, @ForAll int to) {
    String good = announcement(POD);
    int begin = Math.floorMod(from, good.length());
    int end = begin + Math.floorMod(to, good.length() - begin + 1);
    try {
      assertTrue(
          !AnnouncementReader.read(good.substring(0, begin) + text + good.substring(end))
              .id()
              .isEmpty());
    } catch (OverlayException e) {
      assertTrue(!e.getMessage().isEmpty());
    }
  }
}
