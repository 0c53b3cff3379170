package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.EncodedFrame;

final class Ipv6StackTest {
  private static final IpAddress STRANGER = IpAddress.parse("fd77::44");

  private final FrameBuffer buffer = new FrameBuffer();
  private final EncodedFrame out = new EncodedFrame();
  private final FakeNetworks networks = new FakeNetworks();
  private final UdpStack stack = new UdpStack(Tagging.parse("none", 0, ""), networks);
  private final TestDatagram datagram = TestDatagram.with((byte) 1, (byte) 2);

  Ipv6StackTest() {
    datagram.ipv6 = true;
    datagram.source = IpAddress.parse("fd77::2");
    datagram.destination = IpAddress.parse("fd77::3");
  }

  private Verdict encode() {
    buffer.clear();
    return stack.encode(datagram, buffer.address(), FrameBuffer.OCTETS - 1, out);
  }

  private byte[] frame() {
    return buffer.octets(out.lengthOctets);
  }

  private byte[] expected(String destinationMac) {
    return ReferenceFrame.build(
        datagram, destinationMac, FakeNetworks.OWN_MAC.toString(), FrameEncoder.UNTAGGED, 0);
  }

  private void neighbour(IpAddress address, int state, long mac) {
    networks.neighbours.put(address, NeighbourTable.entry(state, mac));
    networks.publish(true);
  }

  @Test
  void shouldWriteTheFrameOfADatagramToANeighbour() {
    datagram.flowLabel = 0xabcde;
    datagram.ttl = 0;
    assertEquals(Verdict.ACCEPTED, encode());
    assertArrayEquals(expected(FakeNetworks.PEER_MAC.toString()), frame());
    assertEquals(14, out.headerOctets);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fd77::9", "::", "::1", "fe80::3", "::ffff:0:0"})
  void shouldSendFromNoAddressButThePodsOwn(String source) {
    datagram.source = IpAddress.parse(source);
    assertEquals(Verdict.BAD_SOURCE, encode());
  }

  @Test
  void shouldSendFromTheAddressThatTheInterfaceMakesOfItsMac() {
    datagram.source = IpAddress.parse("fe80::ff:fe00:2");
    assertEquals(Verdict.ACCEPTED, encode());
  }

  @Test
  void shouldBearNoAddressThatStandsForAnIpv4OneThoughThePodHasThat() {
    datagram.source = IpAddress.ipv4(0x0a4d_0002);
    assertEquals(Verdict.BAD_SOURCE, encode());
    datagram.source = IpAddress.parse("fd77::2");
    datagram.destination = IpAddress.ipv4(0x0a4d_0003);
    assertEquals(Verdict.NO_ROUTE, encode());
    datagram.destination = IpAddress.parse("fd88::1");
    datagram.nextHop = IpAddress.ipv4(0x0a4d_0001);
    assertEquals(Verdict.NO_ROUTE, encode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"::", "::1", "fd77::2", "fe80::ff:fe00:2", "ff01::1", "ff00::1"})
  void shouldSendNothingToWhatIsOnNoLink(String destination) {
    datagram.destination = IpAddress.parse(destination);
    assertEquals(Verdict.NO_ROUTE, encode());
  }

  @ParameterizedTest
  @CsvSource({
    "ff02::1, 33:33:00:00:00:01",
    "ff05::1:ff12:3456, 33:33:ff:12:34:56",
    "ff0e::8123:4567, 33:33:81:23:45:67",
  })
  void shouldSendToTheMacAddressOfAGroup(String group, String mac) {
    datagram.destination = IpAddress.parse(group);
    assertEquals(Verdict.ACCEPTED, encode());
    assertArrayEquals(expected(mac), frame());
  }

  @Test
  void shouldSendToNoGroupByWayOfAnother() {
    datagram.nextHop = IpAddress.parse("ff02::1");
    assertEquals(Verdict.NO_ROUTE, encode());
  }

  @Test
  void shouldHoldAFrameUntilItsNeighbourAnswers() {
    datagram.setPayload(new byte[] {1, 2, 3});
    datagram.destination = STRANGER;
    assertEquals(Verdict.HOLD, encode());
    assertEquals(List.of(STRANGER), networks.requested);
    assertEquals(Verdict.HOLD, stack.complete(3, buffer.address(), out.lengthOctets));
    neighbour(STRANGER, NeighbourTable.REACHABLE, 0x0a0b_0c0d_0e0fL);
    assertEquals(Verdict.ACCEPTED, stack.complete(3, buffer.address(), out.lengthOctets));
    assertArrayEquals(expected("0a:0b:0c:0d:0e:0f"), frame());
  }

  @Test
  void shouldHoldAFrameForAGatewayThatIsNotItsDestination() {
    IpAddress gateway = IpAddress.parse("fd99::1");
    datagram.destination = IpAddress.parse("2001:db8::7");
    datagram.nextHop = gateway;
    assertEquals(Verdict.HOLD, encode());
    assertEquals(List.of(gateway), networks.requested);
    neighbour(gateway, NeighbourTable.STALE, FakeNetworks.GATEWAY_MAC.value());
    assertEquals(Verdict.ACCEPTED, stack.complete(3, buffer.address(), out.lengthOctets));
    assertArrayEquals(expected(FakeNetworks.GATEWAY_MAC.toString()), frame());
  }

  @Test
  void shouldAskNobodyWhomNoRouteLeadsTo() {
    datagram.destination = IpAddress.parse("2001:db8::7");
    assertEquals(Verdict.HOLD, encode());
    assertEquals(List.of(datagram.destination), networks.doubted);
    assertEquals(List.of(), networks.requested);
    neighbour(datagram.destination, NeighbourTable.REFUSED, 0);
    assertEquals(Verdict.NO_ROUTE, stack.complete(3, buffer.address(), out.lengthOctets));
    assertEquals(Verdict.NO_ROUTE, encode());
  }

  @Test
  void shouldTakeWhatFitsTheMtuWithAnIpv6Header() {
    datagram.setPayload(new byte[1452]);
    assertEquals(Verdict.ACCEPTED, encode());
    datagram.setPayload(new byte[1453]);
    assertEquals(Verdict.TOO_LARGE, encode());
  }

  @Test
  void shouldRefuseAHopLimitThatNoHeaderHasRoomFor() {
    datagram.ttl = 256;
    assertEquals(Verdict.MALFORMED, encode());
    datagram.ttl = 255;
    datagram.flowLabel = 0x10_0000;
    assertEquals(Verdict.MALFORMED, encode());
  }

  @Test
  void shouldAllocateNothingPerDatagram() {
    datagram.setPayload(new byte[1000]);
    TestDatagram unresolved = new TestDatagram();
    unresolved.ipv6 = true;
    unresolved.source = datagram.source;
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
