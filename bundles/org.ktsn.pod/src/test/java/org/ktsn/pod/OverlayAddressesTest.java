package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;

class OverlayAddressesTest {
  private final AttachedPods pods = new AttachedPods();
  private final BeyondNode beyond = new BeyondNode();
  private final OverlayAddresses addresses =
      new OverlayAddresses(Subnet.parse("10.77.0.0/29"), Optional.empty(), pods, beyond);

  @Test
  void shouldGiveTheLowestAddressThatNoPodHas() {
    attach("first", "10.77.0.2/29");
    attach("third", "10.77.0.4/29");
    assertEquals(List.of("10.77.0.3/29"), addresses.free(Optional.empty()));
  }

  @Test
  void shouldGiveAnAddressAgainWhenItsPodIsGone() {
    attach("first", "10.77.0.2/29");
    synchronized (pods) {
      pods.remove("first");
    }
    assertEquals(List.of("10.77.0.2/29"), addresses.free(Optional.empty()));
  }

  @Test
  void shouldSayThatTheSubnetIsFull() {
    for (int host = 2; host <= 6; host++) {
      attach("pod" + host, "10.77.0." + host + "/29");
    }
    PodException full =
        assertThrows(PodException.class, () -> addresses.free(Optional.empty()), "full");
    assertEquals(
        "no address of 10.77.0.0/29 is free; detach pods, or widen 'subnet' of org.ktsn.pod",
        full.getMessage());
  }

  @Test
  void shouldRefuseAnAddressThatAPodHasWhoeverGaveIt() {
    attach("first", "10.77.0.2/29");
    assertThrows(PodException.class, () -> addresses.free(Optional.of("10.77.0.2/29")));
    assertThrows(PodException.class, () -> addresses.checked(List.of("10.77.0.2/32")));
    assertEquals(List.of("192.168.0.2/24"), addresses.checked(List.of("192.168.0.2/24")));
  }

  private final OverlayAddresses dual =
      new OverlayAddresses(
          Subnet.parse("10.77.0.0/29"), Optional.of(Subnet.parse("fd77::/64")), pods, beyond);

  @Test
  void shouldGiveOneAddressOfEachFamilyWhereTheOverlayHasBoth() {
    assertEquals(List.of("10.77.0.2/29", "fd77::2/64"), dual.free(Optional.empty()));
    attach("first", "10.77.0.2/29", "fd77::2/64");
    assertEquals(List.of("10.77.0.3/29", "fd77::3/64"), dual.free(Optional.empty()));
    assertEquals(List.of("10.77.0.3/29", "fd77::9/64"), dual.free(Optional.of("fd77:0::9/64")));
    assertEquals(List.of("10.77.0.4/29", "fd77::3/64"), dual.free(Optional.of("10.77.0.4/29")));
    assertEquals(
        List.of("10.77.0.5/29", "fd77::5/64"), dual.free(Optional.of("fd77::5/64,10.77.0.5/29")));
  }

  @Test
  void shouldLeaveToOtherNodesWhatTheirPodsHave() {
    beyond.overlayChanged(
        Optional.of(
            new OverlayNetwork(
                "pods",
                1,
                InetAddress.ofLiteral("192.0.2.1"),
                1500,
                List.of(
                    new RemoteNode(
                        "east",
                        InetAddress.ofLiteral("192.0.2.2"),
                        List.of(
                            new RemotePod(
                                "camera",
                                new MacAddress(0x020000000001L),
                                List.of(
                                    InetAddress.ofLiteral("10.77.0.2"),
                                    InetAddress.ofLiteral("fd77::2")))))))));
    assertEquals(List.of("10.77.0.3/29", "fd77::3/64"), dual.free(Optional.empty()));
    PodException used =
        assertThrows(PodException.class, () -> dual.free(Optional.of("10.77.0.2/29")));
    assertEquals(
        "address 10.77.0.2/29 is in use by pod 'camera' of node east; choose another, or none",
        used.getMessage());
    beyond.overlayChanged(Optional.empty());
    assertEquals(List.of("10.77.0.2/29", "fd77::2/64"), dual.free(Optional.empty()));
  }

  @Test
  void shouldRefuseAnIpv6AddressThatIsUsedOrNoneOfTheOverlay() {
    attach("first", "10.77.0.2/29", "fd77::2/64");
    for (String wanted :
        List.of("fd77::2/64", "fd78::2/64", "fd77::/64", "fd77::3/63", "fd77::3/64,fd77::4/64")) {
      assertThrows(PodException.class, () -> dual.free(Optional.of(wanted)), wanted);
    }
    assertThrows(PodException.class, () -> addresses.free(Optional.of("fd77::3/64")));
    assertThrows(PodException.class, () -> dual.checked(List.of("fd77:0:0::2/64")));
    assertEquals(List.of("2001:db8::1/48"), dual.checked(List.of("2001:DB8:0::1/48")));
  }

  private void attach(String name, String... address) {
    Pod pod =
        new Pod(
            name,
            0,
            Path.of("/run/netns", name),
            "tsn0",
            "v0-x",
            new MacAddress(0x020000000000L),
            List.of(address),
            Path.of("/run/x/pods", name, "app.sock"));
    synchronized (pods) {
      pods.add(new PodRecord(pod, true, true, 1, List.of()));
    }
  }
}
