package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;

/** How long a frame is on the link, by its destination. */
final class RemoteStationsTest {
  private static final long NEAR = 0x02_00_00_00_00_01L;
  private static final long FAR = 0x02_00_00_00_01_01L;
  private static final long GROUP = 0x01_00_5e_00_00_01L;
  private static final long EVERYBODY = 0xff_ff_ff_ff_ff_ffL;
  private final RemoteStations stations = new RemoteStations();

  private static RemoteNode node(int number, String tunnel, Long... macs) {
    List<RemotePod> pods = new ArrayList<>();
    for (long mac : macs) {
      pods.add(new RemotePod("p" + pods.size(), new MacAddress(mac), List.of()));
    }
    return new RemoteNode("n" + number, InetAddress.ofLiteral(tunnel + number), pods);
  }

  private static Optional<OverlayNetwork> network(String tunnel, RemoteNode... nodes) {
    return Optional.of(
        new OverlayNetwork("pods", 1, InetAddress.ofLiteral(tunnel + "1"), 1500, List.of(nodes)));
  }

  private int linkFrameOctets(long mac, int lengthOctets) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(64);
      frame.set(
          ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0, mac << 16 | 0x0200);
      return stations.linkFrameOctets(frame.address(), lengthOctets);
    }
  }

  @Test
  void shouldLeaveFramesAsTheyAreWithoutAnOverlay() {
    assertEquals(300, linkFrameOctets(FAR, 300));
    assertEquals(300, linkFrameOctets(GROUP, 300));
    stations.overlayChanged(network("192.0.2.", node(2, "192.0.2.", FAR)));
    stations.overlayChanged(Optional.empty());
    assertEquals(300, linkFrameOctets(FAR, 300));
  }

  @Test
  void shouldCountTheTunnelOfThoseThatLeaveTheNode() {
    stations.overlayChanged(network("192.0.2.", node(2, "192.0.2.", FAR)));
    assertEquals(350, linkFrameOctets(FAR, 300));
    assertEquals(300, linkFrameOctets(NEAR, 300));
    stations.overlayChanged(network("2001:db8::", node(2, "2001:db8::", FAR)));
    assertEquals(370, linkFrameOctets(FAR, 300));
  }

  /**
   * Each node that has pods gets a copy; each but the last is followed by FCS, preamble and gap.
   */
  @Test
  void shouldCountEveryCopyOfWhatGoesToAGroup() {
    stations.overlayChanged(
        network(
            "192.0.2.",
            node(2, "192.0.2.", FAR),
            node(3, "192.0.2.", FAR + 1, FAR + 2),
            node(4, "192.0.2.")));
    assertEquals(350 + 24 + 350, linkFrameOctets(GROUP, 300));
    assertEquals(350 + 24 + 350, linkFrameOctets(EVERYBODY, 300));
    stations.overlayChanged(network("192.0.2.", node(4, "192.0.2.")));
    assertEquals(300, linkFrameOctets(GROUP, 300));
  }

  @Test
  void shouldKnowEachOfManyAndNoOther() {
    Random random = new Random(7);
    List<Long> macs = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      macs.add(0x02_00_00_00_00_00L | ((random.nextLong() >>> 24) & 0x00_ff_ff_ff_ff_ffL));
    }
    stations.overlayChanged(
        network("192.0.2.", node(2, "192.0.2.", macs.subList(0, 5_000).toArray(Long[]::new))));
    for (int i = 0; i < macs.size(); i++) {
      int expected = macs.indexOf(macs.get(i)) < 5_000 ? 150 : 100;
      assertEquals(expected, linkFrameOctets(macs.get(i), 100), Long.toHexString(macs.get(i)));
    }
  }
}
