package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Made-up nodes: none has what another has. */
final class AnnouncedNodesTest {
  @Test
  void shouldGiveEachNodeAndPodAddressesOfItsOwn() {
    Set<String> tunnels = new HashSet<>();
    Set<String> macs = new HashSet<>();
    Set<String> addresses = new HashSet<>();
    for (int node = 0; node < 1_000; node++) {
      tunnels.add(AnnouncedNodes.tunnel(node));
      for (int pod : List.of(0, 1, 254, 255, 256, 999, 1_000)) {
        macs.add(AnnouncedNodes.mac(node, pod));
        addresses.add(AnnouncedNodes.address(node, pod));
      }
    }
    assertEquals(
        List.of(1_000, 7_000, 7_000), List.of(tunnels.size(), macs.size(), addresses.size()));
    assertEquals("198.19.3.250", AnnouncedNodes.tunnel(999));
    assertEquals("02:aa:03:e7:03:e8", AnnouncedNodes.mac(999, 1_000));
    assertEquals("10.143.159.233", AnnouncedNodes.address(999, 1_000));
  }
}
