package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
    return FrameEncoder.lengthOctets(tag, datagram.payloadLength);
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
    datagram.source = source;
    datagram.destination = destination;
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
    assertEquals(60, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, 18));
    assertEquals(61, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, 19));
    assertEquals(60, FrameEncoder.lengthOctets(0, 14));
    assertEquals(61, FrameEncoder.lengthOctets(0, 15));
    assertEquals(1514, FrameEncoder.lengthOctets(FrameEncoder.UNTAGGED, 1472));
    assertEquals(1518, FrameEncoder.lengthOctets(0, 1472));
  }

  @Test
  void shouldFindIpv4HeaderOfItsOwnFrames() {
    TestDatagram datagram = TestDatagram.with((byte) 1);
    int length = write(datagram, FrameEncoder.UNTAGGED, 0);
    assertEquals(14, FrameEncoder.findIpv4(buffer.address(), length));
    assertEquals(datagram.source, FrameEncoder.readSource(buffer.address() + 14));
    assertEquals(datagram.destination, FrameEncoder.readDestination(buffer.address() + 14));
    write(datagram, 5, 0);
    assertEquals(18, FrameEncoder.findIpv4(buffer.address(), length));
  }

  @Test
  void shouldFindNoIpv4HeaderInOtherFrames() {
    assertEquals(-1, FrameEncoder.findIpv4(buffer.address(), 60), "ether type 0xaaaa");
    write(TestDatagram.with((byte) 1), FrameEncoder.UNTAGGED, 0);
    assertEquals(-1, FrameEncoder.findIpv4(buffer.address(), 59), "too short");
  }
}
