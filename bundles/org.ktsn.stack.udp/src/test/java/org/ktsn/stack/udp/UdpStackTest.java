package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.EncodedFrame;

final class UdpStackTest {
  private static final IpAddress PEER = ipv4("10.77.0.3");
  private static final IpAddress STRANGER = ipv4("10.77.0.44");

  private final FakeNetworks networks = new FakeNetworks();
  private final FrameBuffer buffer = new FrameBuffer();
  private final EncodedFrame out = new EncodedFrame();
  private final TestDatagram datagram = TestDatagram.with(ReferenceFrame.ascii("hello"));
  private final UdpStack stack = stack("none", 0, "");

  private UdpStack stack(String tag, int vlanId, String pcpMap) {
    return new UdpStack(Tagging.parse(tag, vlanId, pcpMap), networks);
  }

  private Verdict encode() {
    return encode(stack);
  }

  private Verdict encode(UdpStack with) {
    return with.encode(datagram, buffer.address(), FrameBuffer.OCTETS - 1, out);
  }

  private Verdict encodeWith(Consumer<TestDatagram> change) {
    TestDatagram changed = TestDatagram.with(ReferenceFrame.ascii("hello"));
    change.accept(changed);
    return stack.encode(changed, buffer.address(), FrameBuffer.OCTETS - 1, out);
  }

  private void neighbour(IpAddress address, int state, long mac) {
    networks.neighbours.put(address, NeighbourTable.entry(state, mac));
    networks.publish(true);
  }

  private String destinationMac() {
    return buffer.hex(6);
  }

  @Test
  void shouldEncodeFrameOfPodsOwnAddresses() {
    datagram.priority = 5;
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals(60, out.lengthOctets);
    assertEquals(14, out.headerOctets);
    assertEquals(5, out.pcp);
    assertArrayEquals(
        ReferenceFrame.build(
            datagram, "02:00:00:00:00:03", "02:00:00:00:00:02", FrameEncoder.UNTAGGED, 0),
        buffer.octets(60));
  }

  @Test
  void shouldTagWithPcpOfPriorityAndConfiguredVlan() {
    datagram.priority = 3;
    assertEquals(Verdict.ACCEPTED, encode(stack("vlan", 100, "0,1,2,6,4,5,6,7")));
    assertEquals(18, out.headerOctets);
    assertEquals(6, out.pcp);
    assertArrayEquals(
        ReferenceFrame.build(datagram, "02:00:00:00:00:03", "02:00:00:00:00:02", 6 << 13 | 100, 0),
        buffer.octets(out.lengthOctets));
  }

  @Test
  void shouldTakeUpChangedConfigurationAndKeepItWhenTheNextIsBad() {
    stack.modified(config("priority"));
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals(18, out.headerOctets);
    stack.modified(config("tagged"));
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals(18, out.headerOctets);
  }

  private static UdpStack.Config config(String tag) {
    return (UdpStack.Config)
        Proxy.newProxyInstance(
            UdpStack.Config.class.getClassLoader(),
            new Class<?>[] {UdpStack.Config.class},
            (_, method, _) -> method.getName().equals("tag") ? tag : method.getDefaultValue());
  }

  @Test
  void shouldNumberDatagramsThatMayBeFragmented() {
    datagram.dontFragment = false;
    encode();
    String first = buffer.hex(34).substring(36, 40);
    encode();
    assertNotEquals(first, buffer.hex(34).substring(36, 40));
  }

  @Test
  void shouldSayPodGoneForUnknownPod() {
    assertEquals(Verdict.POD_GONE, encodeWith(changed -> changed.pod = 4));
    encode();
    assertEquals(Verdict.POD_GONE, stack.complete(4, buffer.address(), 60));
  }

  @Test
  void shouldRefuseForeignSource() {
    assertEquals(Verdict.BAD_SOURCE, encodeWith(changed -> changed.source = PEER));
    assertEquals(Verdict.BAD_SOURCE, encodeWith(changed -> changed.source = ipv4("0.0.0.0")));
    assertEquals(
        Verdict.ACCEPTED, encodeWith(changed -> changed.source = ipv4("10.77.9.9")), "secondary");
  }

  @Test
  void shouldRefuseFieldsOutOfRange() {
    List<Consumer<TestDatagram>> hostile =
        List.of(
            changed -> changed.payloadLength = -1,
            changed -> changed.payloadLength = 65_508,
            changed -> changed.payloadLength = Integer.MAX_VALUE,
            changed -> changed.sourcePort = 0,
            changed -> changed.sourcePort = 65_536,
            changed -> changed.destinationPort = 0,
            changed -> changed.destinationPort = -1,
            changed -> changed.tos = 256,
            changed -> changed.ttl = 0,
            changed -> changed.ttl = 256,
            changed -> changed.priority = 16,
            changed -> changed.priority = -1);
    for (Consumer<TestDatagram> change : hostile) {
      assertEquals(Verdict.MALFORMED, encodeWith(change));
    }
  }

  @Test
  void shouldHoldToMtuAndToTheBuffer() {
    assertEquals(Verdict.ACCEPTED, encodeWith(changed -> changed.payloadLength = 1472));
    assertEquals(Verdict.TOO_LARGE, encodeWith(changed -> changed.payloadLength = 1473));
    assertEquals(Verdict.TOO_LARGE, stack.encode(datagram, buffer.address(), 59, out));
    assertEquals(Verdict.ACCEPTED, stack.encode(datagram, buffer.address(), 60, out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.77.0.2", "127.0.0.1", "127.200.1.1", "0.0.0.0"})
  void shouldNotSendWhatDoesNotLeaveThroughTheInterface(String destination) {
    assertEquals(Verdict.NO_ROUTE, encodeWith(changed -> changed.destination = ipv4(destination)));
  }

  @Test
  void shouldNotSendThroughInterfaceThatIsDown() {
    networks.publish(false);
    assertEquals(Verdict.NO_ROUTE, encode());
  }

  @Test
  void shouldSendToTheNextHopThatThePodsKernelNamed() {
    datagram.destination = ipv4("192.0.2.77");
    datagram.nextHop = ipv4("10.77.0.1");
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals("020000000001", destinationMac());
    datagram.nextHop = PEER;
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals("020000000003", destinationMac());
    datagram.destination = PEER;
    datagram.nextHop = ipv4("10.77.0.1");
    assertEquals(Verdict.ACCEPTED, encode(), "a host route through the gateway");
    assertEquals("020000000001", destinationMac());
  }

  @Test
  void shouldAskForAnyDestinationThatThePodsKernelTakesToBeOnTheLink() {
    datagram.destination = ipv4("198.51.100.7");
    assertEquals(Verdict.HOLD, encode());
    assertEquals(List.of(ipv4("198.51.100.7")), networks.requested);
  }

  @Test
  void shouldHaveRoutesReadAgainForNextHopThatNoneLeadsTo() {
    IpAddress hop = ipv4("203.0.113.1");
    datagram.destination = ipv4("192.0.2.77");
    datagram.nextHop = hop;
    assertEquals(Verdict.HOLD, encode());
    assertEquals(Verdict.HOLD, stack.complete(3, buffer.address(), out.lengthOctets));
    assertEquals(List.of(hop), networks.doubted);
    assertEquals(List.of(), networks.requested, "the kernel is not made to ask on the link");
    neighbour(hop, NeighbourTable.REFUSED, 0);
    assertEquals(Verdict.NO_ROUTE, stack.complete(3, buffer.address(), out.lengthOctets));
    assertEquals(Verdict.NO_ROUTE, encode());
    neighbour(hop, NeighbourTable.REACHABLE, 0x0a0b0c0d0e0fL);
    assertEquals(
        Verdict.ACCEPTED, encode(), "a neighbour by whatever way, a redirect for instance");
  }

  @Test
  void shouldResolveNextHopThatWasRefusedOnceARouteLeadsThere() {
    IpAddress hop = ipv4("192.168.7.1");
    neighbour(hop, NeighbourTable.REFUSED, 0);
    datagram.destination = ipv4("192.0.2.77");
    datagram.nextHop = hop;
    assertEquals(Verdict.HOLD, encode());
    assertEquals(List.of(hop), networks.requested);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"255.255.255.255", "10.77.255.255", "224.0.0.1", "127.0.0.1", "10.77.0.2"})
  void shouldRefuseNextHopThatIsNoGateway(String hop) {
    datagram.destination = ipv4("192.0.2.77");
    datagram.nextHop = ipv4(hop);
    assertEquals(Verdict.NO_ROUTE, encode());
  }

  @Test
  void shouldKeepTheWayOfHeldFrameWhileRoutesChange() {
    datagram.destination = ipv4("192.0.2.77");
    datagram.nextHop = STRANGER;
    assertEquals(Verdict.HOLD, encode());
    neighbour(STRANGER, NeighbourTable.REACHABLE, 0x0a0b0c0d0e0fL);
    assertEquals(Verdict.ACCEPTED, stack.complete(3, buffer.address(), out.lengthOctets));
    assertArrayEquals(
        ReferenceFrame.build(
            datagram, "0a:0b:0c:0d:0e:0f", "02:00:00:00:00:02", FrameEncoder.UNTAGGED, 0),
        buffer.octets(out.lengthOctets));
  }

  @ParameterizedTest
  @ValueSource(strings = {"255.255.255.255", "10.77.255.255"})
  void shouldBroadcast(String destination) {
    datagram.destination = ipv4(destination);
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals("ffffffffffff", destinationMac());
  }

  @Test
  void shouldMapMulticastToItsMac() {
    datagram.destination = ipv4("239.129.2.3");
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals("01005e010203", destinationMac());
  }

  @Test
  void shouldHoldForUnknownNeighbourAndAskOnce() {
    datagram.destination = STRANGER;
    assertEquals(Verdict.HOLD, encode());
    assertEquals(Verdict.HOLD, encode());
    assertEquals(60, out.lengthOctets);
    assertEquals(List.of(STRANGER), networks.requested);
  }

  @Test
  void shouldCompleteWhatItHeldOnceNeighbourIsThere() {
    for (UdpStack with : List.of(stack, stack("priority", 0, ""))) {
      datagram.destination = STRANGER;
      networks.neighbours.remove(STRANGER);
      networks.publish(true);
      assertEquals(Verdict.HOLD, encode(with));
      assertEquals(Verdict.HOLD, with.complete(3, buffer.address(), out.lengthOctets));
      neighbour(STRANGER, NeighbourTable.REACHABLE, 0x0a0b0c0d0e0fL);
      // Another stack, as after a swap.
      assertEquals(Verdict.ACCEPTED, stack.complete(3, buffer.address(), out.lengthOctets));
      int tag = out.headerOctets == 18 ? 0 : FrameEncoder.UNTAGGED;
      assertArrayEquals(
          ReferenceFrame.build(datagram, "0a:0b:0c:0d:0e:0f", "02:00:00:00:00:02", tag, 0),
          buffer.octets(out.lengthOctets));
    }
  }

  @Test
  void shouldCompleteOnlyFramesOfThePod() {
    encode();
    networks.network =
        PodNetwork.of(
            networks.network.attachment(), List.of(PEER), NextHops.NONE, NeighbourTable.EMPTY);
    assertEquals(Verdict.BAD_SOURCE, stack.complete(3, buffer.address(), 60));
    buffer.clear();
    assertEquals(Verdict.MALFORMED, stack.complete(3, buffer.address(), 60));
  }

  @Test
  void shouldGiveUpOnFailedNeighbour() {
    neighbour(STRANGER, NeighbourTable.FAILED, 0);
    datagram.destination = STRANGER;
    assertEquals(Verdict.NO_NEIGHBOUR, encode());
    assertEquals(List.of(), networks.requested);
  }

  @Test
  void shouldUseStaleNeighbourAndHaveItConfirmed() {
    neighbour(PEER, NeighbourTable.STALE, FakeNetworks.PEER_MAC.value());
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals(Verdict.ACCEPTED, encode());
    assertEquals("020000000003", destinationMac());
    assertEquals(List.of(PEER), networks.requested);
  }

  @Test
  void shouldAllocateNothingPerDatagram() {
    datagram.setPayload(new byte[1000]);
    TestDatagram unresolved = TestDatagram.with(new byte[1]);
    unresolved.destination = STRANGER;
    PodNetworks quiet = new QuietNetworks(networks.network);
    UdpStack measured = new UdpStack(Tagging.parse("priority", 0, ""), quiet);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        measured.encode(datagram, buffer.address(), FrameBuffer.OCTETS - 1, out);
        measured.encode(unresolved, buffer.address(), FrameBuffer.OCTETS - 1, out);
        measured.complete(3, buffer.address(), out.lengthOctets);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "octets allocated by 3000 calls");
  }
}
