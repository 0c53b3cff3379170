package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.MacAddress;

final class FrameEncoderTest {
  private static final String DESTINATION = "02:00:00:00:00:03";
  private static final String SOURCE = "02:ff:fe:fd:fc:fb";

  private final FrameBuffer buffer = new FrameBuffer();

  private int write(TestDatagram datagram, int tag, int identification) {
    buffer.clear();
    FrameEncoder.write(
        buffer.address(),
        MacAddress.parse(DESTINATION).value(),
        MacAddress.parse(SOURCE).value(),
        tag,
        datagram,
        datagram.payloadLength,
        identification);
    return FrameEncoder.lengthOctets(tag, datagram.ipv6, datagram.payloadLength);
  }

  @Test
  void shouldWriteGoldenFrame() {
    TestDatagram datagram = TestDatagram.with(ReferenceFrame.ascii("time-sensitive networking"));
    datagram.tos = 0xb8;
    int length = write(datagram, FrameEncoder.UNTAGGED, 0);
    assertEquals(
        "020000000003"
            + "02fffefdfcfb"
            + "0800"
            + "45b8003500004000401125620a4d00020a4d0003"
            + "9c40138800212830"
            + "74696d652d73656e736974697665206e6574776f726b696e67",
        buffer.hex(length));
  }

  @Test
  void shouldWriteGoldenTaggedFrameAndPadItWithZeros() {
    TestDatagram datagram = TestDatagram.with((byte) 'x');
    int length = write(datagram, 6 << 13 | 10, 0);
    assertEquals(
        "020000000003"
            + "02fffefdfcfb"
            + "8100c00a"
            + "0800"
            + "4500001d000040004011"
            + "26320a4d00020a4d0003"
            + "9c4013880009c374"
            + "78"
            + "00".repeat(13),
        buffer.hex(length));
  }

  @Property
  void shouldAgreeWithSlowReference(
      @ForAll @Size(min = 1, max = 1472) byte[] payload,
      @ForAll int source,
      @ForAll int destination,
      @ForAll @IntRange(min = 1, max = 65_535) int sourcePort,
      @ForAll @IntRange(min = 1, max = 65_535) int destinationPort,
      @ForAll @IntRange(max = 255) int tos,
      @ForAll @IntRange(min = 1, max = 255) int ttl,
      @ForAll @IntRange(min = -1, max = 65_535) int tag,
      @ForAll @IntRange(max = 65_535) int identification,
      @ForAll boolean dontFragment,
      @ForAll boolean noChecksum) {
    TestDatagram datagram = TestDatagram.with(payload);
    datagram.source = IpAddress.ipv4(source);
    datagram.destination = IpAddress.ipv4(destination);
    datagram.sourcePort = sourcePort;
    datagram.destinationPort = destinationPort;
    datagram.tos = tos;
    datagram.ttl = ttl;
    datagram.dontFragment = dontFragment;
    datagram.noChecksum = noChecksum;
    int length = write(datagram, tag, identification);
    assertArrayEquals(
        ReferenceFrame.build(datagram, DESTINATION, SOURCE, tag, identification),
        buffer.octets(length));
    assertEquals((byte) 0xaa, buffer.at(length), "the octet behind the frame");
  }

  @Test
  void shouldSendChecksumZeroAsAllOnes() {
    TestDatagram datagram = TestDatagram.with((byte) 0, (byte) 0);
    write(datagram, FrameEncoder.UNTAGGED, 0);
    int checksum = (buffer.at(40) & 0xff) << 8 | (buffer.at(41) & 0xff);
    // Adding the checksum itself as payload makes the sum complete: its complement is zero.
    datagram.setPayload((byte) (checksum >> 8), (byte) checksum);
    write(datagram, FrameEncoder.UNTAGGED, 0);
    assertEquals((byte) 0xff, buffer.at(40));
    assertEquals((byte) 0xff, buffer.at(41));
  }

  @Test
  void shouldWriteEmptyDatagram() {
    TestDatagram datagram = TestDatagram.with();
    int length = write(datagram, FrameEncoder.UNTAGGED, 0);
    assertArrayEquals(
        ReferenceFrame.build(datagram, DESTINATION, SOURCE, FrameEncoder.UNTAGGED, 0),
        buffer.octets(length));
  }

  @Test
  void shouldPadToSixtyOctetsTaggedOrNot() {
    assertEquals(60, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, false, 18));
    assertEquals(61, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, false, 19));
    assertEquals(60, FrameEncoder.lengthOctets(0, false, 14));
    assertEquals(61, FrameEncoder.lengthOctets(0, false, 15));
    assertEquals(1514, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, false, 1472));
    assertEquals(1518, FrameEncoder.lengthOctets(0, false, 1472));
    assertEquals(62, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, true, 0));
    assertEquals(1518, FrameEncoder.lengthOctets(0, true, 1452));
  }

  @Test
  void shouldFindIpv4HeaderOfItsOwnFrames() {
    TestDatagram datagram = TestDatagram.with((byte) 1);
    int length = write(datagram, FrameEncoder.UNTAGGED, 0);
    assertEquals(14, HeldFrame.findIp(buffer.address(), length));
    long ip = buffer.address() + 14;
    assertFalse(HeldFrame.isIpv6(ip));
    assertEquals(datagram.sourceHigh(), HeldFrame.sourceHigh(ip, false));
    assertEquals(datagram.destinationHigh(), HeldFrame.destinationHigh(ip, false));
    write(datagram, 5, 0);
    assertEquals(18, HeldFrame.findIp(buffer.address(), length));
  }

  @Test
  void shouldFindNoIpHeaderInOtherFrames() {
    assertEquals(-1, HeldFrame.findIp(buffer.address(), 60), "ether type 0xaaaa");
    write(TestDatagram.with((byte) 1), FrameEncoder.UNTAGGED, 0);
    assertEquals(-1, HeldFrame.findIp(buffer.address(), 59), "too short");
  }

  private static TestDatagram ipv6(byte... payload) {
    TestDatagram datagram = TestDatagram.with(payload);
    datagram.ipv6 = true;
    datagram.source = IpAddress.parse("fd77::2");
    datagram.destination = IpAddress.parse("fd77::3");
    return datagram;
  }

  @Test
  void shouldWriteGoldenIpv6Frame() {
    TestDatagram datagram = ipv6(ReferenceFrame.ascii("x"));
    datagram.tos = 0xb9;
    datagram.ttl = 1;
    datagram.flowLabel = 0x12345;
    int length = write(datagram, FrameEncoder.UNTAGGED, 0);
    assertEquals(
        "020000000003"
            + "02fffefdfcfb"
            + "86dd"
            + "6b91234500091101"
            + "fd770000000000000000000000000002"
            + "fd770000000000000000000000000003"
            + "9c4013880009dd1e"
            + "78",
        buffer.hex(length));
  }

  @Property
  void shouldAgreeWithSlowReferenceOfIpv6(
      @ForAll @Size(max = 1452) byte[] payload,
      @ForAll @Size(4) long[] addresses,
      @ForAll @IntRange(min = 1, max = 65_535) int sourcePort,
      @ForAll @IntRange(max = 255) int trafficClass,
      @ForAll @IntRange(max = 255) int hops,
      @ForAll @IntRange(max = 0xf_ffff) int flowLabel,
      @ForAll @IntRange(min = -1, max = 65_535) int tag,
      @ForAll boolean noChecksum) {
    TestDatagram datagram = ipv6(payload);
    datagram.source = new IpAddress(addresses[0], addresses[1]);
    datagram.destination = new IpAddress(addresses[2], addresses[3]);
    datagram.sourcePort = sourcePort;
    datagram.tos = trafficClass;
    datagram.ttl = hops;
    datagram.flowLabel = flowLabel;
    datagram.noChecksum = noChecksum;
    int length = write(datagram, tag, 0);
    byte[] expected = ReferenceFrame.build(datagram, DESTINATION, SOURCE, tag, 0);
    assertArrayEquals(expected, buffer.octets(length));
    assertEquals((byte) 0xaa, buffer.at(length), "the octet behind the frame");
    int header = FrameEncoder.headerOctets(tag);
    assertEquals(header, HeldFrame.findIp(buffer.address(), length));

    long ip = buffer.address() + header;
    HeldFrame.writeNextHop(buffer.address(), header, addresses[3], addresses[0]);
    assertEquals(addresses[3], HeldFrame.nextHopHigh(buffer.address(), true));
    assertEquals(addresses[0], HeldFrame.nextHopLow(buffer.address(), ip, true));
    assertEquals(addresses[0], HeldFrame.sourceHigh(ip, true));
    assertEquals(addresses[1], HeldFrame.sourceLow(ip, true));
    assertEquals(addresses[2], HeldFrame.destinationHigh(ip, true));
    assertEquals(addresses[3], HeldFrame.destinationLow(ip, true));
    HeldFrame.restoreLengths(ip, true, length - header);
    FrameEncoder.writeAddresses(
        buffer.address(), MacAddress.parse(DESTINATION).value(), MacAddress.parse(SOURCE).value());
    assertArrayEquals(expected, buffer.octets(length));
  }

  @Test
  void shouldSendIpv6ChecksumZeroAsAllOnes() {
    TestDatagram datagram = ipv6((byte) 0, (byte) 0);
    write(datagram, FrameEncoder.UNTAGGED, 0);
    datagram.setPayload(buffer.at(60), buffer.at(61));
    write(datagram, FrameEncoder.UNTAGGED, 0);
    assertEquals((byte) 0xff, buffer.at(60));
    assertEquals((byte) 0xff, buffer.at(61));
  }

  @Test
  void shouldFindNoIpv6HeaderInAFrameThatIsTooShortForOne() {
    write(ipv6(), FrameEncoder.UNTAGGED, 0);
    assertEquals(14, HeldFrame.findIp(buffer.address(), 62));
    assertEquals(-1, HeldFrame.findIp(buffer.address(), 61));
  }
}
